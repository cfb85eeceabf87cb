#!/usr/bin/python3
"""`larderctl ring` beside twemproxy (nutcracker): the server that got each key.

One nutcracker has a pool for each set of servers and each hash.  The servers record the requested
keys and reply with misses.  They listen on otherwise unused loopback addresses, some of them at
port 11211, which twemproxy omits from a server's name; another server that listens on port 11211
of every address makes the test fail.

    python3 tests/clients/nutcracker_ring_test.py --larderctl build/release/larderctl
"""

import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import START_SECONDS_MAX, STOP_SECONDS_MAX, TestFailure, check
from rings import compare, draw_keys, our_nodes, ring_arguments, seeded
from suites import program

DEFAULT_PORT = 11211
PROXY_HOST = "127.78.0.1"
PROXY_PORT = 22121  # of the first pool
# (number of servers, largest weight)
SERVER_SETS = ((1, 1), (3, 1), (25, 1), (47, 1), (5, 100), (50, 100))
# (twemproxy's hash, larderctl's kind)
HASHES = (("fnv1a_64", "twemproxy"), ("md5", "ketama"))
KEYS = 8400  # 100,800 in all
KEYS_PER_GET = 50
BYTE_MAX = 255
REPLY_SECONDS_MAX = 20

POOL = """\
{name}:
  listen: {host}:{port}
  hash: {hash}
  distribution: ketama
  timeout: 10000
  servers:
{servers}
"""


class Responders:
    """Servers that record the requested keys and reply with misses.

    One thread serves them all; another one reads and empties `taken` while there are no requests.
    """

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.taken = {}

    def listen(self, host, port):
        """Listens on the given port, or on a free one if it is 0; returns the port."""
        listener = socket.create_server((host, port))
        name = f"{host}:{listener.getsockname()[1]}"
        self._selector.register(listener, selectors.EVENT_READ, (self._accept, name))
        return listener.getsockname()[1]

    def start(self):
        self._thread.start()

    def stop(self):
        self._wake.send(b"x")
        self._thread.join(STOP_SECONDS_MAX)

    def _serve(self):
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                action, *data = key.data
                action(key.fileobj, *data)

    def _accept(self, listener, name):
        connection, _ = listener.accept()
        self._selector.register(
            connection, selectors.EVENT_READ, (self._answer, name, bytearray())
        )

    def _answer(self, connection, name, unread):
        data = connection.recv(1 << 16)
        if not data:
            self._selector.unregister(connection)
            connection.close()
            return
        unread += data
        while (end := unread.find(b"\r\n")) >= 0:
            verb, *keys = bytes(unread[:end]).split(b" ")
            del unread[: end + 2]
            check(verb == b"get", f"{name} was sent {verb}")
            self.taken.update((key, name) for key in keys if key)
            connection.sendall(b"END\r\n")


def servers_of(responders, number, count, weight_max, generator):
    """Starts servers and returns their "host:port:weight"."""
    servers = []
    for place in range(count):
        host = f"127.77.{number}.{place + 1}"
        port = responders.listen(host, DEFAULT_PORT if place % 3 == 0 else 0)
        servers.append(f"{host}:{port}:{generator.randint(1, weight_max)}")
    return servers


class Proxy:
    """One nutcracker process with a pool for each of `pools`: (port, hash, servers)."""

    def __init__(self, pools):
        self._directory = tempfile.TemporaryDirectory()
        directory = Path(self._directory.name)
        configuration = directory / "configuration"
        configuration.write_text(
            "".join(
                POOL.format(name=f"pool{port}", host=PROXY_HOST, port=port, hash=hash_name,
                            servers="\n".join(f"    - {server}" for server in servers))
                for port, hash_name, servers in pools
            ),
            encoding="ascii",
        )
        self._log = directory / "log"
        command = [program("nutcracker", "nutcracker"), "-c", str(configuration)]
        command += ["-o", str(self._log), "-p", str(directory / "pid")]
        command += ["-a", PROXY_HOST, "-s", str(PROXY_PORT - 1)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def ask(self, port, keys):
        """Gets all of `keys`, which are misses, from the pool at `port`."""
        with self._connection(port) as connection:
            for start in range(0, len(keys), KEYS_PER_GET):
                asked = b" ".join(keys[start : start + KEYS_PER_GET])
                connection.sendall(b"get " + asked + b"\r\n")
                reply = b""
                while not reply.endswith(b"\r\n"):
                    data = connection.recv(1 << 12)
                    check(data, f"nutcracker closed; its log:\n{self.log_text()}")
                    reply += data
                check(reply == b"END\r\n", f"nutcracker answered {reply!r}:\n{self.log_text()}")

    def _connection(self, port):
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                return socket.create_connection((PROXY_HOST, port), REPLY_SECONDS_MAX)
            except OSError:
                alive = self.process.poll() is None
                check(alive and time.monotonic() < deadline,
                      f"nutcracker does not serve:\n{self.log_text()}")
                time.sleep(0.02)

    def log_text(self):
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        finally:
            self.process.kill()
            self._directory.cleanup()


def run(arguments):
    responders = Responders()
    pools, claims = [], []
    for number, (count, weight_max) in enumerate(SERVER_SETS):
        servers = servers_of(
            responders, number, count, weight_max, seeded(arguments.seed, "weights", number)
        )
        for hash_name, kind in HASHES:
            port = PROXY_PORT + len(pools)
            pools.append((port, hash_name, servers))
            what = f"twemproxy with {hash_name}, {count} servers, weights up to {weight_max}"
            claims.append((port, kind, servers, what))
    responders.start()
    proxy = Proxy(pools)
    try:
        for port, kind, servers, what in claims:
            keys = draw_keys(seeded(arguments.seed, what), arguments.keys, BYTE_MAX)
            responders.taken.clear()
            proxy.ask(port, keys)
            theirs = [responders.taken.get(key) for key in keys]
            compare(what, keys, our_nodes(arguments.larderctl, kind, servers, keys), theirs)
        check(proxy.process.poll() is None, f"nutcracker died:\n{proxy.log_text()}")
    finally:
        proxy.stop()
        responders.stop()


if __name__ == "__main__":
    try:
        run(ring_arguments(__doc__.splitlines()[0], KEYS))
    except TestFailure as failure:
        sys.exit(f"FAILED  {failure}")
