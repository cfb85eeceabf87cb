#!/usr/bin/python3
"""scripts/cluster in use: with a command, until a signal arrives, and with failures.

    python3 tests/cluster/script_test.py --larder build/release/larder
        --larderctl build/release/larderctl
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

import etcd_harness  # noqa: F401  (it adds the modules below to the path)

from harness import Talker, arguments, check, check_equal, end_with, free_port, passes, wait_until

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "cluster"
SECONDS_MAX = 60.0
MARK = "LARDER_SCRIPT_TEST"

# Prints the list of each endpoint, as {endpoint: [node...]}.
READ_LISTS = """
import json, os, socket
lists = {}
for endpoint in os.environ["LARDER_ENDPOINTS"].split(","):
    host, port = endpoint.split(":")
    answer = b""
    with socket.create_connection((host, int(port)), 5) as server:
        server.sendall(b"config get cluster\\r\\n")
        while not answer.endswith(b"END\\r\\n"):
            answer += server.recv(10000)
    lists[endpoint] = answer.decode().splitlines()[2].split()
print(json.dumps(lists))
"""


class Place:
    """An environment in which the script's processes and files can be found."""

    larderctl = None  # the path of larderctl

    def __init__(self, binary):
        self.binary = binary
        self._directory = tempfile.TemporaryDirectory(prefix="larder-script-")
        self._mark = uuid.uuid4().hex
        self.environment = {**os.environ, MARK: self._mark, "TMPDIR": self._directory.name}

    def command(self, *words):
        return [sys.executable, str(SCRIPT), *words]

    def run(self, *words, path=None):
        """The exit status, standard output and standard error."""
        environment = self.environment if path is None else {**self.environment, "PATH": path}
        done = subprocess.run(self.command(*words), env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=SECONDS_MAX)
        self.check_nothing_is_left()
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def processes(self):
        """{process id: its command line} of all processes started in it."""
        found = {}
        for directory in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"{MARK}={self._mark}".encode() in (directory / "environ").read_bytes():
                    words = (directory / "cmdline").read_bytes().decode().split("\0")
                    found[int(directory.name)] = words
        return found

    def check_nothing_is_left(self):
        check_equal(self.processes(), {}, "processes that are left")
        check_equal(os.listdir(self._directory.name), [], "files that are left")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self._directory.cleanup()


