#!/usr/bin/python3
"""pymemcache against a running server, and against one with a file of users (-Y).

    python3 tests/clients/pymemcache_test.py --larder build/release/larder
"""

import tempfile
from pathlib import Path

from harness import Server, check, check_equal, wait_until
from suites import Suite, library, raised, run_suites

pymemcache = library("pymemcache", "python3-pymemcache")
exceptions = library("pymemcache.exceptions", "python3-pymemcache")

ITEM_SIZE_MAX = 1 << 20


class AuthFileServer(Server):
    """A server whose clients log in with a set of any key to `user password`."""

    credentials = ("user", "secret")

    def __init__(self, binary):
        self._directory = tempfile.TemporaryDirectory()
        users = Path(self._directory.name) / "users"
        users.write_text("other:password\nuser:secret\n", encoding="ascii")
        super().__init__(binary, ["-Y", str(users)])

    def stats(self, what=""):
        with self.talk() as talker:
            talker.set(b"any", " ".join(self.credentials).encode())
            return talker.stats(what)

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self._directory.cleanup()


def client(server, **options):
    """A client that waits for every reply by default."""
    # Without no_delay 800 small commands without replies wait for TCP for seconds.
    options = {"default_noreply": False, "no_delay": True,
               "tls_context": getattr(server, "tls_context", None), **options}
    return pymemcache.Client(("127.0.0.1", server.port), connect_timeout=5, timeout=10, **options)


def stores_and_returns_values(server):
    c = client(server)
    check_equal(c.get("k"), None, "a key never set")
    check_equal(c.set("k", b"value"), True, "set")
    check_equal(c.get("k"), b"value", "get")
    check_equal(c.set("k", b""), True, "set of an empty value")
    check_equal(c.get("k"), b"", "an empty value")
    raw = bytes(range(256)) + b"\r\nEND\r\n"
    c.set("k", raw)
    check_equal(c.get("k"), raw, "a value of every byte")
    longest = "x" * 250
    c.set(longest, b"1")
    check_equal(c.get(longest), b"1", "the value of a key of 250 bytes")
    unicode = client(server, allow_unicode_keys=True)
    unicode.set("schl\u00fcssel", b"2")
    check_equal(unicode.get("schl\u00fcssel"), b"2", "the value of a key beyond ASCII")


def keeps_32_bits_of_flags(server):
    # A serializer sets and gets the flags; the second argument is the value.
    seen = []

    class Serde:
        flags = 0

        def serialize(self, key, value):
            return value, self.flags

        def deserialize(self, key, value, flags):
            seen.append(flags)
            return value

    serde = Serde()
    c = client(server, serde=serde)
    for flags in (0, 1, 65535, 65536, 2**31, 2**32 - 1):
        serde.flags = flags
        c.set("k", b"v")
        c.get("k")
        check_equal(seen[-1], flags, "flags")


def add_and_replace_depend_on_the_item(server):
    c = client(server)
    check_equal(c.replace("k", b"1"), False, "replace of a missing key")
    check_equal(c.add("k", b"2"), True, "add of a missing key")
    check_equal(c.add("k", b"3"), False, "add of a present key")
    check_equal(c.get("k"), b"2", "the value after a refused add")
    check_equal(c.replace("k", b"4"), True, "replace of a present key")
    check_equal(c.get("k"), b"4", "the value after replace")


def append_and_prepend_concatenate(server):
    c = client(server)
    check_equal(c.append("k", b"1"), False, "append to a missing key")
    check_equal(c.prepend("k", b"1"), False, "prepend to a missing key")
    c.set("k", b"b")
    check_equal(c.append("k", b"c"), True, "append")
    check_equal(c.prepend("k", b"a"), True, "prepend")
    check_equal(c.get("k"), b"abc", "the joined value")


def cas_stores_only_with_the_latest_id(server):
    c, other = client(server), client(server)
    check_equal(c.cas("k", b"1", b"1"), None, "cas of a missing key")
    c.set("k", b"old")
    value, unique = c.gets("k")
    check_equal(value, b"old", "the value of gets")
    other.set("k", b"between")
    check_equal(c.cas("k", b"new", unique), False, "cas with an id of yesterday")
    check_equal(c.get("k"), b"between", "the value after a refused cas")
    unique = c.gets("k")[1]
    check_equal(c.cas("k", b"new", unique), True, "cas with the id of now")
    check_equal(c.get("k"), b"new", "the value after cas")
    check(c.gets("k")[1] != unique, "a cas left the id as it was")
    found = c.gets_many(["k", "missing"])
    check_equal([key for key in found], ["k"], "keys of gets_many")


