// A card's chart: the drawing by uPlot, a legend with the values under the pointer or the latest
// ones, and a table of the same figures for accessibility.

import uPlot from "uplot";

import { byId, element, fillRows, scrollingTable } from "./dom.js";
import { text } from "./format.js";
import { colour, onThemeChange } from "./theme.js";

const font = () => `12px ${getComputedStyle(document.body).fontFamily}`;

// The parts that all charts share.  A subclass has options(width, height), data() and tableRows().
export class Chart {
  // `spec`: { id, label, series: [{ label, colour, ... }], columns: [header, ...] }
  constructor(spec) {
    this.spec = spec;
    this.card = byId(spec.id);
    this.plot = null;
    this.drawing = element("div", { className: "drawing", role: "img" });
    this.legend = element("ul", { className: "legend" });
    this.legend.setAttribute("aria-label", `${spec.label}, now`);
    this.table = scrollingTable(spec.label, spec.columns);
    this.table.region.hidden = true;
    this.button = element("button", { type: "button", className: "switch" }, "Table");
    this.button.setAttribute("aria-pressed", "false");
    this.button.setAttribute("aria-label", `Show ${spec.label} as a table`);
    this.button.addEventListener("click", () => this.switchTable());
    this.card.querySelector(".tools").append(this.button);
    this.card.querySelector(".body").append(this.legend, this.drawing, this.table.region);
    this.values = spec.series.map((series) => this.addLegend(series));
    new ResizeObserver(() => this.resize()).observe(this.drawing);
    onThemeChange(() => this.redraw());
  }

  addLegend(series) {
    const value = element("b", {}, "–");
    const mark = element("span", { className: `mark ${series.colour}` });
    if (series.dash) mark.classList.add("dashed");
    mark.setAttribute("aria-hidden", "true");
    this.legend.append(element("li", {}, mark, `${series.label} `, value));
    return value;
  }

  switchTable() {
    const shows = this.table.region.hidden;
    this.table.region.hidden = !shows;
    this.drawing.hidden = shows;
    this.button.setAttribute("aria-pressed", String(shows));
    this.fillTable();
  }

  fillTable() {
    const { region, body } = this.table;
    if (region.hidden) return;
    fillRows(body, this.tableRows());
  }

  size() {
    return { width: Math.floor(this.drawing.clientWidth), height: this.drawing.clientHeight };
  }

  resize() {
    const { width, height } = this.size();
    if (this.plot === null || width === 0) return;
    if (width !== this.plot.width || height !== this.plot.height) this.plot.setSize({ width, height });
  }

  redraw() {
    this.plot?.destroy();
    this.plot = null;
    this.refresh();
  }

  refresh() {
    this.fillTable();
    const { width, height } = this.size();
    if (width === 0) return;
    if (this.plot === null) {
      this.plot = new uPlot(this.options(width, height), this.data(), this.drawing);
    } else {
      this.plot.setData(this.data());
    }
  }

  // Below the drawing; upright() is the one at its left.
  axis(more = {}) {
    return {
      size: 30,
      stroke: colour("muted"),
      font: font(),
      grid: { stroke: colour("grid"), width: 1 },
      ticks: { show: false },
      ...more,
    };
  }

  upright(kind, more = {}) {
    return this.axis({
      size: 68,
      space: 32,
      values: (_, splits) =>
        splits.map((value) => (value === null ? "" : text(kind, value).replace(".0\u00a0", "\u00a0"))),
      ...more,
    });
  }
}

// The next 1, 2, 2.5 or 5 times a power of ten, so that the scale does not change at each sample.
export function roundedUp(value) {
  if (!(value > 0)) return 10;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].find((step) => step * power >= value) * power;
}
