// The steps of npm_memjs_test.py: node memjs_steps.js PORT plain|sasl [USER PASSWORD]
'use strict';

const memjs = require('memjs');
const { check, checkEqual, refused, restart, run, waitUntil } = require('./steps');

const ADDRESS = `127.0.0.1:${process.argv[2]}`;
const CREDENTIALS = process.argv.slice(4);
const ITEM_SIZE_MAX = 1 << 20;
const silent = { log() {} };

// A client that logs in with `credentials`, by default those of the server if there are any.
function client(credentials = CREDENTIALS) {
  const [username, password] = credentials;
  const options = { username, password, timeout: 5, retries: 2, logger: silent };
  return memjs.Client.create(ADDRESS, options);
}

function stats(c, key = '') {
  return new Promise((resolve, reject) => {
    c.statsWithKey(key, (error, server, rows) => (error ? reject(error) : resolve(rows)));
  });
}

async function text(c, key) {
  const { value } = await c.get(key);
  return value === null ? null : value.toString();
}

async function storesAndReturnsValues() {
  const c = client();
  checkEqual(await c.get('never'), { value: null, flags: null }, 'a key never set');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
  for (const value of ['text', '', '\r\n', 'schl\u00fcssel \u20ac', bytes]) {
    checkEqual(await c.set('k', value), true, 'set');
    check((await c.get('k')).value.equals(Buffer.from(value)), 'a value came back changed');
  }
  c.close();
}

async function keepsBinaryKeys() {
  const c = client();
  const keys = ['with space', 'line\r\nbreak', '\u0000\u0001\u007f', 'schl\u00fcssel', ' '];
  for (const key of [...keys, 'x'.repeat(250)]) {
    checkEqual(await c.set(key, 'of ' + key), true, 'set of an odd key');
    checkEqual(await text(c, key), 'of ' + key, 'the value of an odd key');
    checkEqual(await c.delete(key), true, 'delete of an odd key');
    checkEqual(await text(c, key), null, 'an odd key deleted');
  }
  c.close();
}

async function conditionalWritesDependOnTheItem() {
  const c = client();
  checkEqual(await c.replace('r', '1'), false, 'replace of a missing key');
  checkEqual(await c.add('r', 'a'), true, 'add of a missing key');
  checkEqual(await c.add('r', '3'), false, 'add of a present key');
  const error = await refused(c.append('missing', 'x'), 'append to a missing key');
  check(error.message.includes('Item not stored'), `the words of the error: ${error.message}`);
  // Its prepend also appends: it sends the opcode of append.
  checkEqual(await c.append('r', 'b'), true, 'append');
  checkEqual(await text(c, 'r'), 'ab', 'the joined value');
  checkEqual(await c.replace('r', 'new'), true, 'replace of a present key');
  checkEqual(await text(c, 'r'), 'new', 'the value after replace');
  checkEqual(await c.delete('r'), true, 'delete');
  checkEqual(await c.delete('r'), false, 'delete of a missing key');
  c.close();
}

async function incrementsAndDecrements() {
  const c = client();
  checkEqual(await c.increment('n', 5, { initial: 9 }), { success: true, value: 9 }, 'creating');
  checkEqual((await c.increment('n', 1)).value, 10, 'increment that adds a digit');
  checkEqual((await c.increment('n', 90)).value, 100, 'increment');
  checkEqual((await c.decrement('n', 1, {})).value, 99, 'decrement');
  checkEqual((await c.decrement('n', 1000, {})).value, 0, 'decrement below zero');
  await c.set('n', 'text');
  const error = await refused(c.increment('n', 1), 'increment of a text');
  check(error.message.includes('non-numeric'), `the words of the error: ${error.message}`);
  checkEqual(await text(c, 'n'), 'text', 'the value after a refused increment');
  c.close();
}

async function matchesRepliesOfManyRequests() {
  // All at once over one connection: only the opaque distinguishes the replies.
  const c = client();
  const numbers = Array.from({ length: 1000 }, (_, n) => n);
  const value = (n) => String(n).repeat(1 + n % 300);
  const stored = await Promise.all(numbers.map((n) => c.set(`key${n}`, value(n))));
  check(stored.every((is) => is === true), 'some of 1000 sets failed');
  const found = await Promise.all(numbers.map((n) => text(c, `key${n}`)));
  checkEqual(found, numbers.map(value), 'the values of 1000 gets');
  c.close();
}

async function storesLargeValuesUpToTheLimit() {
  const c = client();
  const large = Buffer.alloc(900000, '0123456789abcdef\r\n\u0000');
  checkEqual(await c.set('large', large), true, 'set of 900 KB');
  check(large.equals((await c.get('large')).value), 'a value of 900 KB came back changed');
  const error = await refused(c.set('large', 'x'.repeat(ITEM_SIZE_MAX)), 'set beyond the limit');
  check(error.message.includes('too large'), `the words of the error: ${error.message}`);
  checkEqual(await text(c, 'large'), null, 'the old value after a set beyond the limit');
  c.close();
}

