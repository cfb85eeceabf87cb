// Lines over time.

import { Chart, roundedUp } from "./chart.js";
import { text, time } from "./format.js";
import { colour } from "./theme.js";

const kTableRows = 30;
// Round intervals in seconds, minutes, hours or days.
const kDurations = [
  1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
  172800, 432000, 864000,
];

// `spec` in addition to the shared one: format (a kind of format.js), max (of the scale),
// scale ("log", or "rates": logarithmic above 1, and with a 0); of each series: pick(point), dash.
export class TimeChart extends Chart {
  constructor(spec) {
    super({ ...spec, columns: ["Time", ...spec.series.map((series) => series.label)] });
    this.points = [];
    this.seconds = 300;
  }

  update(points, seconds) {
    this.points = points;
    this.seconds = seconds;
    this.columns = [
      points.map((point) => point.at),
      ...this.spec.series.map((series) =>
        points.map((point) => (point.figures === null ? null : series.pick(point) ?? null))),
    ];
    this.refresh();
    if (this.plot?.cursor.idx == null) this.showValues(null);
    this.describe();
  }

  data() {
    return this.columns;
  }

  // A text description of the drawing: the latest values.
  describe() {
    const said = this.spec.series.map((series, i) => `${series.label} ${this.values[i].textContent}`);
    this.drawing.setAttribute("aria-label", `${this.spec.label} over time; now ${said.join(", ")}`);
  }

  showValues(index) {
    this.columns.slice(1).forEach((column, i) => {
      this.values[i].textContent = text(this.spec.format, column.at(index ?? -1));
    });
  }

  tableRows() {
    return this.points.slice(-kTableRows).reverse().map((point) => [
      time(point.at),
      ...this.spec.series.map((series) =>
        text(this.spec.format, point.figures === null ? null : series.pick(point))),
    ]);
  }

  options(width, height) {
    const { spec } = this;
    return {
      width,
      height,
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: "time" }, y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { range: () => this.range() },
        y: this.uprightScale(),
      },
      axes: [
        this.axis({
          grid: { show: false },
          space: 80,
          values: (_, splits, __, ___, step) => splits.map((at) => time(at, step < 60)),
        }),
        this.upright(spec.format, this.steps()),
      ],
      series: [{}, ...spec.series.map((series) => this.line(series))],
      hooks: { setCursor: [(plot) => this.showValues(plot.cursor.idx ?? null)] },
    };
  }

  uprightScale() {
    const { spec } = this;
    if (spec.scale === "log") return { distr: 3, log: 10, range: (_, low, high) => decades(low, high) };
    if (spec.scale === "rates") {
      return { distr: 4, asinh: 1, range: (_, __, high) => [0, powerAbove(high)] };
    }
    return { range: (_, low, high) => [0, spec.max ?? topOf(spec, high)] };
  }

  steps() {
    if (this.spec.scale === "rates") {
      return { splits: (_, __, ___, high) => [0, ...powers(1, high)] };
    }
    if (this.spec.scale === "log") return { splits: (_, __, low, high) => powers(low, high) };
    return this.spec.format === "seconds" ? { incrs: kDurations } : {};
  }

  line(series) {
    const stroke = colour(series.colour);
    return {
      stroke,
      width: series.dash ? 1.5 : 2,
      dash: series.dash,
      fill: this.spec.series.length === 1 ? `${stroke}22` : undefined,
      points: { show: false },
    };
  }

  // The whole chosen interval, although a newly opened page has only figures of its end.
  range() {
    const end = this.points.at(-1)?.at ?? Date.now() / 1000;
    return [end - this.seconds, end];
  }
}

function topOf(spec, high) {
  const duration = spec.format === "seconds" && kDurations.find((each) => each >= high && each >= 10);
  return duration || roundedUp(high);
}

// Microseconds at full decades around the data.
function decades(low, high) {
  if (!(low > 0)) return [1, 1000];
  return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.001))];
}

function powerAbove(high) {
  return 10 ** Math.max(1, Math.ceil(Math.log10(Math.max(high, 1) * 1.001)));
}

// On a logarithmic scale a line for each decade is enough.
function powers(low, high) {
  const count = Math.round(Math.log10(high / low)) + 1;
  return Array.from({ length: count }, (_, power) => low * 10 ** power);
}
