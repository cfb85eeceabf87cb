#!/usr/bin/python3
"""Five nodes under steady load: one fails and returns, a sixth joins, etcd fails and returns.

The load comes from Larder's client, which follows the list (larder-steady), from pymemcache's
HashClient and, through one nutcracker, from pymemcache's Client; these two use the first five
servers.  The test checks that operations on the other nodes succeed within five seconds after a
failure, that none exceeds its client's timeouts, that a new node takes exactly the keys that the
ring assigns to it, and that clients are not affected while etcd is down.

    python3 tests/cluster/failover_test.py --larder build/release/larder \\
        --steady build/release/tests/larder-steady
"""

import json
import random
import subprocess
import sys
import threading
import time

from etcd_harness import TTL, Cluster, agree
from harness import arguments, check, check_equal, wait_until
from nutcracker_process import Nutcracker

from pymemcache.client.base import Client
from pymemcache.client.hash import HashClient
from pymemcache.exceptions import MemcacheError

RING = "rendezvous"  # with fair shares: a sixth node gets a sixth of the keys
KEYS = 5000
OPS_PER_SECOND = 2000  # of Larder's client
PYTHON_OPS_PER_SECOND = 200
PYTHON_KEYS = 200
RECOVERY_SECONDS_MAX = 5.0
# The clients' timeouts.  A killed process refuses connections at once, so an operation times out
# only if a process hangs or the machine stalls.
CONNECT_SECONDS = 0.5
REQUEST_SECONDS = 2.0
# Two of the three count a get and the following set as one operation.
SECONDS_MAX = 2 * (CONNECT_SECONDS + REQUEST_SECONDS)
QUIET_SECONDS = 3.0
# The time until a client retries a node that it removed from its ring: longer than the time in
# which no errors are expected.  pymemcache checks it at this interval.
EJECTED_SECONDS = 10
RETURN_SECONDS_MAX = 3 * EJECTED_SECONDS

POOL = """\
pool:
  listen: 127.0.0.1:{port}
  hash: md5
  distribution: ketama
  timeout: {timeout_milliseconds}
  auto_eject_hosts: true
  server_failure_limit: 1
  server_retry_timeout: {retry_milliseconds}
  servers:
{servers}
"""


class Load:
    """The results of operations, in the order of completion."""

    def __init__(self, title):
        self.title = title
        self._lock = threading.Lock()
        self._records = []

    def record(self, **record):
        with self._lock:
            self._records.append(record)

    def between(self, begin, end=float("inf")):
        with self._lock:
            return [each for each in self._records if begin <= each["at"] <= end]

    def total(self, what, begin, end=float("inf")):
        return sum(each[what] for each in self.between(begin, end))

    def is_at_work(self, begin):
        return self.total("hits", begin) > 0

    def check_no_error(self, begin, end=float("inf")):
        for each in self.between(begin, end):
            check(each["errors"] == 0,
                  f"{self.title}, {each['at'] - begin:.2f} s later: {each['error']}")


