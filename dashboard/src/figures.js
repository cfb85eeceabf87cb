// The figures of the page, from replies of /stats.json: a sample is one reply and its time.
// Counters are meaningful only as the difference of two samples; null means "unknown".

export const KINDS = ["get", "set", "delete", "incr", "touch", "other"];

// Keys, not requests: a multiget of 50 counts 50 times, as in `stats`.
export const COMMANDS = {
  get: (stats) => stats.cmd_get,
  set: (stats) => stats.cmd_set,
  delete: (stats) => stats.delete_hits + stats.delete_misses,
  "incr, decr": (stats) =>
    stats.incr_hits + stats.incr_misses + stats.decr_hits + stats.decr_misses,
  touch: (stats) => stats.cmd_touch,
};

// Counters that should stay 0, since the start or the last `stats reset`.
export const TROUBLES = {
  refused: (stats) => stats.rejected_connections ?? 0,
  memory: (stats) => stats.store_no_memory ?? 0,
  logins: (stats) => stats.auth_errors ?? 0,
};

// The time from which a request counts as slow: the limit of the log, or else this one.
const kSlowMs = 10;
export const slowMs = ({ larder }) => larder.log_slow_ms || kSlowMs;

const QUANTILES = { p50: 0.5, p99: 0.99, p999: 0.999 };

export function sampleOf(answer, atSeconds) {
  return { at: atSeconds, answer };
}

// The sample to compare with for figures since the server's start.
export function beginningOf(sample) {
  return { at: sample.at - sample.answer.stats.uptime, answer: null };
}

// Whether the counters of `later` continue those of `earlier`: no restart, no `stats reset`.
export function follows(earlier, later) {
  if (earlier.answer === null) return true;
  const before = earlier.answer.stats;
  const after = later.answer.stats;
  return (
    before.pid === after.pid &&
    before.bytes_read <= after.bytes_read &&
    before.cmd_get <= after.cmd_get &&
    before.cmd_set <= after.cmd_set &&
    before.total_connections <= after.total_connections
  );
}

// The figures of the time between two samples; null if the counters were reset in between.
export function figuresBetween(earlier, later) {
  const seconds = later.at - earlier.at;
  if (seconds <= 0 || !follows(earlier, later)) return null;
  const after = later.answer.stats;
  const before = earlier.answer?.stats;
  const grown = (counter) => counter(after) - (before ? counter(before) : 0);
  // memcached counts a get that touches as a touch, and one that creates its item as a hit.
  const own = (name) => later.answer.larder[name] - (earlier.answer?.larder[name] ?? 0);
  const hits = own("lookup_hits");
  const lookups = hits + own("lookup_misses");
  const operations = {};
  for (const [name, counter] of Object.entries(COMMANDS)) {
    operations[name] = Math.max(0, grown(counter)) / seconds;
  }
  const latencies = latenciesBetween(earlier, later);
  const troubles = { slow: Object.values(latencies).reduce((sum, each) => sum + each.slow, 0) };
  for (const [name, counter] of Object.entries(TROUBLES)) {
    troubles[name] = Math.max(0, grown(counter));
  }
  const cpuBefore = earlier.answer?.process?.cpu_seconds ?? 0;
  const cpuAfter = later.answer.process?.cpu_seconds;
  return {
    seconds,
    troubles,
    cpu: cpuAfter === undefined ? null : Math.max(0, cpuAfter - cpuBefore) / seconds,
    lookups: lookups / seconds,
    hitRatio: lookups > 0 ? hits / lookups : null,
    operations,
    operationsTotal: Object.values(operations).reduce((sum, each) => sum + each, 0),
    evictions: grown((stats) => stats.evictions) / seconds,
    evictedAge: evictedAge(earlier, later),
    latencies,
    bytesRead: grown((stats) => stats.bytes_read) / seconds,
    bytesWritten: grown((stats) => stats.bytes_written) / seconds,
    connectionsOpened: grown((stats) => stats.total_connections) / seconds,
  };
}

// Seconds since the last access of evicted items: of the item that each class evicted last,
// weighted by the evictions of the class.
function evictedAge(earlier, later) {
  let count = 0;
  let sum = 0;
  for (const [id, now] of Object.entries(later.answer.items)) {
    const evicted = now.evicted - (earlier.answer?.items[id]?.evicted ?? 0);
    if (evicted <= 0) continue;
    count += evicted;
    sum += evicted * now.evicted_time;
  }
  return count > 0 ? sum / count : null;
}

function latenciesBetween(earlier, later) {
  const found = {};
  const before = earlier.answer?.latency?.kinds ?? {};
  for (const [kind, now] of Object.entries(later.answer.latency?.kinds ?? {})) {
    const buckets = bucketsSince(before[kind]?.buckets_ns ?? [], now.buckets_ns);
    const count = buckets.reduce((sum, [, each]) => sum + each, 0);
    if (count <= 0) continue;
    const slowNs = slowMs(later.answer) * 1e6;
    const slow = buckets.reduce((sum, [top, each]) => sum + (top > slowNs ? each : 0), 0);
    found[kind] = { count, slow };
    for (const [name, share] of Object.entries(QUANTILES)) {
      found[kind][name] = quantile(buckets, count, share) / 1e3;
    }
  }
  return found;
}

function bucketsSince(before, now) {
  const counted = new Map(before);
  return now.map(([top, count]) => [top, count - (counted.get(top) ?? 0)]);
}

// The quantile `share` of the latencies in nanoseconds, as the server rounds it.
function quantile(buckets, count, share) {
  let seen = 0;
  for (const [top, each] of buckets) {
    seen += each;
    if (seen > 0 && seen >= share * count) return top;
  }
  return 0;
}

// Size classes with memory, smallest chunks first.
export function classesOf(sample, earlier) {
  const { slabs, items, larder } = sample.answer;
  const comparable = earlier && follows(earlier, sample) ? earlier : null;
  return Object.entries(slabs)
    .filter(([id, slab]) => /^\d+$/.test(id) && slab.total_pages > 0)
    .map(([id, slab]) => {
      const item = items[id] ?? {};
      const evictedBefore = comparable?.answer?.items[id]?.evicted ?? 0;
      return {
        id: Number(id),
        chunkSize: slab.chunk_size,
        memory: slab.total_pages * larder.page_bytes,
        used: slab.used_chunks * slab.chunk_size,
        items: item.number ?? 0,
        evictions: comparable
          ? Math.max(0, (item.evicted ?? 0) - evictedBefore) / (sample.at - comparable.at)
          : null,
        evictedAge: item.evicted > 0 ? item.evicted_time : null,
      };
    })
    .sort((left, right) => left.chunkSize - right.chunkSize);
}

// Points of the curve by memory, with miss ratios instead of hit ratios.
export function curveOf(answer) {
  return [...(answer.miss_ratio_curve?.points ?? [])]
    .sort((left, right) => left.memory_bytes - right.memory_bytes)
    .map((point) => ({
      factor: point.memory_factor,
      memory: point.memory_bytes,
      missRatio: 1 - point.hit_ratio,
    }));
}
