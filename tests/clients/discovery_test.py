#!/usr/bin/python3
"""Clients with discovery follow a cluster's list: it changes five times, and the server restarts in
between.

    python3 tests/clients/discovery_test.py --larder build/release/larder
        [--pymemcache DIRECTORY] [--dalli-elasticache DIRECTORY]

npm's memcached-elasticache is always tested.  Debian's pymemcache is too old to support discovery,
and Debian has no dalli-elasticache: each is tested if the directory of its sources is given here or
in LARDER_PYMEMCACHE or LARDER_DALLI_ELASTICACHE.  tests/server/cluster/discovery_test.py always
checks which replies each client accepts as a list.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from harness import Server, TestFailure, arguments, check_equal, end_with, passes, wait_until
from npm import node_for
from suites import program

STEPS = Path(__file__).resolve().parent
KEYS = 50


class Cluster:
    """Three servers, of which the first one announces the list."""

    def __init__(self, binary):
        self.directory = tempfile.TemporaryDirectory(prefix="larder-cluster-")
        self.list = Path(self.directory.name, "nodes")
        state = Path(self.directory.name, "state")
        with contextlib.ExitStack() as stack:
            self.others = [stack.enter_context(Server(binary)) for _ in range(2)]
            self.list.write_text("127.0.0.9:1\n", encoding="ascii")
            self.server = stack.enter_context(Server(
                binary, ["--nodes-file", str(self.list), "--cluster-state", str(state)]))
            self.stack = stack.pop_all()
        self.ports = [self.server.port] + [other.port for other in self.others]
        self.endpoint = f"127.0.0.1:{self.server.port}"

    def tell(self, *numbers):
        """Makes these servers the cluster and returns their names as clients show them."""
        nodes = [f"127.0.0.1:{self.ports[number]}" for number in numbers]
        self.list.write_text("\n".join(reversed(nodes)), encoding="ascii")
        self.server.process.send_signal(signal.SIGHUP)
        return set(nodes)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        try:
            self.stack.__exit__(kind, error, traceback)
        finally:
            self.directory.cleanup()


class Script:
    """A client in another language: it prints a line of JSON for each list that it gets."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.seen = set()

    def _listen(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def nodes(self):
        """The latest list."""
        while True:
            try:
                said = json.loads(self.lines.get_nowait())
            except queue.Empty:
                return self.seen
            check_equal(said.get("wrong", 0), 0, "keys that came back wrong or not at all")
            self.seen = set(said["nodes"])

    def ask(self):
        self.process.stdin.write(b"refresh\n")
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait()


class Npm(Script):
    def __init__(self, endpoint):
        words = node_for("memcached-elasticache")
        super().__init__([*words, str(STEPS / "node/discovery_steps.js"), endpoint, str(KEYS)])


class DalliElasticache(Script):
    """The gem; its user decides when the list is requested again."""

    sources = None

    def __init__(self, endpoint):
        super().__init__([program("ruby", "ruby"), "-I", str(Path(self.sources, "lib")),
                          str(STEPS / "dalli_elasticache_steps.rb"), endpoint])

    def nodes(self):
        self.ask()
        return super().nodes()


class Pymemcache:
    """AWSElastiCacheHashClient; its user requests the list again, too.

    Version 4.0.0 continues to send keys to nodes that have left the list, and fails, so this
    test stores nothing with it.
    """

    def __init__(self, endpoint):
        from pymemcache.client.ext.aws_ec_client import AWSElastiCacheHashClient

        self.client = AWSElastiCacheHashClient(
            endpoint, connect_timeout=5, timeout=5, default_noreply=False)

    def nodes(self):
        self.client.reconfigure_nodes()
        return set(self.client.clients)

    def close(self):
        self.client.close()


def follows_five_changes_and_a_restart(cluster, kind):
    expected = cluster.tell(0)
    client = kind(cluster.endpoint)
    try:
        def has_followed():
            try:
                return client.nodes() == expected
            except OSError:  # the restart
                return False

        wait_until(has_followed, f"the first list, {expected}, seen")
        for change, numbers in enumerate(((0, 1), (0, 1, 2), (0, 2), (1, 2), (0,))):
            if change == 3:
                cluster.server.restart()
            expected = cluster.tell(*numbers)
            wait_until(has_followed, f"list {change}, {expected}, seen")
    except TestFailure as failure:
        raise TestFailure(f"{failure}; the client has {client.nodes()}") from None
    finally:
        client.close()
    rows = cluster.server.stats()
    check_equal(rows["cmd_config_set"], "0", "cmd_config_set")


def main():
    parser = arguments(__doc__.splitlines()[0])
    for name in ("pymemcache", "dalli-elasticache"):
        variable = "LARDER_" + name.upper().replace("-", "_")
        parser.add_argument(f"--{name}", default=os.environ.get(variable), metavar="DIRECTORY")
    options = parser.parse_args()
    kinds = [Npm]
    if options.pymemcache:
        sys.path.insert(0, options.pymemcache)
        kinds.append(Pymemcache)
    if options.dalli_elasticache:
        DalliElasticache.sources = options.dalli_elasticache
        kinds.append(DalliElasticache)

    def test_of(kind):
        def follows(cluster):
            follows_five_changes_and_a_restart(cluster, kind)
        return follows

    end_with([passes(test_of(kind), lambda: Cluster(options.larder), f"{kind.__name__} ")
              for kind in kinds])


if __name__ == "__main__":
    main()
