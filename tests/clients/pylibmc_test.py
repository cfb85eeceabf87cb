#!/usr/bin/python3
"""pylibmc, which uses libmemcached, against a running server: text, binary, and SASL over binary.

    python3 tests/clients/pylibmc_test.py --larder build/release/larder
"""

from functools import partial

from harness import Server, check, check_equal, wait_until
from sasl import USER, WRONG_PASSWORD, SaslServer, refuses_unauthenticated_clients
from suites import Suite, library, raised, run_suites

pylibmc = library("pylibmc", "python3-pylibmc")

ITEM_SIZE_MAX = 1 << 20


def client(server, credentials=None, **behaviors):
    """A client that uses the server's dialect, and authenticates if required."""
    words = {}
    if server.credentials:
        words["username"], words["password"] = credentials or server.credentials
    behaviors = {"tcp_nodelay": True, "cas": True, **behaviors}
    is_binary = server.dialect == "binary"
    addresses = [f"127.0.0.1:{server.port}"]
    return pylibmc.Client(addresses, binary=is_binary, behaviors=behaviors, **words)


def stores_and_returns_values(server):
    c = client(server)
    check_equal(c.get("k"), None, "a key never set")
    values = [b"bytes", b"", b"\r\n", "text \u00e4", 12, -5, 2**70, 1.5, True, None, ["a", {}]]
    for value in values:
        # The flags contain the type of values other than bytes.
        check_equal(c.set("k", value), True, "set")
        check_equal(c.get("k"), value, "get")
    longest = "x" * 250
    c.set(longest, b"1")
    check_equal(c.get(longest), b"1", "the value of a key of 250 bytes")


def compresses(server):
    c = client(server)
    value = b"abc" * 100_000
    c.set("k", value, min_compress_len=1000)
    check(c.get("k") == value, "a compressed value came back changed")


def add_and_replace_depend_on_the_item(server):
    c = client(server)
    if server.dialect == "text":
        check_equal(c.replace("k", b"1"), False, "replace of a missing key")
    else:
        raised(pylibmc.NotFound, lambda: c.replace("k", b"1"))
    check_equal(c.add("k", b"2"), True, "add of a missing key")
    check_equal(c.add("k", b"3"), False, "add of a present key")
    check_equal(c.get("k"), b"2", "the value after a refused add")
    check_equal(c.replace("k", b"4"), True, "replace of a present key")
    check_equal(c.get("k"), b"4", "the value after replace")


def append_and_prepend_concatenate(server):
    c = client(server)
    check_equal(c.append("k", "1"), False, "append to a missing key")
    check_equal(c.prepend("k", "1"), False, "prepend to a missing key")
    c.set("k", "b")
    check_equal(c.append("k", "c"), True, "append")
    check_equal(c.prepend("k", "a"), True, "prepend")
    check_equal(c.get("k"), "abc", "the joined value")


def cas_stores_only_with_the_latest_id(server):
    c, other = client(server), client(server)
    c.set("k", b"old")
    value, unique = c.gets("k")
    check_equal(value, b"old", "the value of gets")
    other.set("k", b"between")
    check_equal(c.cas("k", b"new", unique), False, "cas with an id of yesterday")
    check_equal(c.get("k"), b"between", "the value after a refused cas")
    check_equal(c.cas("k", b"new", c.gets("k")[1]), True, "cas with the id of now")
    check_equal(c.get("k"), b"new", "the value after cas")
    unique = c.gets("k")[1]
    c.delete("k")
    raised(pylibmc.NotFound, lambda: c.cas("k", b"new", unique))


def increments_and_decrements(server):
    c = client(server)
    raised(pylibmc.NotFound, lambda: c.incr("n"))
    raised(pylibmc.NotFound, lambda: c.decr("n"))
    c.set("n", 9)
    check_equal(c.incr("n"), 10, "incr that adds a digit")
    check_equal(c.incr("n", 90), 100, "incr")
    check_equal(c.decr("n"), 99, "decr")
    check_equal(c.decr("n", 1000), 0, "decr below zero")
    c.set("n", "text")
    raised(pylibmc.Error, lambda: c.incr("n"))
    c.set_multi({"a": 1, "b": 2})
    c.incr_multi(["a", "b"], delta=5)
    check_equal(c.get_multi(["a", "b"]), {"a": 6, "b": 7}, "the values after incr_multi")


def deletes(server):
    c = client(server)
    check_equal(c.delete("k"), False, "delete of a missing key")
    c.set("k", b"1")
    check_equal(c.delete("k"), True, "delete")
    check_equal(c.get("k"), None, "a deleted key")
    c.set_multi({"a": 1, "b": 2})
    check_equal(c.delete_multi(["a", "b"]), True, "delete_multi")
    check_equal(c.get_multi(["a", "b"]), {}, "what is left after delete_multi")


def gets_and_sets_many(server):
    c = client(server)
    values = {f"key{n}": str(n) * (n % 300) for n in range(2000)}
    check_equal(c.set_multi(values), [], "keys set_multi could not store")
    check_equal(c.get_multi(list(values) + ["missing"]), values, "the values of get_multi")
    check_equal(c.add_multi({"key1": "x", "new": "y"}), ["key1"], "keys add_multi refused")
    prefixed = c.get_multi(["1", "2"], key_prefix="key")
    check_equal(prefixed, {"1": values["key1"], "2": values["key2"]}, "values by prefix")


