#!/usr/bin/env bash
# connect-memcached 3.0.0 (npm, with express-session 1.19.0 and memcached 2.2.2) on memcached
# 1.6.18: a request that only reads its session can undo what a request beside it has written.
#
# Guess: express-session with resave: false calls the store's touch() for a session that did not
#   change, and a store on memcached sends memcached's `touch`, which leaves the value alone.
# Seen: touch() is a `set` of the session as it was when the request began. A slow request that
#   changes nothing, begun before a quick one that writes, ends with the older session stored.
#
#   the quick request wrote: {"visits":1,"name":"Ada"}
#   after the slow one, which only read: {"visits":1}
source "$(dirname "${BASH_SOURCE[0]}")/lib/packages.sh"
start_memcached
npm_packages connect-memcached@3.0.0 express-session@1.19.0 memcached@2.2.2
cat >"$folder/run.js" <<'JS'
const http = require("node:http");
const session = require("express-session");
const MemcachedStore = require("connect-memcached")(session);

const middleware = session({
  secret: "a secret", resave: false, saveUninitialized: false,
  store: new MemcachedStore({ hosts: [`127.0.0.1:${process.env.PORT}`] }),
});
let letGo;
const mayEnd = new Promise((done) => { letGo = done; });
const server = http.createServer((request, response) => middleware(request, response, async () => {
  if (request.url === "/begin") request.session.visits = 1;
  if (request.url === "/write") request.session.name = "Ada";
  if (request.url === "/read-slowly") {
    beganToRead();
    await mayEnd;
  }
  const { cookie, ...data } = request.session;
  response.end(JSON.stringify(data));
}));
let beganToRead;
const reading = new Promise((done) => { beganToRead = done; });

server.listen(0, "127.0.0.1", async () => {
  let cookie;
  const get = async (path) => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`,
      { headers: cookie ? { cookie } : {} });
    cookie ??= response.headers.get("set-cookie").split(";")[0];
    return response.text();
  };
  await get("/begin");
  const slow = get("/read-slowly");
  await reading;
  await get("/write");
  console.log(`the quick request wrote: ${await get("/show")}`);
  letGo();
  await slow;
  console.log(`after the slow one, which only read: ${await get("/show")}`);
  process.exit(0);
});
JS
cat >"$folder/seen" <<'TEXT'
the quick request wrote: {"visits":1,"name":"Ada"}
after the slow one, which only read: {"visits":1}
TEXT
(cd "$folder" && PORT=$port timeout 60 node run.js) | expect "$folder/seen"
