"""Starts, queries and stops an etcd and the Larder nodes of its cluster.

Used by the tests of this directory.  The etcd is Debian's etcd-server, one process on loopback
ports that were free a moment ago, with its data in a temporary directory; it is always ended by
its own process id.  Nothing here is shared between threads.
"""

import base64
import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server" / "http"))

from harness import TestFailure, check, free_port, start_again, wait_until  # noqa: E402
from http_harness import HttpServer  # noqa: E402
from suites import program  # noqa: E402

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 10.0
START_ATTEMPTS_MAX = 3
REQUEST_SECONDS_MAX = 5.0
TTL = 2  # seconds, of the nodes of a Cluster


class Etcd:
    """One etcd.  With an `authority` (see certificates.py) it uses TLS with client certificates."""

    def __init__(self, authority=None, start=True):
        self.authority = authority
        self.user = None  # (name, password) when logins are enabled
        self.process = None
        self._token = None
        self._directory = tempfile.TemporaryDirectory(prefix="larder-etcd-")
        self.data = Path(self._directory.name, "data")
        self.port, self._peer_port = free_port(), free_port()
        self._log = Path(self._directory.name, "log")
        self._context = None
        if authority is not None:
            self._certificate = authority.issue("etcd", "127.0.0.1")
            self._context = ssl.create_default_context(cafile=authority.path)
            self._context.load_cert_chain(*authority.issue("etcd-test"))
        if start:
            self._start_somewhere()

    @property
    def url(self):
        return f"{'http' if self.authority is None else 'https'}://127.0.0.1:{self.port}"

    def _start_somewhere(self):
        for attempt in range(START_ATTEMPTS_MAX):
            try:
                return self._start()
            except TestFailure:
                # Another process may have taken a port between probe and start.
                self.kill()
                if attempt == START_ATTEMPTS_MAX - 1:
                    raise
                self.wipe()
                self.port, self._peer_port = free_port(), free_port()

    def start(self):
        """Starts the process with its existing data, and waits until it replies."""
        start_again(self._start)

    def _start(self):
        peer = f"http://127.0.0.1:{self._peer_port}"
        command = [program("etcd", "etcd-server"), "--name", "test", "--data-dir", str(self.data),
                   "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
                   "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                   "--initial-cluster", f"test={peer}", "--logger", "zap"]
        if self.authority is not None:
            certificate, key = self._certificate
            command += ["--cert-file", certificate, "--key-file", key, "--client-cert-auth",
                        "--trusted-ca-file", self.authority.path]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ETCD_")}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=environment)
        self._token = None
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.answers():
            check(self.process.poll() is None, f"etcd ended at start:\n{self.log_tail()}")
            check(time.monotonic() < deadline, f"etcd does not answer:\n{self.log_tail()}")
            time.sleep(0.05)

    def answers(self):
        try:
            self.post("/v3/kv/range", {"key": encoded("none")})
            return True
        except (OSError, http.client.HTTPException, TestFailure):
            return False

    def post(self, path, question):
        """The reply of the JSON gateway; fails on a refusal."""
        headers = {"Content-Type": "application/json"}
        if self.user is not None and not path.startswith("/v3/auth/"):
            if self._token is None:
                name, password = self.user
                login = self.post("/v3/auth/authenticate", {"name": name, "password": password})
                self._token = login["token"]
            headers["Authorization"] = self._token
        if self._context is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, REQUEST_SECONDS_MAX)
        else:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port,
                                                     timeout=REQUEST_SECONDS_MAX,
                                                     context=self._context)
        try:
            connection.timeout = REQUEST_SECONDS_MAX
            connection.request("POST", path, json.dumps(question), headers)
            response = connection.getresponse()
            body = response.read().decode()
        finally:
            connection.close()
        check(response.status == 200, f"etcd answers {path} with {response.status}: {body}")
        return json.loads(body)

    def pairs(self, prefix):
        """{key: (value, lease)} of all keys that begin with `prefix`."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        answer = self.post("/v3/kv/range", {"key": encoded(prefix), "range_end": encoded(end)})
        return {decoded(each["key"]): (decoded(each["value"]), int(each.get("lease", 0)))
                for each in answer.get("kvs", [])}

    def put(self, key, value):
        self.post("/v3/kv/put", {"key": encoded(key), "value": encoded(value)})

    def remove(self, key):
        self.post("/v3/kv/deleterange", {"key": encoded(key)})

    def enable_logins(self, user, password, prefix):
        """Enables logins; `user` has all permissions under `prefix` and no others."""
        root = "root-password"
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        permission = {"permType": "READWRITE", "key": encoded(prefix), "range_end": encoded(end)}
        for path, question in (
            ("user/add", {"name": "root", "password": root}),
            ("role/add", {"name": "root"}),
            ("user/grant", {"user": "root", "role": "root"}),
            ("user/add", {"name": user, "password": password}),
            ("role/add", {"name": "larder"}),
            ("role/grant", {"name": "larder", "perm": permission}),
            ("user/grant", {"user": user, "role": "larder"}),
            ("enable", {}),
        ):
            self.post(f"/v3/auth/{path}", question)
        self.user = ("root", root)

    def kill(self):
        """Kills the process if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_SECONDS_MAX)

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def wipe(self):
        """Deletes all data.  The process must not run."""
        subprocess.run(["rm", "-rf", str(self.data)], check=True, timeout=30)

    def log_tail(self):
        return self._log.read_text(errors="replace")[-4000:]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.kill()
        self._directory.cleanup()