def increments_and_decrements(server):
    c = client(server)
    check_equal(c.incr("n", 1), None, "incr of a missing key")
    check_equal(c.decr("n", 1), None, "decr of a missing key")
    c.set("n", b"9")
    check_equal(c.incr("n", 1), 10, "incr that adds a digit")
    check_equal(c.incr("n", 90), 100, "incr")
    check_equal(c.decr("n", 1), 99, "decr")
    check_equal(c.decr("n", 1000), 0, "decr below zero")
    c.set("n", b"18446744073709551615")
    check_equal(c.incr("n", 1), 0, "incr beyond 64 bits")
    c.set("n", b"text")
    raised(exceptions.MemcacheClientError, lambda: c.incr("n", 1))
    check_equal(c.get("n"), b"text", "the value after a refused incr")


def deletes(server):
    c = client(server)
    check_equal(c.delete("k"), False, "delete of a missing key")
    c.set("k", b"1")
    check_equal(c.delete("k"), True, "delete")
    check_equal(c.get("k"), None, "a deleted key")
    c.set_many({"a": b"1", "b": b"2"})
    c.delete_many(["a", "b", "c"])
    check_equal(c.get_many(["a", "b", "c"]), {}, "what is left after delete_many")


def gets_and_sets_many(server):
    c = client(server)
    values = {f"key{n}": b"%d" % n * n for n in range(1000)}
    check_equal(c.set_many(values), [], "keys set_many could not store")
    check_equal(c.get_many(list(values) + ["missing"]), values, "the values of get_many")


def expires(server):
    c = client(server)
    c.set("soon", b"1", expire=1)
    c.set("touched", b"1", expire=1)
    c.set("stays", b"1", expire=1000)
    c.set("past", b"1", expire=-1)
    check_equal(c.get("past"), None, "a value that was expired when it was stored")
    check_equal(c.touch("touched", 1000), True, "touch")
    check_equal(c.touch("missing", 1000), False, "touch of a missing key")
    wait_until(lambda: c.get("soon") is None, "the end of a value with 1 s to live")
    check_equal(c.get("touched"), b"1", "a value whose life was prolonged")
    check_equal(c.get("stays"), b"1", "a value with long to live")
    c.touch("stays", 1)
    wait_until(lambda: c.get("stays") is None, "the end of a value touched to 1 s")


def stores_large_values_up_to_the_limit(server):
    c = client(server)
    large = bytes(range(256)) * 2000
    c.set("k", large)
    check(c.get("k") == large, "a value of 500 KB came back changed")
    largest = b"x" * (ITEM_SIZE_MAX - 1024)
    c.set("k", largest)
    check(c.get("k") == largest, "a value just under the limit came back changed")
    error = raised(exceptions.MemcacheServerError, lambda: c.set("k", b"x" * ITEM_SIZE_MAX))
    check_equal(str(error), "b'object too large for cache'", "the words of the error")
    check_equal(client(server).get("k"), None, "the old value after a set that was too large")


def noreply_is_silent(server):
    c = client(server, default_noreply=True)
    for n in range(100):
        c.set("k", b"%d" % n)
        c.add("k", b"refused")
        c.replace("missing", b"refused")
        c.append("k", b"!")
        c.touch("missing", 5)
        c.delete("missing")
        c.incr("missing", 1, noreply=True)
        c.cas("missing", b"x", b"12")
    # An unexpected reply would be read instead of this one.
    check_equal(c.get("k"), b"99!", "the value after 800 commands without reply")
    c.flush_all()
    check_equal(c.get("k"), None, "a value after flush_all without reply")


def flushes(server):
    c = client(server)
    c.set("before", b"1")
    check_equal(c.flush_all(), True, "flush_all")
    check_equal(c.get("before"), None, "a value from before flush_all")
    c.set("after", b"1")
    check_equal(c.get("after"), b"1", "a value set right after flush_all")
    # The clock has a resolution of one second, so a flush may be up to a second early: not 1.
    check_equal(c.flush_all(delay=2), True, "flush_all to come")
    check_equal(c.get("after"), b"1", "a value before the flush came")
    wait_until(lambda: c.get("after") is None, "the delayed flush")


