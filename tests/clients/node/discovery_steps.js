// npm's memcached-elasticache, for discovery_test.py: node discovery_steps.js HOST:PORT KEYS
//
// Prints a line of JSON for each list that it follows, with the number of keys that could not be
// read back from its nodes.
'use strict';

const fs = require('fs');
const Memcached = require('memcached-elasticache');

const POLL_MILLISECONDS = 100;
const KEYS = Number(process.argv[3]);

const client = new Memcached(process.argv[2], { autoDiscoverInterval: POLL_MILLISECONDS });

// Resolves to 1 if the value cannot be read back.
function store(n) {
  return new Promise((resolve) => {
    client.set(`key${n}`, `value${n}`, 60, (error) => {
      if (error) return resolve(1);
      return client.get(`key${n}`, (failure, value) => {
        resolve(!failure && value === `value${n}` ? 0 : 1);
      });
    });
  });
}

client.on('autoDiscover', async (nodes) => {
  const outcomes = await Promise.all(Array.from({ length: KEYS }, (_, n) => store(n)));
  const wrong = outcomes.reduce((sum, outcome) => sum + outcome, 0);
  fs.writeSync(1, JSON.stringify({ nodes, wrong }) + '\n');
});
// A restarted server is polled again.
client.on('autoDiscoverFailure', () => {});