class Steady(Load):
    def __init__(self, binary, endpoints):
        super().__init__("our client")
        self.process = subprocess.Popen(
            [binary, RING, str(KEYS), str(OPS_PER_SECOND), str(int(1000 * CONNECT_SECONDS)),
             str(int(1000 * REQUEST_SECONDS)), *endpoints],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii")
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.record(**json.loads(line))

    def stop(self):
        self.process.stdin.close()
        self._reader.join(20)
        self.process.kill()
        self.process.wait(5)


class PythonLoad(Load, threading.Thread):
    """`make` creates the client in the only thread that uses it."""

    def __init__(self, title, make):
        Load.__init__(self, title)
        threading.Thread.__init__(self)
        self.is_over = threading.Event()
        self._make = make
        self.start()

    def run(self):
        client = self._make()
        draw = random.Random(1)
        for number in range(PYTHON_KEYS):
            client.set(f"{self.title}:{number}", b"v" * 100)
        while not self.is_over.wait(1 / PYTHON_OPS_PER_SECOND):
            key = f"{self.title}:{draw.randrange(PYTHON_KEYS)}"
            begin = time.monotonic()
            hits, error = 0, None
            try:
                hits = int(client.get(key) is not None)
                if not hits:
                    client.set(key, b"v" * 100)
            except Exception as failure:  # errors of the network and of the library all count
                error = repr(failure)
            end = time.monotonic()
            self.record(at=end, hits=hits, misses=int(not hits and error is None),
                        errors=int(error is not None), error=error, longest=end - begin)

    def stop(self):
        self.is_over.set()
        self.join(20)


def proxy_of(endpoints):
    """One nutcracker in front of these servers."""
    servers = "\n".join(f"    - {endpoint}:1" for endpoint in endpoints)

    def configuration(port):
        return POOL.format(port=port, servers=servers,
                           retry_milliseconds=1000 * EJECTED_SECONDS,
                           timeout_milliseconds=int(1000 * REQUEST_SECONDS))

    def serves(port):
        try:
            proxy_client(port).get("anything")
            return True
        except (OSError, MemcacheError):
            return False

    return Nutcracker(configuration, serves)


def proxy_client(port):
    return Client(("127.0.0.1", port), connect_timeout=CONNECT_SECONDS,
                  timeout=CONNECT_SECONDS + REQUEST_SECONDS)


def hash_client(endpoints):
    servers = [("127.0.0.1", int(each.rpartition(":")[2])) for each in endpoints]
    return HashClient(servers, connect_timeout=CONNECT_SECONDS, timeout=REQUEST_SECONDS,
                      retry_attempts=1, retry_timeout=0.5, dead_timeout=EJECTED_SECONDS)


def say(text):
    print(text, flush=True)


def all_are_at_work(loads):
    now = time.monotonic()
    for load in loads:
        wait_until(lambda each=load: each.is_at_work(now), f"a hit of {load.title}", 20)


def a_node_fails(cluster, loads, node):
    before = time.monotonic()
    cluster.killed(node)
    died = time.monotonic()
    time.sleep(RECOVERY_SECONDS_MAX + QUIET_SECONDS)
    end = time.monotonic()
    for load in loads:
        records = load.between(before, end)
        last = max((each["at"] for each in records if each["errors"]), default=died)
        longest = max(each["longest"] for each in records)
        say(f"        {load.title}: {sum(each['errors'] for each in records)} errors, the last "
            f"{last - died:.2f} s after the death; {load.total('misses', died, end)} misses; the "
            f"longest operation took {longest:.2f} s")
        load.check_no_error(died + RECOVERY_SECONDS_MAX, end)
        check(longest <= SECONDS_MAX, f"{load.title}: an operation took {longest:.2f} s")
        check(load.total("misses", died, end) > 0, f"{load.title} missed nothing")
        late = died + RECOVERY_SECONDS_MAX
        hits, misses = load.total("hits", late, end), load.total("misses", late, end)
        check(hits > 9 * misses, f"{load.title}: {hits} hits and {misses} misses after it")
    others = [each for each in cluster.nodes if each is not node]
    agree(others, others)


def the_node_returns(cluster, loads, node):
    node.restart()
    back = time.monotonic()
    agree(cluster.nodes, cluster.nodes)
    for owner in ("steady", "pymemcache", "nutcracker"):
        left = back + RETURN_SECONDS_MAX - time.monotonic()
        wait_until(lambda each=owner: has_keys_of(node, each), f"the return of {owner}", left)
    say(f"        all three use it again {time.monotonic() - back:.1f} s later")
    for load in loads:
        load.check_no_error(back)


def has_keys_of(node, owner):
    with node.talk() as talker:
        talker.send(b"lru_crawler metadump all\r\n")
        is_found, line = False, b""
        while line != b"END":
            line = talker.line()
            is_found |= line.startswith(f"key={owner}%3A".encode())
    return is_found


def a_sixth_node_joins(cluster, steady, loads):
    wait_until(lambda: steady.total("misses", time.monotonic() - 1) == 0,
               "an end of other misses", 60)
    version = agree(cluster.nodes, cluster.nodes)
    begin = time.monotonic()
    cluster.add()
    agree(cluster.nodes, cluster.nodes)
    wait_until(lambda: any(each["version"] > version for each in steady.between(begin)),
               "our client's new list")
    # Each key is read eight times on average.
    time.sleep(8 * KEYS / OPS_PER_SECOND)
    moved = steady.total("misses", begin) / KEYS
    say(f"        {100 * moved:.2f} % of the keys moved; a sixth is {100 / 6:.2f} %")
    check(abs(moved - 1 / 6) <= 0.02, f"{100 * moved:.2f} % of the keys moved")
    for load in loads:
        load.check_no_error(begin)


def etcd_is_down(cluster, loads):
    version = agree(cluster.nodes, cluster.nodes)
    begin = time.monotonic()
    cluster.etcd.kill()
    time.sleep(3 * TTL)
    for node in cluster.nodes:
        check(not node.is_etcd_up(), "a node has not noticed")
    cluster.etcd.start()
    wait_until(lambda: all(node.is_etcd_up() for node in cluster.nodes), "etcd being back")
    time.sleep(2 * TTL)
    check_equal(agree(cluster.nodes, cluster.nodes), version, "the version")
    for load in loads:
        load.check_no_error(begin)
        check(load.is_at_work(time.monotonic() - 1), f"{load.title} has stopped")
        say(f"        {load.title}: {load.total('hits', begin)} hits, no error")


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--steady", required=True, help="larder-steady")
    options = parser.parse_args()
    with Cluster(options.larder) as cluster:
        for _ in range(5):
            cluster.add()
        agree(cluster.nodes, cluster.nodes)
        endpoints = [node.address for node in cluster.nodes]
        proxy = proxy_of(endpoints)
        loads = []
        try:
            loads.append(Steady(options.steady, endpoints[:2]))
            loads.append(PythonLoad("pymemcache", lambda: hash_client(endpoints)))
            loads.append(PythonLoad("nutcracker", lambda: proxy_client(proxy.port)))
            all_are_at_work(loads)
            time.sleep(QUIET_SECONDS)
            for step, act in (
                ("a node dies", lambda: a_node_fails(cluster, loads, cluster.nodes[2])),
                ("it comes back", lambda: the_node_returns(cluster, loads, cluster.nodes[2])),
                ("a sixth joins", lambda: a_sixth_node_joins(cluster, loads[0], loads)),
                ("etcd dies and comes back", lambda: etcd_is_down(cluster, loads)),
            ):
                act()
                say(f"ok      {step}")
        finally:
            for load in loads:
                load.stop()
            proxy.kill()


if __name__ == "__main__":
    sys.exit(main())
