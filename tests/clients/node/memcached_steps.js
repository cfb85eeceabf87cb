// The steps of npm_memcached_test.py: node memcached_steps.js PORT text
'use strict';

const Memcached = require('memcached');
const { check, checkEqual, refused, restart, run, waitUntil } = require('./steps');

const ADDRESS = `127.0.0.1:${process.argv[2]}`;
const ITEM_SIZE_MAX = 1 << 20;

// A client whose commands are promises: `await c.do('get', 'k')`.
function client(options) {
  const memcached = new Memcached(ADDRESS, options);
  memcached.do = (command, ...words) => new Promise((resolve, reject) => {
    memcached[command](...words, (error, result) => (error ? reject(error) : resolve(result)));
  });
  return memcached;
}

async function storesAndReturnsValues() {
  const c = client();
  checkEqual(await c.do('get', 'never'), undefined, 'a key never set');
  // The flags contain the type.
  for (const value of ['text', '', 'schl\u00fcssel \u20ac', 12, 1.5, { a: [1, null] }, true]) {
    checkEqual(await c.do('set', 'k', value, 100), true, 'set');
    checkEqual(await c.do('get', 'k'), value, 'get');
  }
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  await c.do('set', 'k', bytes, 100);
  check(bytes.equals(await c.do('get', 'k')), 'a value of every byte came back changed');
  for (const key of ['x'.repeat(250), 'y'.repeat(300), '\u0001\u007f', 'a:b/c?d', 'schl\u00fcssel']) {
    await c.do('set', key, key, 100);
    checkEqual(await c.do('get', key), key, 'the value of an odd key');
  }
  c.end();
}

async function conditionalWritesDependOnTheItem() {
  const c = client();
  check((await refused(c.do('replace', 'r', '1', 0), 'replace')).notStored, 'another error');
  checkEqual(await c.do('add', 'r', 'b', 0), true, 'add of a missing key');
  check((await refused(c.do('add', 'r', '3', 0), 'add')).notStored, 'another error');
  check((await refused(c.do('append', 'missing', 'x'), 'append')).notStored, 'another error');
  checkEqual(await c.do('append', 'r', 'c'), true, 'append');
  checkEqual(await c.do('prepend', 'r', 'a'), true, 'prepend');
  checkEqual(await c.do('get', 'r'), 'abc', 'the joined value');
  checkEqual(await c.do('replace', 'r', 'new', 0), true, 'replace of a present key');
  checkEqual(await c.do('del', 'r'), true, 'del');
  checkEqual(await c.do('del', 'r'), false, 'del of a missing key');
  c.end();
}

async function casStoresOnlyWithTheLatestId() {
  const c = client();
  const other = client();
  await c.do('set', 'k', 'old', 100);
  const seen = await c.do('gets', 'k');
  checkEqual(seen.k, 'old', 'the value of gets');
  await other.do('set', 'k', 'between', 100);
  checkEqual(await c.do('cas', 'k', 'new', seen.cas, 100), false, 'cas with an id of yesterday');
  checkEqual(await c.do('get', 'k'), 'between', 'the value after a refused cas');
  const now = (await c.do('gets', 'k')).cas;
  checkEqual(await c.do('cas', 'k', 'new', now, 100), true, 'cas with the id of now');
  checkEqual(await c.do('get', 'k'), 'new', 'the value after cas');
  await c.do('del', 'k');
  checkEqual(await c.do('cas', 'k', 'x', now, 100), false, 'cas of a missing key');
  c.end();
  other.end();
}

async function incrementsAndDecrements() {
  const c = client();
  checkEqual(await c.do('incr', 'n', 1), false, 'incr of a missing key');
  await c.do('set', 'n', 9, 100);
  checkEqual(await c.do('incr', 'n', 1), 10, 'incr that adds a digit');
  checkEqual(await c.do('incr', 'n', 90), 100, 'incr');
  checkEqual(await c.do('decr', 'n', 1), 99, 'decr');
  checkEqual(await c.do('decr', 'n', 1000), 0, 'decr below zero');
  await c.do('set', 'n', 'text', 100);
  const error = await refused(c.do('incr', 'n', 1), 'incr of a text');
  check(error.message.includes('non-numeric'), `the words of the error: ${error.message}`);
  checkEqual(await c.do('get', 'n'), 'text', 'the value after a refused incr');
  c.end();
}

