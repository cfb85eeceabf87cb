// Miss ratios with more or less memory, with a line at the current memory.

import { Chart, roundedUp } from "./chart.js";
import { text } from "./format.js";
import { colour } from "./theme.js";

export class CurveChart extends Chart {
  constructor(spec) {
    super(spec);
    this.points = [];
  }

  update(points) {
    this.points = points;
    this.showValues(null);
    this.drawing.setAttribute("aria-label", `${this.spec.label}: `
      + points.map((each) => `${text("percent", each.missRatio)} missed with `
        + `${text("bytes", each.memory)}`).join(", "));
    this.refresh();
  }

  showValues(index) {
    const at = index ?? this.points.findIndex((point) => point.factor === 1);
    const point = this.points[at];
    this.values[0].textContent = point === undefined ? "–"
      : `${text("percent", point.missRatio)} with ${text("bytes", point.memory)}`;
  }

  data() {
    return [
      this.points.map((point) => point.memory),
      this.points.map((point) => point.missRatio),
    ];
  }

  tableRows() {
    return this.points.map((point) => [
      `${point.factor} ×`,
      text("bytes", point.memory),
      text("percent", point.missRatio),
      text("percent", 1 - point.missRatio),
    ]);
  }

  options(width, height) {
    const [series] = this.spec.series;
    return {
      width,
      height,
      padding: [8, 24, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, distr: 3, log: 2, range: (_, low, high) => [low, high] },
        y: { range: (_, __, high) => [0, Math.min(1, roundedUp(high))] },
      },
      axes: [
        this.axis({
          grid: { show: false },
          splits: () => this.points.map((point) => point.memory),
          filter: (_, splits) => splits,
          values: (plot, splits) =>
            splits.map((value, i) => (this.isLabelled(i, plot) ? text("bytes", value) : "")),
        }),
        this.upright("percent"),
      ],
      series: [
        {},
        {
          stroke: colour(series.colour),
          fill: `${colour(series.colour)}22`,
          width: 2,
          points: { show: true, size: 6, fill: colour(series.colour) },
        },
      ],
      hooks: {
        setCursor: [(plot) => this.showValues(plot.cursor.idx ?? null)],
        draw: [(plot) => this.markNow(plot)],
      },
    };
  }

  // Labels of memory sizes are wide: as many as fit, including the current one.
  isLabelled(index, plot) {
    const now = Math.max(0, this.points.findIndex((point) => point.factor === 1));
    const every = Math.max(1, Math.ceil((this.points.length * 64) / plot.width));
    return (index - now) % every === 0;
  }

  markNow(plot) {
    const now = this.points.find((point) => point.factor === 1);
    if (now === undefined) return;
    const x = plot.valToPos(now.memory, "x", true);
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = colour("muted");
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
