// Helpers that create elements.  Text is always text: nothing from the server becomes markup.

import { parts } from "./format.js";

export const byId = (id) => document.getElementById(id);

// element("td", { className: "number" }, "text", child, ...)
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Shows a figure in a <data>, whose value is the exact number.
export function show(data, kind, value) {
  const [number, unit] = parts[kind](value);
  data.value = value === null || value === undefined ? "" : String(value);
  data.replaceChildren(number, unit === "" ? "" : element("span", { className: "unit" }, unit));
}

export function figure(kind, value) {
  const data = element("data");
  show(data, kind, value);
  return data;
}

// Fills a table's body; a cell is a node or text, the first one of a row its header.
// Rows are updated in place, so that they do not move and a selection is kept.
export function fillRows(body, rows) {
  const region = body.closest("[tabindex]");
  const selection = getSelection();
  if (region !== null && region === document.activeElement) return;
  if (!selection.isCollapsed && body.contains(selection.anchorNode)) return;
  body.replaceChildren(
    ...rows.map((cells) =>
      element("tr", {}, ...cells.map((cell, column) =>
        element(column === 0 ? "th" : "td", column === 0 ? { scope: "row" } : {}, cell)))),
  );
}

// A table that scrolls horizontally, also by keyboard.
export function scrollingTable(label, columns) {
  const body = element("tbody");
  const table = element("table", {},
    element("caption", { className: "hidden" }, label),
    element("thead", {},
      element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)))),
    body);
  const region = element("div", { className: "scrolls", tabIndex: 0, role: "region" }, table);
  region.setAttribute("aria-label", label);
  return { region, body };
}