def noreply_is_silent(server):
    c = client(server, _noreply=True)
    for n in range(100):
        c.set("k", str(n))
        if server.dialect == "text":
            # The quiet commands of the binary protocol do report failures.
            c.add("k", "refused")
            c.replace("missing", "refused")
            c.delete("missing")
    # An unexpected reply would be read instead of this one.
    check_equal(c.get("k"), "99", "the value after so many commands without reply")
    plain = client(server)
    wait_until(lambda: plain.get("k") == "99", "what was set without reply")


def expires(server):
    c = client(server)
    c.set("soon", b"1", time=1)
    c.set("touched", b"1", time=1)
    c.set("stays", b"1", time=1000)
    c.set("shortened", b"1", time=1000)
    check_equal(c.touch("shortened", 2), True, "touch")
    check_equal(c.get("shortened"), b"1", "a value with 2 s left")
    check_equal(c.touch("touched", 1000), True, "touch")
    check_equal(c.touch("missing", 1000), False, "touch of a missing key")
    wait_until(lambda: c.get("soon") is None, "the end of a value with 1 s to live")
    check_equal(c.get("touched"), b"1", "a value whose life was prolonged")
    check_equal(c.get("stays"), b"1", "a value with long to live")
    wait_until(lambda: c.get("shortened") is None, "the end of a value touched to 2 s")


def stores_large_values_up_to_the_limit(server):
    c = client(server)
    large = bytes(range(256)) * 2000
    c.set("k", large)
    check(c.get("k") == large, "a value of 500 KB came back changed")
    largest = b"x" * (ITEM_SIZE_MAX - 1024)
    c.set("k", largest)
    check(c.get("k") == largest, "a value just under the limit came back changed")
    raised(pylibmc.TooBig, lambda: c.set("k", b"x" * ITEM_SIZE_MAX))
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
    check_equal(c.flush_all(time=1), True, "flush_all to come")
    wait_until(lambda: c.get("after") is None, "the delayed flush")


def shows_stats(server):
    c = client(server)
    c.set("k", b"1")
    c.get("k")
    c.get("missing")
    [(_, rows)] = c.get_stats()
    rows = {name.strip(): value.decode() for name, value in rows.items()}
    check_equal(rows["pid"], str(server.pid), "pid")
    for name in ("cmd_set", "get_hits", "get_misses", "curr_items"):
        check_equal(rows[name], "1", name)
    # libmemcached expects three numbers and nothing after them.
    words = rows["version"].split(".")
    check(len(words) == 3 and all(word.isdigit() for word in words), f"version {rows['version']}")
    c.get_stats("settings")
    c.get_stats("items")


def reconnects(server):
    c = client(server)
    c.set("k", b"1")
    c.disconnect_all()
    check_equal(c.get("k"), b"1", "a get after a disconnect")
    clients = [c.clone() for _ in range(50)]
    for n, each in enumerate(clients):
        each.set(f"key{n}", n)
    for n, each in enumerate(reversed(clients)):
        check_equal(each.get(f"key{n}"), n, "a value set by another client")


def keeps_binary_keys(server):
    c = client(server)
    for key in (b"with space", b"line\r\nbreak", b"\x00\x01\x7f\xff", "schl\u00fcssel".encode()):
        c.set(key, b"1")
        check_equal(c.get(key), b"1", f"the value of the key {key!r}")
        check_equal(c.get_multi([key, "missing"]), {key: b"1"}, f"get_multi of the key {key!r}")


def continues_after_a_restart(server):
    c = client(server)
    c.set("k", b"1")
    server.restart()
    # libmemcached notices with the first command, and reconnects for one of the next.
    wait_until(lambda: succeeds(lambda: c.set("k", b"2")), "a set after the restart")
    check_equal(c.get("k"), b"2", "a value set after the restart")


def succeeds(action):
    try:
        return action()
    except pylibmc.Error:
        return False


def refuses_a_wrong_password(server):
    c = client(server)
    c.set("k", b"1")
    stranger = client(server, (USER, WRONG_PASSWORD))
    error = raised(pylibmc.Error, lambda: stranger.set("k", b"2"))
    check("AUTHENTICATION FAILURE" in str(error), f"the words of the error: {error}")
    raised(pylibmc.Error, lambda: stranger.get("k"))
    check_equal(c.get("k"), b"1", "a value after a set with a wrong password")


def refuses_without_a_password(server):
    c = client(server)
    c.set("k", b"1")
    address = f"127.0.0.1:{server.port}"
    stranger = pylibmc.Client([address], binary=True, behaviors={"tcp_nodelay": True})
    raised(pylibmc.Error, lambda: stranger.set("k", b"2"))
    # This client reports any refusal of a get as a miss.
    check_equal(stranger.get("k"), None, "a get without a password")
    check_equal(c.get("k"), b"1", "a value after a set without a password")


COMMON = [
    stores_and_returns_values,
    compresses,
    add_and_replace_depend_on_the_item,
    append_and_prepend_concatenate,
    cas_stores_only_with_the_latest_id,
    increments_and_decrements,
    deletes,
    gets_and_sets_many,
    noreply_is_silent,
    expires,
    stores_large_values_up_to_the_limit,
    flushes,
    shows_stats,
    reconnects,
    continues_after_a_restart,
]
SASL = [
    refuses_unauthenticated_clients,
    refuses_a_wrong_password,
    refuses_without_a_password,
    stores_and_returns_values,
    gets_and_sets_many,
    shows_stats,
    reconnects,
    continues_after_a_restart,
]

if __name__ == "__main__":
    run_suites(
        __doc__.splitlines()[0],
        [
            Suite("text", Server, COMMON),
            Suite("binary", partial(Server, dialect="binary"), [*COMMON, keeps_binary_keys]),
            Suite("sasl", SaslServer, SASL),
        ],
    )
