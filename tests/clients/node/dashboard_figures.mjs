// Tests how the dashboard converts replies of /stats.json, without a browser.
//
//   node dashboard_figures.mjs <directory of the dashboard's modules>

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const module = (name) => import(pathToFileURL(join(process.argv[2], name)));
const { beginningOf, classesOf, curveOf, figuresBetween, sampleOf } = await module('figures.js');
const { text } = await module('format.js');
const { History } = await module('history.js');

const COUNTERS = ['bytes_read', 'bytes_written', 'cmd_get', 'cmd_set', 'cmd_touch', 'decr_hits',
  'decr_misses', 'delete_hits', 'delete_misses', 'evictions', 'incr_hits',
  'incr_misses', 'total_connections'];

function answer(stats, more = {}) {
  const zeros = Object.fromEntries(COUNTERS.map((name) => [name, 0]));
  return { stats: { pid: 1, uptime: 100, curr_connections: 1, ...zeros, ...stats }, items: {},
    slabs: {}, larder: larder(0, 0), latency: { enabled: true, kinds: {} }, ...more };
}
const larder = (lookup_hits, lookup_misses) => ({ page_bytes: 65536, lookup_hits, lookup_misses });
const kinds = (buckets_ns) => ({ latency: { enabled: true, kinds: { get: { buckets_ns } } } });
const plain = (kind, value) => text(kind, value).replace('\u00a0', ' ');

// Figures cover the interval, not the whole time.
// A lookup that memcached counts as a touch is not a get.
const earlier = sampleOf(answer({ cmd_get: 1000 },
  { ...kinds([[1000, 1000]]), larder: larder(1100, 10) }), 10);
const later = sampleOf(
  answer({ cmd_get: 1200, cmd_set: 10, delete_misses: 4, decr_hits: 2 },
    { ...kinds([[1000, 1098], [4000, 102]]), larder: larder(1200, 310) }), 12);
const between = figuresBetween(earlier, later);
assert.equal(between.hitRatio, 0.25);
assert.equal(between.lookups, 200);
assert.deepEqual(between.operations,
  { get: 100, set: 5, delete: 2, 'incr, decr': 1, touch: 0 });
assert.equal(between.operationsTotal, 108);
assert.deepEqual(between.latencies, { get: { count: 200, slow: 0, p50: 4, p99: 4, p999: 4 } });
const sinceStart = figuresBetween(beginningOf(later), later);
assert.deepEqual(sinceStart.latencies, { get: { count: 1200, slow: 0, p50: 1, p99: 4, p999: 4 } });
assert.equal(sinceStart.operations.get, 12);

// Errors in the interval, and slow requests by the server's own limit or 10 ms.
const ill = (stats, buckets_ns, logSlowMs) => answer(stats, { ...kinds(buckets_ns),
  larder: { ...larder(0, 0), log_slow_ms: logSlowMs }, process: { cpu_seconds: stats.uptime / 4 } });
const troubled = (logSlowMs) => figuresBetween(
  sampleOf(ill({ uptime: 100, auth_errors: 1, rejected_connections: 7 }, [[11e6, 1]], logSlowMs), 0),
  sampleOf(ill({ uptime: 108, auth_errors: 3, rejected_connections: 7, store_no_memory: 4 },
    [[1e6, 9], [11e6, 3], [60e6, 1]], logSlowMs), 8));
assert.deepEqual(troubled(0).troubles, { slow: 3, refused: 0, memory: 4, logins: 2 });
assert.equal(troubled(50).troubles.slow, 1);
assert.equal(troubled(0).cpu, 0.25);

// An unknown figure is not shown as 0.
assert.equal(figuresBetween(earlier, later).cpu, null, 'a server that does not say');
assert.equal(figuresBetween(later, sampleOf(later.answer, 14)).hitRatio, null);
assert.deepEqual(figuresBetween(later, sampleOf(later.answer, 14)).latencies, {});
assert.equal(figuresBetween(later, sampleOf(answer({ cmd_get: 5 }), 14)), null, 'after a reset');
assert.equal(figuresBetween(earlier, sampleOf(answer({ ...later.answer.stats, pid: 2 }), 14)), null,
  'after a restart');

// Ages are weighted by the evictions of each class in the interval.
const evicting = (first, second) => answer({ evictions: first + second }, { items: {
  1: { number: 5, evicted: first, evicted_time: 10 },
  2: { number: 5, evicted: second, evicted_time: 40 } } });
const aged = figuresBetween(sampleOf(evicting(5, 5), 0), sampleOf(evicting(7, 6), 2));
assert.equal(aged.evictions, 1.5);
assert.equal(aged.evictedAge, 20);

// Classes without memory are omitted, and the others are sorted by chunk size.
const slab = (chunk_size, total_pages) => ({ chunk_size, total_pages, used_chunks: 10 });
const classes = classesOf(sampleOf(
  answer({}, { slabs: { 1: slab(96, 2), 2: slab(48, 1), 3: slab(24, 0), active_slabs: 2 } }), 0));
assert.deepEqual(classes.map(({ id, memory, used }) => [id, memory, used]),
  [[2, 65536, 480], [1, 131072, 960]]);

assert.deepEqual(curveOf({}), []);

// A pause leaves a gap, and tables compare with a sample of the stated age.
const history = new History();
for (let at = 0; at <= 200; at += 2) history.add(sampleOf(answer({ cmd_get: at }), at));
assert.equal(history.earlierBy(10).at, 190);
assert.equal(history.earlierBy(60).at, 140);
assert.equal(history.earlierBy(null).answer, null);
assert.equal(history.since(20).length, 11);
history.interrupt(202);
history.interrupt(204);
assert.deepEqual(history.points.slice(-2).map((point) => point.figures === null), [false, true]);

// Every number has its unit, and rounding does not change its meaning.
for (const [kind, value, wanted] of [
  ['rate', 0, '0 /s'], ['rate', 0.04, '0 /s'], ['rate', 1234, '1.23 k/s'], ['rate', 999.6, '1 k/s'],
  ['percent', 1, '100 %'], ['percent', 0.99999, '99.9 %'], ['percent', 0.00001, '0.1 %'],
  ['bytes', 1023, '1,023 B'], ['bytes', 1024, '1 KB'], ['bytes', 67108864, '64 MB'],
  ['microseconds', 12.25, '12.3 µs'], ['microseconds', 1500, '1.5 ms'],
  ['microseconds', 2e6, '2 s'], ['seconds', 90, '90 s'], ['seconds', 600, '10 min'],
  ['count', 1024, '1,024'], ['count', 12345, '12.3 k'], ['count', null, '–'],
]) {
  assert.equal(plain(kind, value), wanted);
}
console.log('done');
