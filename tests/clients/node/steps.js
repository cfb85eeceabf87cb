// Shared by the steps of the node clients; ../scripted.py describes the output.
'use strict';

const assert = require('assert');
const fs = require('fs');

const STEP_MILLISECONDS_MAX = 10000;

function say(line) {
  fs.writeSync(1, line + '\n');
}

function shown(value) {
  const text = JSON.stringify(value);
  return text === undefined ? 'undefined' : text.slice(0, 200);
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

function checkEqual(actual, expected, what) {
  try {
    assert.deepStrictEqual(actual, expected);
  } catch (error) {
    throw new Error(`${what}: expected ${shown(expected)}, got ${shown(actual)}`);
  }
}

// The error with which `promise` is rejected.
async function refused(promise, what) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${what} was not refused`);
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function waitUntil(condition, what) {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    check(Date.now() < deadline, `${what} did not happen`);
    await sleep(20);
  }
}

// Requests a new server on the same port and waits until it is ready.
function restart() {
  say('restart');
  return new Promise((resolve) => {
    process.stdin.once('data', () => {
      process.stdin.pause();
      resolve();
    });
  });
}

// Limits the time of a step: a client may wait for a missing reply without a timeout.
function bounded(promise) {
  let timer;
  const bound = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no end in time')), STEP_MILLISECONDS_MAX);
  });
  return Promise.race([promise, bound]).finally(() => clearTimeout(timer));
}

// Runs functions one after another; their names are the names of the steps.
async function run(steps) {
  for (const step of steps) {
    const name = step.name.replace(/[A-Z]/g, (letter) => ' ' + letter.toLowerCase());
    try {
      await bounded(step());
      say(`ok ${name}`);
    } catch (error) {
      say(`FAILED ${name}: ${error.message || error}`);
    }
  }
  say('done');
  process.exit(0);
}

module.exports = { check, checkEqual, refused, restart, run, say, sleep, waitUntil };
