#!/usr/bin/env bash
# rate-limiter-flexible 11.4.0 (npm, with memcached 2.2.2) on memcached 1.6.18: a duration below one
# second never ends in the memcached limiter, while the same package's memory limiter honours it.
#
# Guess: durations are seconds and may be fractions, as 0.5 works in the limiter that counts in
#   memory; on memcached, which knows whole seconds, half a second is rounded up to one.
# Seen: it is cut to 0, which memcached takes for "never expires": whoever has used up the points is
#   refused until somebody deletes the key.
#
#   memory: a point, then refused, after 1.5 s a point
#   memcached: a point, then refused, after 1.5 s refused, to wait -1 ms
source "$(dirname "${BASH_SOURCE[0]}")/lib/packages.sh"
start_memcached
npm_packages rate-limiter-flexible@11.4.0 memcached@2.2.2
cat >"$folder/run.js" <<'JS'
const { RateLimiterMemcache, RateLimiterMemory } = require("rate-limiter-flexible");
const Memcached = require("memcached");

const consume = (limiter) => limiter.consume("someone").then(() => "a point", (refusal) => refusal);
const shown = (result) => (result instanceof Error ? String(result)
  : typeof result === "string" ? result : "refused");

(async () => {
  const limits = { points: 1, duration: 0.5 };
  const limiters = {
    memory: new RateLimiterMemory(limits),
    memcached: new RateLimiterMemcache(
      { ...limits, storeClient: new Memcached(`127.0.0.1:${process.env.PORT}`) }),
  };
  for (const [name, limiter] of Object.entries(limiters)) {
    const first = shown(await consume(limiter));
    const second = shown(await consume(limiter));
    await new Promise((done) => setTimeout(done, 1500));
    const third = await consume(limiter);
    const wait = third.msBeforeNext < 0 ? `, to wait ${third.msBeforeNext} ms` : "";
    console.log(`${name}: ${first}, then ${second}, after 1.5 s ${shown(third)}${wait}`);
  }
  process.exit(0);
})();
JS
cat >"$folder/seen" <<'TEXT'
memory: a point, then refused, after 1.5 s a point
memcached: a point, then refused, after 1.5 s refused, to wait -1 ms
TEXT
(cd "$folder" && PORT=$port timeout 60 node run.js) | expect "$folder/seen"
