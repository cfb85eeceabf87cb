// The charts and their contents.

import { ClassChart } from "./class_chart.js";
import { CurveChart } from "./curve_chart.js";
import { KINDS } from "./figures.js";
import { TimeChart } from "./time_chart.js";

export function makeTimeCharts() {
  const operations = ["get", "set", "delete", "incr, decr", "touch"];
  const one = (id, label, format, colour, pick, more = {}) =>
    new TimeChart({ id, label, format, series: [{ label: "now", colour, pick }], ...more });
  return [
    new TimeChart({
      id: "operations",
      label: "Operations per second",
      format: "rate",
      scale: "rates",
      series: operations.map((name, i) => ({
        label: name,
        colour: `series-${i + 1}`,
        pick: (point) => point.figures.operations[name],
      })),
    }),
    one("hits", "Hit ratio", "percent", "series-2", (point) => point.figures.hitRatio, { max: 1 }),
    one("evictions", "Evictions per second", "rate", "series-3",
      (point) => point.figures.evictions),
    one("ages", "Age of evicted items", "seconds", "series-3",
      (point) => point.figures.evictedAge),
    one("connections", "Connections open", "count", "series-1", (point) => point.connections),
    makeLatencyChart(),
  ];
}

function makeLatencyChart() {
  const chosen = document.getElementById("latency-kind");
  chosen.append(...KINDS.map((kind) => new Option(kind, kind)));
  const pick = (name) => (point) => point.figures.latencies[chosen.value]?.[name];
  const chart = new TimeChart({
    id: "latency",
    label: "Latency",
    format: "microseconds",
    scale: "log",
    series: [
      { label: "p50", colour: "series-1", pick: pick("p50") },
      { label: "p99", colour: "series-3", pick: pick("p99") },
      { label: "p99.9", colour: "series-4", dash: [5, 4], pick: pick("p999") },
    ],
  });
  chosen.addEventListener("change", () => chart.update(chart.points, chart.seconds));
  return chart;
}

export function makeClassChart() {
  return new ClassChart({
    id: "classes",
    label: "Memory by slab class",
    series: [
      { label: "pages", colour: "pages", field: "memory" },
      { label: "used by items", colour: "series-1", field: "used" },
    ],
    columns: ["Chunk", "Pages", "Used by items", "Items", "Evictions/s", "Age of evicted"],
  });
}

export function makeCurveChart() {
  return new CurveChart({
    id: "curve",
    label: "Miss ratio by memory",
    series: [{ label: "misses", colour: "series-5" }],
    columns: ["Memory", "Size", "Miss ratio", "Hit ratio"],
  });
}