async function getsAndSetsMany() {
  const c = client();
  const values = {};
  for (let n = 0; n < 1000; ++n) values[`key${n}`] = String(n).repeat(n % 300);
  const keys = Object.keys(values);
  // Over ten connections at once.
  await Promise.all(keys.map((key) => c.do('set', key, values[key], 100)));
  // A line of several KB.
  checkEqual(await c.do('getMulti', [...keys, 'missing']), values, 'getMulti');
  c.end();
}

async function storesLargeValuesUpToTheLimit() {
  // Above its own limit this client does not send the value.
  const c = client({ maxValue: 4 * ITEM_SIZE_MAX, retry: 1, failures: 100 });
  const large = '0123456789'.repeat(90000);
  checkEqual(await c.do('set', 'large', large, 100), true, 'set of 900 KB');
  check(await c.do('get', 'large') === large, 'a value of 900 KB came back changed');
  // It does not report a SERVER_ERROR, but reconnects.
  const issues = [];
  c.on('issue', (issue) => issues.push(...issue.messages));
  const tooLarge = 'x'.repeat(ITEM_SIZE_MAX);
  checkEqual(await c.do('set', 'large', tooLarge, 100), false, 'set beyond the limit');
  check(issues.includes('object too large for cache'), `its issues: ${issues}`);
  checkEqual(await client().do('get', 'large'), undefined, 'the old value after that');
  c.end();
}

async function showsStatsAndVersion() {
  const c = client();
  const [before] = await c.do('stats');
  await c.do('set', 'k', 'v', 100);
  await c.do('get', 'k');
  await c.do('get', 'missing');
  const [after] = await c.do('stats');
  for (const name of ['cmd_set', 'get_hits', 'get_misses']) {
    checkEqual(after[name], before[name] + 1, `growth of ${name}`);
  }
  const [version] = await c.do('version');
  checkEqual(version.version, after.version, 'version in stats');
  checkEqual(version.major, '1', 'major version');
  const [settings] = await c.do('settings');
  checkEqual(settings.tcpport, Number(process.argv[2]), 'tcpport in stats settings');
  const [slabs] = await c.do('slabs');
  check(slabs.active_slabs, 'no active_slabs in stats slabs');
  const [items] = await c.do('items');
  const classes = Object.keys(items).filter((name) => /^\d+$/.test(name));
  check(classes.length > 0, 'no class in stats items');
  await c.do('cachedump', ADDRESS, Number(classes[0]), 10);
  c.end();
}

async function continuesAfterARestart() {
  const c = client({ retry: 1, failures: 100, timeout: 1000 });
  c.on('issue', () => {});
  await c.do('set', 'k', 'before', 100);
  await restart();
  const set = () => c.do('set', 'k', 'after', 100).catch(() => false);
  await waitUntil(set, 'a set after the restart');
  checkEqual(await c.do('get', 'k'), 'after', 'a value set after the restart');
  c.end();
}

async function expires() {
  const c = client();
  await c.do('set', 'soon', 'v', 1);
  await c.do('set', 'touched', 'v', 1);
  await c.do('set', 'shortened', 'v', 1000);
  checkEqual(await c.do('touch', 'touched', 1000), true, 'touch');
  checkEqual(await c.do('touch', 'missing', 1000), false, 'touch of a missing key');
  checkEqual(await c.do('touch', 'shortened', 2), true, 'touch');
  checkEqual(await c.do('get', 'shortened'), 'v', 'a value with 2 s left');
  const isGone = async (key) => (await c.do('get', key)) === undefined;
  await waitUntil(() => isGone('soon'), 'the end of a value with 1 s to live');
  checkEqual(await c.do('get', 'touched'), 'v', 'a value whose life was prolonged');
  await waitUntil(() => isGone('shortened'), 'the end of a value touched to 2 s');
  c.end();
}

async function flushes() {
  const c = client();
  await c.do('set', 'before', 'v', 100);
  checkEqual(await c.do('flush'), [true], 'flush');
  checkEqual(await c.do('get', 'before'), undefined, 'a value from before the flush');
  await c.do('set', 'after', 'v', 100);
  checkEqual(await c.do('get', 'after'), 'v', 'a value set right after the flush');
  c.end();
}

run([
  storesAndReturnsValues, conditionalWritesDependOnTheItem, casStoresOnlyWithTheLatestId, incrementsAndDecrements,
  getsAndSetsMany, storesLargeValuesUpToTheLimit, showsStatsAndVersion,
  continuesAfterARestart, expires, flushes,
]);
