#!/usr/bin/python3
"""python-binary-memcached against a running server, with SASL and without.

    python3 tests/clients/binary_memcached_test.py --larder build/release/larder
"""

from harness import Server, check, check_equal, wait_until
from sasl import USER, WRONG_PASSWORD, SaslServer, refuses_unauthenticated_clients
from suites import Suite, library, raised, run_suites

bmemcached = library("bmemcached", "python3-binary-memcached")
exceptions = library("bmemcached.exceptions", "python3-binary-memcached")

ITEM_SIZE_MAX = 1 << 20


def client(server, credentials=None):
    """A client that logs in with `credentials`, or the server's if there are any."""
    user, password = credentials or server.credentials or (None, None)
    address = f"127.0.0.1:{server.port}"
    made = bmemcached.Client([address], user, password, socket_timeout=10)
    # The default is to wait 5 s after a refused connection.
    made.enable_retry_delay(False)
    return made


def stores_and_returns_values(server):
    c = client(server)
    check_equal(c.get("k"), None, "a key never set")
    values = [b"bytes", b"", b"\r\n", bytes(range(256)), "text \u00e4", 12, -5, ["a", {}], None]
    for value in values:
        # The flags contain the type, and whether the value is compressed.
        check_equal(c.set("k", value), True, "set")
        check_equal(c.get("k"), value, "get")
    c.set("k", b"abc" * 100_000, compress_level=9)
    check(c.get("k") == b"abc" * 100_000, "a compressed value came back changed")
    longest = "x" * 250
    c.set(longest, b"1")
    check_equal(c.get(longest), b"1", "the value of a key of 250 bytes")


def keeps_binary_keys(server):
    c = client(server)
    for key in (b"with space", b"line\r\nbreak", b"\x00\x01\x7f\xff\x80", b" ", b"get k"):
        c.set(key, key * 2)
        check_equal(c.get(key), key * 2, f"the value of the key {key!r}")
        found = c.get_multi([key, b"missing"])
        check_equal(found, {key: key * 2}, f"get_multi of the key {key!r}")
        check_equal(c.delete(key), True, f"delete of the key {key!r}")
        check_equal(c.get(key), None, f"the deleted key {key!r}")
    c.set("schl\u00fcssel", b"1")
    check_equal(c.get("schl\u00fcssel"), b"1", "the value of a key beyond ASCII")


def add_and_replace_depend_on_the_item(server):
    c = client(server)
    check_equal(c.replace("k", b"1"), False, "replace of a missing key")
    check_equal(c.add("k", b"2"), True, "add of a missing key")
    check_equal(c.add("k", b"3"), False, "add of a present key")
    check_equal(c.get("k"), b"2", "the value after a refused add")
    check_equal(c.replace("k", b"4"), True, "replace of a present key")
    check_equal(c.get("k"), b"4", "the value after replace")


def cas_stores_only_with_the_latest_id(server):
    c, other = client(server), client(server)
    c.set("k", b"old")
    value, unique = c.gets("k")
    check_equal(value, b"old", "the value of gets")
    other.set("k", b"between")
    check_equal(c.cas("k", b"new", unique), False, "cas with an id of yesterday")
    check_equal(c.delete("k", cas=unique), False, "delete with an id of yesterday")
    check_equal(c.get("k"), b"between", "the value after a refused cas")
    check_equal(c.cas("k", b"new", c.gets("k")[1]), True, "cas with the id of now")
    check_equal(c.get("k"), b"new", "the value after cas")
    unique = c.gets("k")[1]
    check_equal(c.delete("k", cas=unique), True, "delete with the id of now")
    check_equal(c.cas("k", b"new", unique), False, "cas of a missing key")
    check_equal(c.cas("k", b"first", None), True, "cas that wants no value there")
    check_equal(c.cas("k", b"second", None), False, "the same again")
    found = c.get_multi(["k", "missing"], get_cas=True)
    check_equal(found, {"k": (b"first", c.gets("k")[1])}, "get_multi with CAS ids")


def increments_and_decrements(server):
    c = client(server)
    check_equal(c.incr("n", 5, default=7), 7, "incr that creates")
    check_equal(c.incr("n", 5), 12, "incr")
    check_equal(c.decr("n", 2), 10, "decr")
    check_equal(c.decr("n", 1000), 0, "decr below zero")
    c.set("n", 2**64 - 1)
    check_equal(c.incr("n", 1), 0, "incr beyond 64 bits")
    c.set("n", 9)
    check_equal(c.incr("n", 1), 10, "incr that adds a digit")
    check_equal(c.get("n"), 10, "the number as a value")
    c.set("n", "text")
    error = raised(exceptions.MemcachedException, lambda: c.incr("n", 1))
    check_equal(error.code, 6, "the status of incr of a text")
    check_equal(c.get("n"), "text", "the value after a refused incr")


def gets_sets_and_deletes_many(server):
    c = client(server)
    values = {f"key{n}": str(n) * (n % 300) for n in range(2000)}
    check_equal(c.set_multi(values), [], "keys set_multi could not store")
    check_equal(c.get_multi([*values, "missing"]), values, "the values of get_multi")
    # set_multi reports only failed writes; with 0 as the CAS id it adds.
    refused = c.set_multi({("key1", 0): "refused", ("new", 0): "added"})
    check_equal([key for key, _ in refused], ["key1"], "keys that were there already")
    check_equal(c.get_multi(["key1", "new"]), {"key1": "1", "new": "added"}, "the values then")
    check_equal(c.delete_multi(list(values)), True, "delete_multi")
    check_equal(c.get_multi(list(values)), {}, "what is left after delete_multi")
    check_equal(c.delete_multi(["key1", "new"]), False, "delete_multi of a missing key")
    check_equal(c.get("new"), None, "a key deleted beside a missing one")