class Node(HttpServer):
    """A Larder in the cluster of an etcd, with a JSON log in its own directory.

    Its name in the cluster is `name`, by default its address.
    """

    def __init__(self, binary, etcds, cluster="test", options=(), ttl=2, drain=0, name=None):
        self.name = name
        self.directory = tempfile.TemporaryDirectory(prefix="larder-node-")
        self.log = Path(self.directory.name, "larder.log")
        self._words = ["--cluster", cluster, "--etcd", ",".join(etcds), "--etcd-ttl", str(ttl),
                       "--drain-seconds", str(drain), "--log-format", "json", "--log-file",
                       str(self.log), "-m", "64", "-t", "2", "-A", *options]
        try:
            super().__init__(binary, self._words)
        except BaseException:
            self.directory.cleanup()
            raise

    def _start(self, port):
        self.options = [*self._words, "--http", f"127.0.0.1:{self.http_port}",
                        "--advertise", self.name or f"127.0.0.1:{port}"]
        super()._start(port)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def events(self, *names):
        """The log lines about these events, of all processes of this node."""
        lines = self.log.read_text(encoding="ascii").splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [each for each in found if each["event"] in names]

    def published(self):
        """The version and the addresses of this node's current list."""
        rows = self.stats("larder")
        version = int(rows["cluster_version"])
        lists = [each["list"] for each in self.events("cluster_changed")
                 if each["version"] == version]
        return version, lists[-1].split(",") if lists else []

    def cluster_text(self):
        """The reply to `config get cluster`: the version and the nodes, with their IP addresses."""
        with self.talk() as talker:
            head = talker.ask(b"config get cluster")
            check(head.startswith(b"CONFIG cluster 0 "), f"the reply begins with {head}")
            return talker.line() + b"\n" + talker.line()

    def is_etcd_up(self):
        return self.stats("larder")["etcd_up"] == "yes"

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self.directory.cleanup()


class Cluster:
    """An etcd and nodes, all of which are stopped with this object."""

    def __init__(self, binary, etcd=None, options=(), drain=0):
        self.binary = binary
        self.etcd = etcd or Etcd()
        self.options = options
        self.drain = drain
        self.nodes = []
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(self.etcd)

    def add(self, **words):
        words = {"etcds": [self.etcd.url], "options": self.options, "ttl": TTL,
                 "drain": self.drain, **words}
        node = Node(self.binary, **words)
        self._stack.push(node)
        self.nodes.append(node)
        return node

    def three(self):
        for _ in range(3):
            self.add()
        return agree(self.nodes, self.nodes)

    def registered(self):
        """The addresses that have a key in etcd."""
        prefix = "/larder/test/nodes/"
        return {key[len(prefix):] for key in self.etcd.pairs(prefix)}

    def killed(self, node):
        """Kills the node."""
        node.process.send_signal(signal.SIGKILL)
        node.process.wait(10)
        node.process.returncode = 0  # the stop is intended

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return self._stack.__exit__(kind, error, traceback)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def decoded(text):
    return base64.b64decode(text).decode()


def map_in(etcd, cluster="test"):
    """The version and the addresses of the map in etcd, or None."""
    pairs = etcd.pairs(f"/larder/{cluster}/")
    if f"/larder/{cluster}/map" not in pairs:
        return None
    version, nodes, rest = pairs[f"/larder/{cluster}/map"][0].split("\n")
    check(rest == "", f"the map ends with {rest}")
    found = []
    for node in nodes.split(" "):
        host, ip, port = node.split("|")
        check(host == ip == "127.0.0.1", f"the map has the node {node}")
        found.append(f"{host}:{port}")
    return int(version), found


def agree(nodes, members, seconds_max=10.0):
    """Waits until the lists of `nodes` contain exactly `members`, and returns their version."""
    wanted = [node.address for node in sorted(members, key=lambda each: each.port)]

    def have_it():
        lists = [node.published() for node in nodes]
        return all(each == (lists[0][0], wanted) for each in lists)

    try:
        wait_until(have_it, "one list everywhere", seconds_max)
    except TestFailure as failure:
        lists = [node.published() for node in nodes]
        raise TestFailure(f"{failure}; wanted {wanted}, have {lists}") from None
    return nodes[0].published()[0]
