#!/usr/bin/python3
"""twemproxy (nutcracker) in front of three servers, with pymemcache as its client.

    python3 tests/clients/nutcracker_test.py --larder build/release/larder
"""

from harness import Server, check, check_equal, wait_until
from nutcracker_process import Nutcracker
from suites import Suite, library, raised, run_suites

pymemcache = library("pymemcache", "python3-pymemcache")
exceptions = library("pymemcache.exceptions", "python3-pymemcache")

SERVER_COUNT = 3
KEY_COUNT = 3000
# The time after which the proxy retries an ejected server.
RETRY_MILLISECONDS = 300

# The names, not the ports, place a server on the ring: keys have the same servers in every run.
CONFIGURATION = """\
pool:
  listen: 127.0.0.1:{port}
  hash: fnv1a_64
  distribution: ketama
  timeout: 2000
  auto_eject_hosts: true
  server_failure_limit: 1
  server_retry_timeout: {retry}
  servers:
{servers}
"""


def client_of(port, **options):
    options = {"default_noreply": False, "no_delay": True, **options}
    return pymemcache.Client(("127.0.0.1", port), connect_timeout=5, timeout=10, **options)


class Proxied:
    """Three servers and the proxy in front of them."""

    def __init__(self, binary):
        self.proxy = None
        self.servers = []
        try:
            self.servers = [Server(binary) for _ in range(SERVER_COUNT)]
            self.proxy = Nutcracker(self._configuration, self._serves)
        except BaseException:
            self.kill()
            raise

    def _configuration(self, port):
        lines = [f"    - 127.0.0.1:{s.port}:1 server{n}" for n, s in enumerate(self.servers)]
        return CONFIGURATION.format(port=port, retry=RETRY_MILLISECONDS, servers="\n".join(lines))

    def _serves(self, port):
        try:
            client = client_of(port)
            return client.set("k", b"1") and client.delete("k")
        except OSError:
            return False

    def client(self, **options):
        return client_of(self.proxy.port, **options)

    def kill(self):
        for process in (self.proxy, *self.servers):
            if process:
                process.kill()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        try:
            if kind is None:
                check(self.proxy.is_running(), f"nutcracker died:\n{self.proxy.log_text()}")
                for server in self.servers:
                    server.stop()
        finally:
            self.kill()


def stores_increments_and_compares(proxied):
    c, other = proxied.client(), proxied.client()
    check_equal(c.get("k"), None, "a key never set")
    raw = bytes(range(256)) + b"\r\nEND\r\n"
    for value in (b"value", b"", raw):
        check_equal(c.set("k", value), True, "set")
        check_equal(c.get("k"), value, "get")
    check_equal(c.replace("r", b"1"), False, "replace of a missing key")
    check_equal(c.add("r", b"b"), True, "add of a missing key")
    check_equal(c.add("r", b"2"), False, "add of a present key")
    check_equal(c.append("r", b"c") and c.prepend("r", b"a"), True, "append and prepend")
    check_equal(c.get("r"), b"abc", "the joined value")
    value, unique = c.gets("r")
    other.set("r", b"between")
    check_equal(c.cas("r", b"new", unique), False, "cas with an id of yesterday")
    check_equal(c.cas("r", b"new", c.gets("r")[1]), True, "cas with the id of now")
    check_equal(c.get("r"), b"new", "the value after cas")
    check_equal(c.incr("n", 1), None, "incr of a missing key")
    c.set("n", b"9")
    check_equal(c.incr("n", 91), 100, "incr")
    check_equal(c.decr("n", 1), 99, "decr")
    c.set("n", b"text")
    raised(exceptions.MemcacheClientError, lambda: c.incr("n", 1))
    check_equal(c.delete("n"), True, "delete")
    check_equal(c.delete("n"), False, "delete of a missing key")


