"""An etcd, and Larder nodes that store their list in it."""

import http.client
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import tempfile
import time

from clusterlib.process import Process

HOST = "127.0.0.1"
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0
ASK_SECONDS_MAX = 2.0
ATTEMPTS_MAX = 3  # another process may take a free port in the meantime


class ClusterError(Exception):
    """An error for the user of the script."""


class Cluster:
    """A context manager that ends every process by its id and removes the directory.

    `larderctl` is the path of that program, or None."""

    def __init__(self, larder, larderctl, name, ending, out):
        self.larder = os.path.realpath(larder)
        self.larderctl = larderctl
        self.name = name
        self._ending = ending
        self._out = out
        self._etcd = None
        self._etcd_port = None
        self._nodes = []  # (process, port, port of its pages)
        self._processes = []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="larder-cluster-"))

    def say(self, text):
        print(text, file=self._out, flush=True)

    # ---- starting ----

    def start(self, count, first_port):
        """Returns when each node has all of them on its list."""
        if not os.access(self.larder, os.X_OK):
            raise ClusterError(f"there is no server {self.larder}")
        self._start_etcd()
        for number in range(count):
            self._start_node(number, None if first_port is None else first_port + number)
        deadline = time.monotonic() + START_SECONDS_MAX
        wanted = sorted(self.endpoints())
        while not all(nodes_told_by(port) == wanted for _, port, _ in self._nodes):
            for process, _, _ in self._nodes:
                if not process.is_running():
                    raise ClusterError(f"{process.name} has ended {process.how_it_ended()}:\n"
                                       f"{process.log_tail()}")
            if time.monotonic() > deadline:
                raise ClusterError("the nodes did not find each other within "
                                   f"{START_SECONDS_MAX:.0f} s:\n{self._nodes[0][0].log_tail()}")
            self._ending.wait(0.05)

    def _start_etcd(self):
        program = shutil.which("etcd")
        if program is None:
            raise ClusterError("there is no etcd: on Debian, apt-get install etcd-server")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ETCD_")}
        for attempt in range(ATTEMPTS_MAX):
            self._etcd_port, peer_port = free_ports(2)
            url, peer = self.etcd_url, f"http://{HOST}:{peer_port}"
            process = self._run("etcd", [
                program, "--name", "one", "--data-dir", str(self.directory / f"etcd-{attempt}"),
                "--listen-client-urls", url, "--advertise-client-urls", url,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", f"one={peer}", "--logger", "zap"], environment)
            if self._comes_up(process, lambda: etcd_answers(self._etcd_port)):
                self._etcd = process
                return
        raise ClusterError(f"etcd does not start:\n{process.log_tail()}")

    def _start_node(self, number, port):
        attempts = ATTEMPTS_MAX if port is None else 1
        for _ in range(attempts):
            free_port, http_port = free_ports(2)
            chosen = free_port if port is None else port
            process = self._run(f"node {number + 1}", self.node_command(chosen, http_port))
            if self._comes_up(process, lambda: pid_at(chosen) == process.pid):
                self._nodes.append((process, chosen, http_port))
                return
        raise ClusterError(f"{process.name} does not start at port {chosen}:\n"
                           f"{process.log_tail()}")

    def node_command(self, port, http_port):
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return [self.larder, "-l", HOST, "-p", str(port), *user, "-A", "--cluster", self.name,
                "--etcd", self.etcd_url, "--advertise", f"{HOST}:{port}",
                "--http", f"{HOST}:{http_port}"]

    def _run(self, name, command, environment=None):
        log = self.directory / f"{name.replace(' ', '-')}.log"
        try:
            process = Process(name, command, log, environment)
        except OSError as error:
            raise ClusterError(f"cannot run {command[0]}: {error.strerror}") from None
        self._processes.append(process)
        return process

    def _comes_up(self, process, answers):
        """Waits until the process is ready; False if it ends instead."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while process.is_running() and time.monotonic() < deadline:
            if answers():
                return True
            self._ending.wait(0.05)
        process.ask_to_end(signal.SIGKILL)
        process.end(STOP_SECONDS_MAX)
        return False

    # ---- while it runs ----

    @property
    def etcd_url(self):
        return f"http://{HOST}:{self._etcd_port}"

    def endpoints(self):
        return [f"{HOST}:{port}" for _, port, _ in self._nodes]

    def describe(self):
        self.say(f"cluster {self.name}, etcd at {self.etcd_url} (process {self._etcd.pid}), "
                 f"logs in {self.directory}")
        for process, port, http_port in self._nodes:
            self.say(f"  {process.name}: {HOST}:{port}, pages at http://{HOST}:{http_port}/ "
                     f"(process {process.pid})")
        port, http_port = free_ports(2)
        self.say("")
        if self.larderctl is not None:
            program = shlex.quote(self.larderctl)
            self.say(f"look:           {program} nodes --endpoint {','.join(self.endpoints())}\n"
                     f"have one leave: {program} drain --endpoint {self.endpoints()[-1]} --wait 10")
        self.say(f"kill one:       kill -9 {self._nodes[0][0].pid}\n"
                 f"add one:        {shlex.join(self.node_command(port, http_port))}\n"
                 "end:            Ctrl-C")

    def tell_of_ends(self):
        """Reports the processes that have ended since the last call."""
        for process in [self._etcd, *[node for node, _, _ in self._nodes]]:
            if process.is_running() or process.was_told:
                continue
            process.was_told = True
            rest = "; the nodes keep their list" if process is self._etcd else "; the others go on"
            self.say(f"{process.name} (process {process.pid}) has ended "
                     f"{process.how_it_ended()}{rest}")

    # ---- the end ----

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        nodes = [process for process in self._processes if process is not self._etcd]
        for process in nodes:
            # The first signal begins a drain, the second ends it.
            process.ask_to_end(signal.SIGTERM, signal.SIGINT)
        for process in nodes:
            process.end(STOP_SECONDS_MAX)
        if self._etcd is not None:
            self._etcd.ask_to_end(signal.SIGTERM)
            self._etcd.end(STOP_SECONDS_MAX)
        shutil.rmtree(self.directory, ignore_errors=True)


# ---- queries ----


def free_ports(count):
    """Different ports that had no listener when they were chosen."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def etcd_answers(port):
    connection = http.client.HTTPConnection(HOST, port, timeout=ASK_SECONDS_MAX)
    try:
        connection.request("GET", "/health")
        return json.loads(connection.getresponse().read()).get("health") == "true"
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def ask(port, command, end=b"END\r\n"):
    """The reply of a server; empty after a timeout."""
    answer = b""
    try:
        with socket.create_connection((HOST, port), ASK_SECONDS_MAX) as server:
            server.sendall(command + b"\r\n")
            while not answer.endswith(end):
                piece = server.recv(1 << 16)
                if not piece:
                    return []
                answer += piece
    except OSError:
        return []
    return answer.decode(errors="replace").splitlines()


def pid_at(port):
    """The id of the process that serves on this port, which may be a different process."""
    rows = [line.split() for line in ask(port, b"stats")]
    return next((int(row[2]) for row in rows if row[:2] == ["STAT", "pid"]), None)


def nodes_told_by(port):
    """The nodes on that server's list, as host:port, in order of their text."""
    lines = ask(port, b"config get cluster")
    nodes = [node.split("|") for node in lines[2].split()] if len(lines) > 2 else []
    return sorted(f"{node[0]}:{node[-1]}" for node in nodes)
