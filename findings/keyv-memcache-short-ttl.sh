#!/usr/bin/env bash
# @keyv/memcache 2.0.2 (npm, with keyv 5 and memjs 1.3.2) on memcached 1.6.18: a time to live below
# one second becomes "never" in the server, and one that is not whole is cut.
#
# Guess: Keyv counts in milliseconds and memcached in seconds, so the adapter rounds up: 400 ms is
#   stored for 1 s, 1500 ms for 2 s, and Keyv itself hides what is over earlier.
# Seen: 400 ms is sent as expiry 0, which memcached keeps for ever, as nobody asks for such keys
#   again; 1500 ms is sent as 1, so that a get after 1.2 s of the 1.5 s is a miss.
#
#   400 ms: expiry sent 0
#   1500 ms: expiry sent 1
#   2000 ms: expiry sent 2
#   no time: expiry sent 0
source "$(dirname "${BASH_SOURCE[0]}")/lib/packages.sh"
start_memcached
npm_packages @keyv/memcache@2.0.2 keyv@5.6.0 memjs@1.3.2
cat >"$folder/run.mjs" <<'JS'
import net from "node:net";
import Keyv from "keyv";
import { KeyvMemcache } from "@keyv/memcache";

// Between client and server: shows the expiry of each binary SET, bytes 28 to 31.
const proxy = net.createServer((client) => {
  const server = net.connect(Number(process.env.PORT), "127.0.0.1");
  client.on("data", (bytes) => {
    const isSet = bytes[0] === 0x80 && bytes[1] === 1;
    if (isSet) console.log(`${label}: expiry sent ${bytes.readUInt32BE(28)}`);
    server.write(bytes);
  });
  server.pipe(client);
});
let label = "";
await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
const cache = new Keyv({ store: new KeyvMemcache(`127.0.0.1:${proxy.address().port}`) });
const times = { "400 ms": 400, "1500 ms": 1500, "2000 ms": 2000, "no time": undefined };
for (const [name, ttl] of Object.entries(times)) {
  label = name;
  await cache.set(`key of ${name}`, "value", ttl);
}
process.exit(0);
JS
cat >"$folder/seen" <<'TEXT'
400 ms: expiry sent 0
1500 ms: expiry sent 1
2000 ms: expiry sent 2
no time: expiry sent 0
TEXT
PORT=$port timeout 60 node "$folder/run.mjs" | expect "$folder/seen"
