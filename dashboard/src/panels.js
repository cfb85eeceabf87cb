// What is not a chart: the large figures, the tables, and the totals.

import { byId, element, figure, fillRows, show } from "./dom.js";
import { KINDS, TROUBLES, curveOf, slowMs } from "./figures.js";
import { key, text, uptime, whole } from "./format.js";

const TOTALS = [
  ["Gets", "cmd_get"],
  ["Get hits", "get_hits"],
  ["Get misses", "get_misses"],
  ["Sets", "cmd_set"],
  ["Delete hits", "delete_hits"],
  ["Items now", "curr_items"],
  ["Items ever stored", "total_items"],
  ["Evictions", "evictions"],
  ["Evicted unfetched", "evicted_unfetched"],
  ["Expired unfetched", "expired_unfetched"],
  ["Connections ever", "total_connections"],
  ["Connections refused", "rejected_connections"],
];

const nameOf = ({ process }) => process?.node || process?.host || location.host;

// The node and the host.  `failedAt`: the time since which the server does not reply, or null; older
// figures are then not shown as current.
export function showServer(answer, failedAt) {
  const { stats, larder } = answer;
  const name = nameOf(answer);
  document.title = `${failedAt === null ? "" : "No answer from "}${name} · Larder`;
  byId("server").textContent = name === location.host ? name : `${name} (${location.host})`;
  byId("facts").textContent = [
    `Larder ${larder.server_version}`,
    failedAt === null ? `up ${uptime(stats.uptime)}`
      : `was up ${uptime(stats.uptime)} at its last answer`,
    stats.threads === 1 ? "1 worker" : `${stats.threads} workers`,
    `speaks memcached ${stats.version}`,
  ].join(" · ");
}

function healthOf(answer, figures) {
  const { stats, larder, process } = answer;
  const troubles = figures?.troubles ?? {};
  const everSaid = (name) => `${whole(TROUBLES[name](stats))} in all`;
  const counted = (id, label, name, more) => ({
    id, label, kind: "count", value: troubles[name] ?? null, more, isBad: troubles[name] > 0,
  });
  const isClustered = Boolean(larder.cluster_name);
  const isAlone = isClustered && larder.etcd_up !== "yes";
  return [
    { id: "state", label: "State", words: process?.is_draining ? "draining" : "serving",
      more: process?.is_draining ? "it is about to stop" : "", isBad: Boolean(process?.is_draining) },
    counted("refused", "Connections refused", "refused", everSaid("refused")),
    counted("memory", "Writes without memory", "memory", everSaid("memory")),
    counted("slow", "Slow requests", "slow", answer.latency?.enabled === false
      ? "not measured: -o no_latency" : `over ${slowMs(answer)} ms in the server`),
    counted("logins", "Logins failed", "logins", everSaid("logins")),
    { id: "cpu", label: "CPU", kind: "percent", value: figures?.cpu ?? null,
      more: "100 % is one core", isBad: false },
    { id: "rss", label: "Memory of the process", kind: "bytes",
      value: process?.resident_bytes ?? null, more: "resident", isBad: false },
    { id: "cluster", label: "Cluster", words: isClustered ? larder.cluster_name : "none",
      more: isClustered ? `${larder.cluster_nodes} nodes, etcd ${isAlone ? "away" : "up"}` : "",
      isBad: isAlone },
  ];
}

export function showHealth(answer, figures) {
  const rows = healthOf(answer, figures);
  const list = byId("health-list");
  if (list.childElementCount === 0) {
    list.append(...rows.map(({ id, label }) => element("div", { id: `health-${id}-box` },
      element("dt", {}, label),
      element("dd", {}, element("data", { id: `health-${id}` })),
      element("dd", { className: "more", id: `health-${id}-more` }))));
  }
  for (const { id, kind, value, words, more, isBad } of rows) {
    const data = byId(`health-${id}`);
    if (words === undefined) {
      show(data, kind, value);
    } else {
      data.value = words;
      data.textContent = words;
    }
    byId(`health-${id}-more`).textContent = more;
    byId(`health-${id}-box`).classList.toggle("bad", isBad);
  }
}

// The time that the counts next to it cover.
export function showOver(words) {
  for (const each of document.querySelectorAll(".over")) each.textContent = words;
}

