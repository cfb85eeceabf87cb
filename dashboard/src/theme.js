// Light or dark: the system's preference until the user chooses, which the browser stores.

import { byId } from "./dom.js";

const kThemes = ["auto", "light", "dark"];
const kStorageKey = "larder.theme";
const listeners = [];
const preference = matchMedia("(prefers-color-scheme: dark)");

// The colour that the style sheet calls --`name`.
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// `redraw` is called when colours have changed.
export function onThemeChange(redraw) {
  listeners.push(redraw);
}

function remembered() {
  try {
    const theme = localStorage.getItem(kStorageKey);
    return kThemes.includes(theme) ? theme : "auto";
  } catch {
    return "auto"; // a browser may forbid it
  }
}

function remember(theme) {
  try {
    localStorage.setItem(kStorageKey, theme);
  } catch {
    // Without storage the choice is not kept.
  }
}

function apply(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `Theme: ${theme}`;
  for (const redraw of listeners) redraw();
}

export function startTheme() {
  let theme = remembered();
  apply(theme);
  byId("theme").addEventListener("click", () => {
    theme = kThemes[(kThemes.indexOf(theme) + 1) % kThemes.length];
    remember(theme);
    apply(theme);
  });
  preference.addEventListener("change", () => apply(theme));
}