async function showsStats() {
  const c = client();
  const before = await stats(c);
  await c.set('k', 'v');
  await c.get('k');
  await c.get('missing');
  const after = await stats(c);
  for (const name of ['cmd_set', 'get_hits', 'get_misses']) {
    checkEqual(Number(after[name]), Number(before[name]) + 1, `growth of ${name}`);
  }
  check(/^1\.\d+\.\d+$/.test(after.version), `version ${after.version}`);
  checkEqual((await stats(c, 'settings')).tcpport, process.argv[2], 'tcpport in stats settings');
  check((await stats(c, 'slabs')).active_slabs, 'no active_slabs in stats slabs');
  await stats(c, 'reset');
  checkEqual((await stats(c)).get_hits, '0', 'get_hits after a reset');
  c.close();
}

async function continuesAfterARestart() {
  const c = client();
  await c.set('k', 'before');
  await restart();
  await waitUntil(() => c.set('k', 'after').catch(() => false), 'a set after the restart');
  checkEqual(await text(c, 'k'), 'after', 'a value set after the restart');
  c.quit();
}

async function expires() {
  const c = client();
  await c.set('soon', 'v', { expires: 1 });
  await c.set('touched', 'v', { expires: 1 });
  await c.set('shortened', 'v', { expires: 1000 });
  checkEqual((await c.increment('count', 1, { initial: 5, expires: 1 })).value, 5, 'creating');
  checkEqual(await c.touch('touched', 1000), true, 'touch');
  checkEqual(await c.touch('missing', 1000), false, 'touch of a missing key');
  checkEqual(await c.touch('shortened', 2), true, 'touch');
  checkEqual(await text(c, 'shortened'), 'v', 'a value with 2 s left');
  const isGone = async (key) => (await text(c, key)) === null;
  await waitUntil(() => isGone('soon'), 'the end of a value with 1 s to live');
  await waitUntil(() => isGone('count'), 'the end of a number with 1 s to live');
  checkEqual(await text(c, 'touched'), 'v', 'a value whose life was prolonged');
  await waitUntil(() => isGone('shortened'), 'the end of a value touched to 2 s');
  c.close();
}

async function flushes() {
  const c = client();
  await c.set('before', 'v');
  checkEqual(await c.flush(), { [ADDRESS]: true }, 'flush');
  checkEqual(await text(c, 'before'), null, 'a value from before the flush');
  await c.set('after', 'v');
  checkEqual(await text(c, 'after'), 'v', 'a value set right after the flush');
  c.close();
}

async function acceptsCredentialsThatAreNotRequired() {
  // The reply to LIST MECHS and AUTH is "unknown command", and the client continues.
  const c = client(['user', 'wrong']);
  checkEqual(await c.set('k', 'v'), true, 'set');
  checkEqual(await text(c, 'k'), 'v', 'get');
  c.close();
}

async function refusesAWrongPassword() {
  const c = client();
  await c.set('k', '1');
  const stranger = client([CREDENTIALS[0], 'wrong']);
  // The client makes `retries` attempts, each beginning with LIST MECHS.
  for (const command of [stranger.set('k', '2'), stranger.get('k')]) {
    const error = await refused(command, 'a command with a wrong password');
    checkEqual(error, 'Memcached server authentication failed!', 'the words of the error');
  }
  checkEqual(await text(c, 'k'), '1', 'a value after a set with a wrong password');
  c.close();
}

async function refusesWithoutAPassword() {
  const c = client();
  await c.set('k', '1');
  const commands = [(stranger) => stranger.get('k'), (stranger) => stranger.set('k', '2'),
    (stranger) => stranger.delete('k'), (stranger) => stranger.flush()];
  for (const command of commands) {
    const error = await refused(command(client([])), 'a command without a password');
    checkEqual(error, 'Memcached server authentication failed!', 'the words of the error');
  }
  checkEqual(await text(c, 'k'), '1', 'a value after commands without a password');
  c.close();
}

const common = [
  storesAndReturnsValues, keepsBinaryKeys, conditionalWritesDependOnTheItem, incrementsAndDecrements,
  matchesRepliesOfManyRequests, storesLargeValuesUpToTheLimit, showsStats, continuesAfterARestart,
];
const plain = [acceptsCredentialsThatAreNotRequired, expires, flushes];
const sasl = [refusesAWrongPassword, refusesWithoutAPassword];
run([...common, ...(CREDENTIALS.length ? sasl : plain)]);
