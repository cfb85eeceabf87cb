// The samples since the page was opened, oldest first, and the figures between neighbours.
// It is limited to kSamplesMax, an hour at one sample every two seconds.

import { beginningOf, figuresBetween } from "./figures.js";

const kSamplesMax = 1800;
// Whole replies are large, and only the samples that tables compare with need them.
const kAnswersMax = 45;

export class History {
  constructor() {
    this.samples = [];
    this.points = []; // { at, figures, connections }, figures null where counters began anew
  }

  get latest() {
    return this.samples.at(-1) ?? null;
  }

  add(sample) {
    const before = this.latest;
    this.samples.push(sample);
    if (this.samples.length > kAnswersMax) this.samples.shift();
    if (before === null) return;
    this.points.push({
      at: sample.at,
      figures: figuresBetween(before, sample),
      connections: sample.answer.stats.curr_connections,
    });
    if (this.points.length > kSamplesMax) this.points.shift();
  }

  // A gap: no line joins the points before and after it.
  interrupt(atSeconds) {
    if (this.points.length === 0 || this.points.at(-1).figures === null) return;
    this.points.push({ at: atSeconds, figures: null, connections: null });
  }

  // The sample to compare the latest with for figures over `seconds`, or since the start if that
  // is null; the oldest sample if none is that old, or the start if there is no other one.
  earlierBy(seconds) {
    const latest = this.latest;
    if (seconds === null || this.samples.length < 2) return beginningOf(latest);
    const wanted = latest.at - seconds - 0.5;
    return this.samples.find((sample) => sample.at >= wanted && sample !== latest) ??
      this.samples.at(-2);
  }

  // The points of the last `seconds`.
  since(seconds) {
    const begin = (this.points.at(-1)?.at ?? 0) - seconds;
    return this.points.filter((point) => point.at >= begin);
  }
}