class Running:
    """A scripts/cluster that runs until it gets a signal."""

    def __init__(self, place, *words):
        self.place = place
        self._output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            place.command(*words), env=place.environment, stdin=subprocess.DEVNULL,
            stdout=self._output, stderr=subprocess.STDOUT)
        self.wait_for("end: ")
        rows = re.findall(r"node \d+: 127\.0\.0\.1:(\d+), pages at http://127\.0\.0\.1:(\d+)/ "
                          r"\(process (\d+)\)", self.text())
        self.nodes = [tuple(map(int, row)) for row in rows]

    def text(self):
        """Its whole output."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode()

    def wait_for(self, words):
        def have_come():
            is_over = self.process.poll() is not None
            check(not is_over or words in self.text(), f"it has ended and said {self.text()}")
            return words in self.text()

        wait_until(have_come, f"'{words}'", SECONDS_MAX)

    def end(self, by_signal):
        self.process.send_signal(by_signal)
        check_equal(self.process.wait(SECONDS_MAX), 0, f"the status after {by_signal.name}")
        self.place.check_nothing_is_left()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._output.close()


def list_of(port):
    """The ports on the list of the node at the given port."""
    with Talker(port) as client:
        client.send(b"config get cluster\r\n")
        size = int(client.line().split()[-1])
        _, nodes, _ = client.exactly(size).decode().split("\n")
    return sorted(int(node.rpartition("|")[2]) for node in nodes.split(" "))


def a_command_runs_with_a_whole_cluster(place):
    status, output, said = place.run("3", "--larder", place.binary, "--",
                                     sys.executable, "-c", READ_LISTS)
    check_equal(status, 0, f"the status; it said {said}")
    lists = json.loads(output)
    check_equal(len(lists), 3, "endpoints")
    wanted = sorted(f"127.0.0.1|127.0.0.1|{endpoint.split(':')[1]}" for endpoint in lists)
    for endpoint, nodes in lists.items():
        check_equal(sorted(nodes), wanted, f"the list of {endpoint}")


def the_status_is_that_of_the_command(place):
    for command, wanted in ((["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137)):
        check_equal(place.run("1", "--larder", place.binary, "--", *command)[0], wanted, "status")
    status, _, said = place.run("1", "--larder", place.binary, "--", "larder-no-such-command")
    check_equal(status, 1, "the status without such a command")
    check("cannot run larder-no-such-command" in said, f"it prints {said}")


def a_failed_node_is_reported_and_the_others_continue(place):
    with Running(place, "2", "--larder", place.binary, "--name", "tried") as running:
        (first, http_port, _), (second, _, pid) = running.nodes
        check_equal(list_of(first), sorted([first, second]), "the list")
        check("cluster tried, etcd at http://127.0.0.1:" in running.text(), running.text())
        with urllib.request.urlopen(f"http://127.0.0.1:{http_port}/readyz", timeout=10) as page:
            check_equal(page.status, 200, "the status of the first one's /readyz")
        os.kill(pid, signal.SIGKILL)
        running.wait_for(f"node 2 (process {pid}) has ended by SIGKILL; the others go on")
        wait_until(lambda: list_of(first) == [first], "the list without it", 20)
        # The printed command adds a node.
        words = re.search(r"^add one: +(.*)$", running.text(), re.M).group(1)
        with subprocess.Popen(words.split(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as added:
            try:
                wait_until(lambda: len(list_of(first)) == 2, "the list with another")
                # The script has started it with -A, for larderctl drain.
                with Talker(first) as client:
                    check_equal(client.ask(b"shutdown drain"), b"OK", "shutdown drain")
            finally:
                added.kill()
        running.wait_for("has ended with status 0; the others go on")
        running.end(signal.SIGTERM)


def the_lines_about_larderctl_can_be_run(place):
    with tempfile.TemporaryDirectory() as directory:
        # A build has both programs in one directory.
        larder, larderctl = Path(directory, "larder"), Path(directory, "larderctl")
        larder.symlink_to(place.binary)
        larderctl.symlink_to(place.larderctl)
        with Running(place, "2", "--larder", str(larder)) as running:
            for what, wanted in (("look", "version "), ("have one leave", ": stopped")):
                line = re.search(f"^{what}: +(.*)$", running.text(), re.M).group(1)
                done = subprocess.run(shlex.split(line), capture_output=True, check=False,
                                      stdin=subprocess.DEVNULL, timeout=SECONDS_MAX)
                said = (done.stdout + done.stderr).decode()
                check_equal(done.returncode, 0, f"the status of {line}, which prints {said}")
                check(wanted in said, f"{line} prints {said}")
            running.end(signal.SIGTERM)
        # A command finds it through PATH.
        status, output, said = place.run("1", "--larder", str(larder), "--", "sh", "-c",
                                         'larderctl nodes --endpoint "$LARDER_ENDPOINTS"')
        check_equal(status, 0, f"the status of larderctl in a command, which prints {said}")
        check("1 node" in output, f"larderctl in a command prints {output}")


def ctrl_c_stops_all_nodes_at_the_requested_ports(place):
    port = free_port()
    with Running(place, "1", "--larder", place.binary, "--port", str(port)) as running:
        check_equal(running.nodes[0][0], port, "the port")
        with Place(place.binary) as beside:
            status, _, said = beside.run("2", "--larder", place.binary, "--port", str(port))
        check_equal(status, 1, "the status where the port is taken")
        check(f"node 1 does not start at port {port}" in said, f"it prints {said}")
        begun_at = time.monotonic()
        running.end(signal.SIGINT)
        check(time.monotonic() - begun_at < 5, "it has waited for drains")


def a_signal_also_stops_a_command(place):
    words = place.command("1", "--larder", place.binary, "--",
                          "sh", "-c", "echo begun; exec sleep 600")
    with subprocess.Popen(words, env=place.environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as process:
        check_equal(process.stdout.readline(), b"begun\n", "the command's output")
        process.terminate()
        check_equal(process.wait(SECONDS_MAX), 128 + signal.SIGTERM, "the status")
    place.check_nothing_is_left()


def a_failed_start_leaves_nothing(place):
    with tempfile.TemporaryDirectory() as directory:
        # Its first process serves, the second does not.
        second_fails = Path(directory, "larder")
        second_fails.write_text(
            f'#!/bin/sh\nif mkdir "$TMPDIR/begun" 2>/dev/null; then exec {place.binary} "$@"; fi\n'
            'rmdir "$TMPDIR/begun"; echo no luck; exit 3\n', encoding="ascii")
        second_fails.chmod(0o755)
        port = free_port()
        status, _, said = place.run("2", "--larder", str(second_fails), "--port", str(port))
    check_equal(status, 1, "the status")
    check("node 2 does not start" in said and "no luck" in said, f"it prints {said}")


def missing_programs_are_reported(place):
    status, _, said = place.run("1", "--larder", place.binary, path=str(SCRIPT.parent))
    check_equal((status, said), (1, "cluster: there is no etcd: on Debian, apt-get install "
                                 "etcd-server\n"), "without etcd")
    status, _, said = place.run("1", "--larder", "nowhere/larder")
    check_equal(status, 1, "the status without a server")
    check("there is no server" in said, f"it prints {said}")
    for words in ((), ("0",), ("3", "--"), ("2", "--port", "65535")):
        check(place.run(*words)[0] != 0, f"{words} are taken")


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--larderctl", required=True)
    given = parser.parse_args()
    binary = str(Path(given.larder).resolve())
    Place.larderctl = str(Path(given.larderctl).resolve())
    end_with([passes(test, lambda: Place(binary)) for test in (
        a_command_runs_with_a_whole_cluster,
        the_status_is_that_of_the_command,
        a_failed_node_is_reported_and_the_others_continue,
        the_lines_about_larderctl_can_be_run,
        ctrl_c_stops_all_nodes_at_the_requested_ports,
        a_signal_also_stops_a_command,
        a_failed_start_leaves_nothing,
        missing_programs_are_reported,
    )])


if __name__ == "__main__":
    main()
