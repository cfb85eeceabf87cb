#!/usr/bin/env bash
# @keyv/memcache 2.0.2 (npm, with keyv 5.6.0 and memjs 1.3.2) on memcached 1.6.18: clear() of one
# namespace empties the whole server.
#
# Guess: the package documents namespaces on one server, and Keyv's clear() is "of the namespace"
#   with its other stores, so it removes the keys that begin with it, or refuses.
# Seen: it sends FLUSH (0x08): the other namespace and what other programs have stored are gone.
#
#   before: mine 1, theirs 1, another program's 1
#   after clear() of mine: mine gone, theirs gone, another program's gone
source "$(dirname "${BASH_SOURCE[0]}")/lib/packages.sh"
start_memcached
npm_packages @keyv/memcache@2.0.2 keyv@5.6.0 memjs@1.3.2
cat >"$folder/run.mjs" <<'JS'
import Keyv from "keyv";
import { KeyvMemcache } from "@keyv/memcache";
import memjs from "memjs";

const address = `127.0.0.1:${process.env.PORT}`;
const mine = new Keyv({ store: new KeyvMemcache(address), namespace: "mine" });
const theirs = new Keyv({ store: new KeyvMemcache(address), namespace: "theirs" });
const program = memjs.Client.create(address);
const shown = (value) => value ?? "gone";
const show = async (when) => {
  const other = (await program.get("other")).value;
  console.log(`${when}: mine ${shown(await mine.get("key"))}, `
    + `theirs ${shown(await theirs.get("key"))}, another program's ${shown(other?.toString())}`);
};
await mine.set("key", 1);
await theirs.set("key", 1);
await program.set("other", "1", {});
await show("before");
await mine.clear();
await show("after clear() of mine");
process.exit(0);
JS
cat >"$folder/seen" <<'TEXT'
before: mine 1, theirs 1, another program's 1
after clear() of mine: mine gone, theirs gone, another program's gone
TEXT
PORT=$port timeout 60 node "$folder/run.mjs" | expect "$folder/seen"