def shows_stats_and_version(server):
    c = client(server)
    words = c.version().split(b".")
    check(len(words) == 3 and all(word.isdigit() for word in words), f"version {c.version()}")
    before = c.stats()
    c.set("k", b"1")
    c.get("k")
    c.get("missing")
    after = c.stats()
    for name in (b"cmd_set", b"get_hits", b"get_misses", b"total_items"):
        check_equal(after[name], before[name] + 1, f"growth of {name}")
    check_equal(after[b"pid"], server.pid, "pid")
    check_equal(after[b"curr_items"], 1, "curr_items")
    check_equal(after[b"version"], c.version(), "version in stats")
    settings = c.stats("settings")
    check_equal(settings[b"tcpport"], server.port, "tcpport in stats settings")
    c.stats("items")
    c.stats("slabs")
    c.stats("cachedump", "1", "1")
    check_equal(c.cache_memlimit(64), True, "cache_memlimit")


def serves_after_errors_and_reconnects(server):
    c = client(server)
    c.set("k", b"1")
    command = [b"nonsense\r\n"]
    raised(exceptions.MemcacheUnknownCommandError, lambda: c._misc_cmd(command, b"nonsense", False))
    check_equal(c.get("k"), b"1", "a get after an unknown command")
    c.quit()
    check_equal(c.get("k"), b"1", "a get after quit")
    c.close()
    check_equal(c.get("k"), b"1", "a get after close")
    clients = [client(server) for _ in range(50)]
    for n, each in enumerate(clients):
        each.set(f"key{n}", b"%d" % n)
    for n, each in enumerate(reversed(clients)):
        check_equal(each.get(f"key{n}"), b"%d" % n, "a value set by another client")


def continues_after_a_restart(server):
    c = client(server)
    c.set("k", b"1")
    server.restart()
    # The client notices by an error, and reconnects for the next command.
    raised((OSError, exceptions.MemcacheUnexpectedCloseError), lambda: c.get("k"))
    check_equal(c.get("k"), None, "a value from before the restart")
    c.set("k", b"2")
    check_equal(c.get("k"), b"2", "a value set after the restart")


def gets_and_touches(server):
    # This version of pymemcache has no gat.
    c = client(server)
    c.set("k", b"12", expire=1000)
    with server.talk() as talker:
        talker.send(b"gat 1 k\r\n")
        check_equal(talker.value(), b"12", "the value of gat")
        talker.send(b"gats 1 k missing\r\n")
        words = talker.line().split(b" ")
        check_equal(words[:4], [b"VALUE", b"k", b"0", b"2"], "the first line of gats")
        check_equal(talker.exactly(9), b"12\r\nEND\r\n", "the rest of gats")
        check_equal(words[4], c.gets("k")[1], "the CAS id of gats and of gets")
    wait_until(lambda: c.get("k") is None, "the end of a value that gat left 1 s")


def refuses_without_a_password(server):
    c = client(server)
    for action in (
        lambda: c.get("k"),
        lambda: c.delete("k"),
        lambda: c.incr("k", 1),
        lambda: c.version(),
        lambda: c.flush_all(),
    ):
        error = raised(exceptions.MemcacheClientError, action)
        check_equal(str(error), "b'unauthenticated'", "the words of the error")
    error = raised(exceptions.MemcacheClientError, lambda: c.set("any", b"user wrong"))
    check_equal(str(error), "b'authentication failure'", "the words of the error")
    raised(exceptions.MemcacheClientError, lambda: c.get("k"))


def serves_after_a_password(server):
    c = client(server)
    for user_and_password in (b"user secret", b"other password"):
        c.close()
        check_equal(c.set("any", user_and_password), True, "a set of user and password")
        check_equal(c.get("any"), None, "what was not meant to be stored")
        c.set("k", b"1")
        check_equal(c.get("k"), b"1", "a value set after authenticating")
    stranger = client(server)
    raised(exceptions.MemcacheClientError, lambda: stranger.get("k"))
    rows = server.stats()
    # Including this connection, and those that waited for the server to start.
    check(int(rows["auth_cmds"]) >= 3, f"auth_cmds {rows['auth_cmds']}")


PLAIN = [
    stores_and_returns_values,
    keeps_32_bits_of_flags,
    add_and_replace_depend_on_the_item,
    append_and_prepend_concatenate,
    cas_stores_only_with_the_latest_id,
    increments_and_decrements,
    deletes,
    gets_and_sets_many,
    expires,
    stores_large_values_up_to_the_limit,
    noreply_is_silent,
    flushes,
    shows_stats_and_version,
    serves_after_errors_and_reconnects,
    continues_after_a_restart,
    gets_and_touches,
]
AUTH_FILE = [refuses_without_a_password, serves_after_a_password]

if __name__ == "__main__":
    run_suites(
        __doc__.splitlines()[0],
        [
            Suite("plain", Server, PLAIN),
            Suite("auth file", AuthFileServer, AUTH_FILE),
        ],
    )