def expires(server):
    c = client(server)
    c.set("soon", b"1", time=1)
    c.set("later", b"1", time=1000)
    # The client sends 0xfffffffe, which is a time in the year 2106.
    c.set("negative", b"1", time=-1)
    check_equal(c.incr("count", 1, default=1, time=1), 1, "incr that creates for 1 s")
    wait_until(lambda: c.get("soon") is None, "the end of a value with 1 s to live")
    wait_until(lambda: c.get("count") is None, "the end of a number with 1 s to live")
    check_equal(c.get("later"), b"1", "a value with long to live")
    check_equal(c.get("negative"), b"1", "a value with a negative life")


def stores_large_values_up_to_the_limit(server):
    c = client(server)
    large = bytes(range(256)) * 3600
    c.set("k", large, compress_level=0)
    check(c.get("k") == large, "a value of 900 KB came back changed")
    largest = b"x" * (ITEM_SIZE_MAX - 1024)
    c.set("k", largest, compress_level=0)
    check(c.get("k") == largest, "a value just under the limit came back changed")
    too_large = b"x" * ITEM_SIZE_MAX
    error = raised(
        exceptions.MemcachedException, lambda: c.set("k", too_large, compress_level=0)
    )
    check_equal(error.code, 3, "the status of a set that is too large")
    check_equal(client(server).get("k"), None, "the old value after a set that was too large")
    c.set("k", b"small")
    check_equal(c.get("k"), b"small", "a value after one that was too large")


def flushes(server):
    c = client(server)
    c.set("before", b"1")
    check_equal(c.flush_all(), True, "flush_all")
    check_equal(c.get("before"), None, "a value from before flush_all")
    c.set("after", b"1")
    check_equal(c.get("after"), b"1", "a value set right after flush_all")
    check_equal(c.flush_all(time=2), True, "flush_all to come")
    check_equal(c.get("after"), b"1", "a value before the flush came")
    wait_until(lambda: c.get("after") is None, "the delayed flush")


def shows_stats(server):
    c = client(server)
    c.set("k", b"1")
    c.get("k")
    c.get("missing")
    [rows] = c.stats().values()
    check_equal(rows["pid"], str(server.pid).encode(), "pid")
    for name in ("cmd_set", "get_hits", "get_misses", "curr_items"):
        check_equal(rows[name], b"1", name)
    words = rows["version"].split(b".")
    check(len(words) == 3 and all(word.isdigit() for word in words), f"version {rows['version']}")
    [settings] = c.stats("settings").values()
    check_equal(settings["tcpport"], str(server.port).encode(), "tcpport in stats settings")
    check(c.stats("items") and c.stats("slabs"), "no stats of items and slabs")


def continues_after_a_restart(server):
    c = client(server)
    c.set("k", b"1")
    c.disconnect_all()
    check_equal(c.get("k"), b"1", "a get after a disconnect")
    server.restart()
    # The client reports the closed connection as a miss, and reconnects for the next command.
    check_equal(c.get("k"), None, "a get after the restart")
    check_equal(c.set("k", b"2"), True, "a set after the restart")
    check_equal(c.get("k"), b"2", "a value set after the restart")


def accepts_credentials_that_are_not_required(server):
    # The reply to LIST MECHS is "unknown command", and the client continues without it.
    c = client(server, (USER, WRONG_PASSWORD))
    check_equal(c.set("k", b"1"), True, "set")
    check_equal(c.get("k"), b"1", "get")


def refuses_a_wrong_password(server):
    c = client(server)
    c.set("k", b"1")
    stranger = client(server, (USER, WRONG_PASSWORD))
    error = raised(exceptions.MemcachedException, lambda: stranger.set("k", b"2"))
    check_equal(error.code, 32, "the status of a set with a wrong password")
    check("Auth failure" in str(error), f"the words of the error: {error}")
    check_equal(c.get("k"), b"1", "a value after a set with a wrong password")


def refuses_without_a_password(server):
    c = client(server)
    c.set("k", b"1")
    for action in (
        lambda stranger: stranger.get("k"),
        lambda stranger: stranger.set("k", b"2"),
        lambda stranger: stranger.delete("k"),
        lambda stranger: stranger.incr("k", 1),
        lambda stranger: stranger.flush_all(),
    ):
        stranger = client(server, (None, None))
        error = raised(exceptions.MemcachedException, lambda: action(stranger))
        check_equal(error.code, 32, "the status of a command without a password")
    check_equal(c.get("k"), b"1", "a value after commands without a password")


COMMON = [
    stores_and_returns_values,
    keeps_binary_keys,
    gets_sets_and_deletes_many,
    shows_stats,
    continues_after_a_restart,
]
PLAIN = [
    add_and_replace_depend_on_the_item,
    cas_stores_only_with_the_latest_id,
    increments_and_decrements,
    expires,
    stores_large_values_up_to_the_limit,
    flushes,
    accepts_credentials_that_are_not_required,
]
SASL = [
    refuses_unauthenticated_clients,
    refuses_a_wrong_password,
    refuses_without_a_password,
]

if __name__ == "__main__":
    run_suites(
        __doc__.splitlines()[0],
        [
            Suite("plain", Server, COMMON + PLAIN),
            Suite("sasl", SaslServer, COMMON + SASL),
        ],
    )