def distributes_keys_over_all_servers(proxied):
    c = proxied.client()
    values = {f"key{n}": b"%d" % n * (n % 100) for n in range(KEY_COUNT)}
    check_equal(c.set_many(values), [], "keys set_many could not store")
    counts = [int(server.stats()["curr_items"]) for server in proxied.servers]
    check_equal(sum(counts), KEY_COUNT, f"items of all servers, {counts}")
    check(min(counts) > KEY_COUNT // 10, f"items of each server: {counts}")
    # One get, which the proxy splits by server and merges again.
    check_equal(c.get_many([*values, "missing"]), values, "the values of get_many")
    for number, server in enumerate(proxied.servers):
        found = {key: server_value(server, key) for key in list(values)[::10]}
        own = {key for key, value in found.items() if value is not None}
        check(own and all(found[key] == values[key] for key in own), f"server {number}: {own}")


def server_value(server, key):
    with server.talk() as talker:
        return talker.get(key.encode())


def stores_large_values(proxied):
    c = proxied.client()
    large = bytes(range(256)) * 3600
    for n in range(5):
        check_equal(c.set(f"large{n}", large), True, "set of 900 KB")
    for n in range(5):
        check(c.get(f"large{n}") == large, "a value of 900 KB came back changed")
    found = c.get_many([f"large{n}" for n in range(5)])
    check(list(found.values()) == [large] * 5, "five values of 900 KB in one get_many")


def noreply_is_silent(proxied):
    c = proxied.client(default_noreply=True)
    for n in range(100):
        for key in ("a", "b", "c", "d"):
            c.set(key, b"%d" % n)
            c.add(key, b"refused")
            c.delete("missing")
    # An unexpected reply would be read instead of these.
    found = c.get_many(["a", "b", "c", "d"])
    check_equal(found, dict.fromkeys("abcd", b"99"), "the values after 1200 quiet commands")


def expires(proxied):
    c = proxied.client()
    c.set("soon", b"1", expire=1)
    c.set("touched", b"1", expire=1)
    check_equal(c.touch("touched", 1000), True, "touch")
    check_equal(c.touch("missing", 1000), False, "touch of a missing key")
    wait_until(lambda: c.get("soon") is None, "the end of a value with 1 s to live")
    check_equal(c.get("touched"), b"1", "a value whose life was prolonged")


def continues_after_a_restart_of_one_server(proxied):
    c = proxied.client()
    values = {f"key{n}": b"%d" % n for n in range(KEY_COUNT)}
    c.set_many(values)
    kept = KEY_COUNT - int(proxied.servers[1].stats()["curr_items"])
    proxied.servers[1].restart()
    # An error until the proxy ejects the stopped server, then misses of its keys.
    wait_until(lambda: succeeds(lambda: len(c.get_many(values)) == kept), "two servers' values")
    wait_until(lambda: keeps_all(c, values, proxied.servers), "all keys on three servers again")


def continues_without_one_server(proxied):
    c = proxied.client()
    values = {f"key{n}": b"%d" % n for n in range(KEY_COUNT)}
    c.set_many(values)
    *others, server = proxied.servers
    server.stop()
    # Some requests fail until the proxy ejects the server; then two servers share all keys.
    # From time to time it retries the third one, and one more request fails.
    wait_until(lambda: keeps_all(c, values, others), "all keys on two servers")
    counts = [int(other.stats()["curr_items"]) for other in others]
    check(sum(counts) >= KEY_COUNT, f"items of two servers: {counts}")
    server.restart()
    wait_until(lambda: keeps_all(c, values, proxied.servers), "all keys on three servers again")


def keeps_all(c, values, servers):
    """Whether all keys can be stored and read, and each of `servers` has a share."""
    return (
        succeeds(lambda: not c.set_many(values) and c.get_many(values) == values)
        and min(int(server.stats()["curr_items"]) for server in servers) > KEY_COUNT // 10
    )


def succeeds(action):
    """The result of `action`, or False if the proxy returns an error."""
    try:
        return action()
    except exceptions.MemcacheError:
        return False


if __name__ == "__main__":
    run_suites(
        __doc__.splitlines()[0],
        [
            Suite(
                "three servers",
                Proxied,
                [
                    stores_increments_and_compares,
                    distributes_keys_over_all_servers,
                    stores_large_values,
                    noreply_is_silent,
                    expires,
                    continues_after_a_restart_of_one_server,
                    continues_without_one_server,
                ],
            )
        ],
    )