// `figures` null: counters were reset, and there are no figures until the next reply.
export function showTiles({ stats, larder, latency }, figures) {
  const now = (id, kind, value) => show(byId(id), kind, value);
  const gets = figures?.latencies.get;
  now("tile-hits", "percent", figures?.hitRatio ?? null);
  byId("tile-hits-more").textContent = figures === null ? ""
    : figures.hitRatio === null ? "no gets" : `of ${text("rate", figures.lookups)} lookups`;
  now("tile-operations", "rate", figures?.operationsTotal ?? null);
  byId("tile-operations-more").textContent = figures === null ? ""
    : `${text("byteRate", figures.bytesRead)} in, ${text("byteRate", figures.bytesWritten)} out`;
  now("tile-latency", "microseconds", gets?.p99 ?? null);
  byId("tile-latency-more").textContent = latency?.enabled === false
    ? "not measured: -o no_latency"
    : figures === null ? "" : gets === undefined ? "no gets"
    : `p50 ${text("microseconds", gets.p50)}, p99.9 ${text("microseconds", gets.p999)}`;
  now("tile-memory", "bytes", larder.memory_used_bytes);
  byId("tile-memory-more").textContent =
    `of ${text("bytes", larder.memory_limit_bytes)}; index ${text("bytes", larder.index_bytes)}`;
  byId("memory-meter").value = larder.memory_used_bytes / larder.memory_limit_bytes;
  now("tile-evictions", "rate", figures?.evictions ?? null);
  byId("tile-evictions-more").textContent = figures === null ? ""
    : figures.evictedAge === null ? "none evicted"
    : `not accessed for ${text("seconds", figures.evictedAge)}`;
  now("tile-connections", "count", stats.curr_connections);
  byId("tile-connections-more").textContent = figures === null ? ""
    : `${text("rate", figures.connectionsOpened)} new, ${text("count", stats.max_connections)} at most`;
}

export function showLatencies(figures) {
  const rows = KINDS.filter((kind) => figures?.latencies[kind] !== undefined).map((kind) => {
    const { count, p50, p99, p999 } = figures.latencies[kind];
    return [kind, figure("count", count), ...[p50, p99, p999].map((each) =>
      figure("microseconds", each))];
  });
  fillRows(byId("latency-rows"), rows);
  byId("latency-none").hidden = rows.length > 0;
}

// Shows `content` of a card if the feature is enabled, otherwise how to enable it.
function showFeature(id, feature, hasAny) {
  byId(`${id}-off`).hidden = feature?.enabled === true;
  byId(`${id}-none`).hidden = feature?.enabled !== true || hasAny;
  byId(`${id}-on`).hidden = feature?.enabled !== true || !hasAny;
}

export function showHotKeys({ hot_keys: hotKeys }) {
  const keys = hotKeys?.keys ?? [];
  showFeature("keys", hotKeys, keys.length > 0);
  const most = Math.max(...keys.map((each) => each.requests_per_second), 1e-9);
  fillRows(byId("keys-rows"), keys.map((each) => {
    const bar = element("meter", { min: 0, max: most, value: each.requests_per_second });
    bar.setAttribute("aria-hidden", "true");
    return [element("code", {}, key(each.key)), figure("rate", each.requests_per_second), bar];
  }));
}

export function showCurve(answer, chart) {
  const points = curveOf(answer);
  showFeature("curve", answer.miss_ratio_curve, points.length > 0);
  chart.button.hidden = points.length === 0;
  if (points.length === 0) return;
  const at = (factor) => points.find((point) => point.factor === factor);
  const [now, more] = [at(1), points.filter((point) => point.factor >= 2)[0]];
  byId("curve-words").textContent = now && more ? promise(now, more) : "";
  chart.update(points);
}

function promise(now, more) {
  const [present, then] = [now, more].map((point) => text("percent", point.missRatio));
  const change = present === then ? `no less than ${present}` : `${then} instead of ${present}`;
  return `${more.factor} × the memory (${text("bytes", more.memory)}) would miss ${change}.`;
}

export function showTotals({ stats }) {
  const list = byId("totals-list");
  if (list.childElementCount === 0) {
    list.append(...TOTALS.map(([label, row]) => element("div", {},
      element("dt", {}, label), element("dd", {}, element("data", { id: `total-${row}` })))));
  }
  for (const [, row] of TOTALS) {
    const data = byId(`total-${row}`);
    data.value = String(stats[row] ?? "");
    data.textContent = whole(stats[row]);
  }
}
