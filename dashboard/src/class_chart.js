// Memory by size class: a bar for a class's pages, and one in front of it for its items.

import uPlot from "uplot";

import { Chart } from "./chart.js";
import { text } from "./format.js";
import { colour } from "./theme.js";

export class ClassChart extends Chart {
  constructor(spec) {
    super(spec);
    this.classes = [];
  }

  update(classes) {
    this.classes = classes;
    const sum = (pick) => classes.reduce((all, each) => all + pick(each), 0);
    this.showValues(null);
    this.drawing.setAttribute("aria-label",
      `${this.spec.label}: ${classes.length} size classes with ${text("bytes", sum((c) => c.memory))}`);
    this.refresh();
  }

  // All classes, or the one under the pointer.
  showValues(index) {
    const shown = index == null ? this.classes : [this.classes[index]];
    this.spec.series.forEach((series, i) => {
      const sum = shown.reduce((all, each) => all + (each?.[series.field] ?? 0), 0);
      this.values[i].textContent = text("bytes", sum);
    });
  }

  data() {
    return [
      this.classes.map((_, index) => index),
      ...this.spec.series.map((series) => this.classes.map((each) => each[series.field])),
    ];
  }

  tableRows() {
    return this.classes.map((each) => [
      text("bytes", each.chunkSize),
      text("bytes", each.memory),
      text("bytes", each.used),
      text("count", each.items),
      text("rate", each.evictions),
      text("seconds", each.evictedAge),
    ]);
  }

  options(width, height) {
    const bars = uPlot.paths.bars({ size: [0.8, 48], gap: 1 });
    return {
      width,
      height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: false, range: () => [-0.6, Math.max(3, this.classes.length) - 0.4] },
        y: { range: (_, __, high) => [0, Math.max(high, 1) * 1.05] },
      },
      axes: [
        this.axis({
          grid: { show: false },
          space: 64,
          incrs: [1, 2, 3, 4, 5, 8, 10, 16, 20, 40],
          values: (_, splits) => splits.map((index) => {
            const each = this.classes[index];
            return each ? text("bytes", each.chunkSize) : "";
          }),
        }),
        this.upright("bytes", { incrs: Array.from({ length: 44 }, (_, power) => 2 ** power) }),
      ],
      series: [
        {},
        ...this.spec.series.map((series) => ({
          fill: colour(series.colour),
          stroke: colour(series.colour),
          width: 0,
          paths: bars,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => this.showValues(plot.cursor.idx ?? null)] },
    };
  }
}
