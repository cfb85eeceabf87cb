// Polls /stats.json and shows its contents.

import { makeClassChart, makeCurveChart, makeTimeCharts } from "./charts.js";
import { byId } from "./dom.js";
import { classesOf, figuresBetween, sampleOf } from "./figures.js";
import { time } from "./format.js";
import { History } from "./history.js";
import {
  showCurve, showHealth, showHotKeys, showLatencies, showOver, showServer, showTiles, showTotals,
} from "./panels.js";
import { startTheme } from "./theme.js";

const kPeriodMs = 2000;
const kPatienceMs = 5000;

const history = new History();
startTheme();
const timeCharts = makeTimeCharts();
const classChart = makeClassChart();
const curveChart = makeCurveChart();
let isPaused = false;
let failedAt = null;

// Screen readers read it when it changes, so it does not count seconds.
function showStatus() {
  const [state, words] = isPaused ? ["paused", `Paused at ${time(history.latest?.at ?? nowSeconds())}`]
    : failedAt !== null ? ["failed", `No answer since ${time(failedAt)}`]
    : history.latest === null ? ["waiting", "Waiting for figures"]
    : history.latest.answer.process?.is_draining ? ["draining", "Draining"]
    : ["live", "Live"];
  const status = byId("status");
  document.body.dataset.state = state;
  if (status.textContent !== words) status.textContent = words;
  if (history.latest !== null) showServer(history.latest.answer, failedAt);
}

const nowSeconds = () => Date.now() / 1000;

const chosenSeconds = (id) => {
  const { value } = byId(id);
  return value === "start" ? null : Number(value);
};

// On a newly opened page the last 10 s are shorter.
function wordsOfTime(chosen, figures) {
  if (chosen === null) return "since the start";
  return `in the last ${Math.round(Math.min(chosen, figures?.seconds ?? chosen))} s`;
}

function showAll() {
  const latest = history.latest;
  if (latest === null) return;
  const { answer } = latest;
  const earlier = history.earlierBy(chosenSeconds("over"));
  const figures = figuresBetween(earlier, latest);
  showOver(wordsOfTime(chosenSeconds("over"), figures));
  showHealth(answer, figures);
  showTiles(answer, figures);
  showLatencies(figures);
  showTotals(answer);
  showHotKeys(answer);
  showCurve(answer, curveChart);
  classChart.update(classesOf(latest, earlier));
  const range = chosenSeconds("range");
  for (const chart of timeCharts) chart.update(history.since(range), range);
}

async function ask() {
  const response = await fetch("stats.json", {
    cache: "no-store",
    signal: AbortSignal.timeout(kPatienceMs),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

async function poll() {
  const begun = performance.now();
  if (!isPaused) {
    try {
      const answer = await ask();
      if (!isPaused) {
        failedAt = null;
        history.add(sampleOf(answer, nowSeconds()));
        showAll();
      }
    } catch {
      failedAt ??= nowSeconds();
      history.interrupt(nowSeconds());
    }
    showStatus();
  }
  setTimeout(poll, Math.max(200, kPeriodMs - (performance.now() - begun)));
}

byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  byId("pause").setAttribute("aria-pressed", String(isPaused));
  if (!isPaused) history.interrupt(nowSeconds());
  showStatus();
});
for (const id of ["over", "range"]) byId(id).addEventListener("change", showAll);

showStatus();
poll();
