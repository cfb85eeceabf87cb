#!/usr/bin/python3
"""larderctl and a cluster: the state of its nodes, and draining one.

    python3 tests/cluster/larderctl_test.py --larder build/release/larder
        --larderctl build/release/larderctl
"""

import contextlib
import json
import signal
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from etcd_harness import Etcd, Node, agree

from certificates import Authority
from harness import Server, arguments, check, check_equal, end_with, free_port, passes

# Long enough that a failed node stays on the list.
TTL = 60
DRAIN = 5
RUN_SECONDS_MAX = 30
EXIT_CANNOT, EXIT_USAGE = 1, 64

LARDERCTL = ""


def run(*words):
    """The exit status, standard output and standard error."""
    done = subprocess.run([LARDERCTL, *words], capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=RUN_SECONDS_MAX)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def nodes_of(endpoint, *words, status=0):
    """The version, and the data of each node by its name."""
    done = run("nodes", "--json", "--endpoint", endpoint, *words)
    check_equal((done[0], done[2]), (status, ""), "status and standard error of larderctl nodes")
    answer = json.loads(done[1])
    return answer["version"], {node["node"]: node for node in answer["nodes"]}


def table_of(endpoint, status=0):
    """The title, and the columns of each row by the node's name."""
    done = run("nodes", "--endpoint", endpoint)
    check_equal((done[0], done[2]), (status, ""), "status and standard error of larderctl nodes")
    title, empty, *rows = done[1].splitlines()
    check_equal(empty, "", "the line below the title")
    return title, {row.split()[0]: row.split()[1:] for row in rows}


class Guarded(Server):
    """A server that requires a login."""

    LOGIN = "operator:hunter2: with a colon"

    def talk(self, timeout_seconds=10.0):
        talker = super().talk(timeout_seconds)
        talker.set(b"login", self.LOGIN.replace(":", " ", 1).encode())
        return talker


class Encrypted(Server):
    """A server with TLS and client certificates that allows the shutdown command."""

    def __init__(self, binary):
        self._directory = tempfile.TemporaryDirectory()
        self.authority = Authority(self._directory.name)
        certificate, key = self.authority.issue("server")
        self.client = self.authority.issue("client")
        self._context = ssl.create_default_context(cafile=self.authority.path)
        self._context.load_cert_chain(*self.client)
        names = f"ssl_chain_cert={certificate},ssl_key={key},ssl_ca_cert={self.authority.path}"
        super().__init__(binary, ["-A", "-Z", "-o", f"{names},ssl_verify_mode=2"])

    def talk(self, timeout_seconds=10.0):
        talker = super().talk(timeout_seconds)
        talker.socket = self._context.wrap_socket(talker.socket, server_hostname="127.0.0.1")
        return talker

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self._directory.cleanup()


class Painting(contextlib.AbstractContextManager):
    """A server that replies to each line with terminal escape sequences."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            for _ in self.rfile:
                self.wfile.write(b"\x1b[31mred\xc2\x9b0m\r\n")

    def __init__(self):
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self.Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def __exit__(self, kind, error, traceback):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Three:
    """An etcd and three nodes that have joined one cluster."""

    def __init__(self, binary, drain=0):
        with contextlib.ExitStack() as stack:
            etcd = stack.enter_context(Etcd())
            self.nodes = []
            for _ in range(3):
                node = Node(binary, [etcd.url], ttl=TTL, drain=drain)
                stack.push(node)
                self.nodes.append(node)
            self.version = agree(self.nodes, self.nodes)
            self._stack = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return self._stack.__exit__(kind, error, traceback)


def a_killed_node_is_down(cluster):
    first, second, third = cluster.nodes
    everybody = ",".join(node.address for node in cluster.nodes)
    with first.talk() as client:
        client.set(b"k", b"v")
        for key in (b"k", b"k", b"none", b"k"):
            client.get(key)
    version, nodes = nodes_of(everybody)
    check_equal(version, cluster.version, "the version")
    check_equal(set(nodes), {node.address for node in cluster.nodes}, "the nodes")
    check_equal([node["health"] for node in nodes.values()], ["up"] * 3, "health")
    check_equal([node["list_version"] for node in nodes.values()], [version] * 3, "their versions")
    one = nodes[first.address]
    told = {name: one[name] for name in ("hit_ratio", "items", "limit_bytes", "evictions",
                                         "version", "larder_version", "reason")}
    check_equal(told, {"hit_ratio": 0.75, "items": 1, "limit_bytes": 64 << 20, "evictions": 0,
                       "version": first.stats()["version"],
                       "larder_version": first.stats("larder")["server_version"],
                       "reason": None},
                "the data of the first node")
    # At least larderctl's own; the server may not yet have noticed that others were closed.
    check(one["connections"] >= 1, "the first node has no connections")
    check_equal(nodes[second.address]["hit_ratio"], None, "the hit ratio without a get")

    third.process.send_signal(signal.SIGKILL)
    third.process.wait(10)
    third.process.returncode = 0  # the stop is intended
    # The killed node is asked first, and skipped.
    _, nodes = nodes_of(f"{third.address},{first.address}", status=EXIT_CANNOT)
    check_equal({name: node["health"] for name, node in nodes.items()},
                {first.address: "up", second.address: "up", third.address: "down"}, "health")
    check_equal(nodes[third.address]["reason"],
                f"cannot connect to {third.address}: Connection refused", "the reason")
    check_equal(nodes[third.address]["items"], None, "items of who is down")
    check_equal(nodes[first.address]["hit_ratio"], 0.75, "the hit ratio")


def the_table_has_a_row_for_each_node(cluster):
    first, second, third = cluster.nodes
    with first.talk() as client:
        client.set(b"k", b"v")
        for key in (b"k", b"none", b"none"):
            client.get(key)
    title, rows = table_of(second.address)
    check_equal(title, f"version {cluster.version}, 3 nodes", "the title")
    check_equal(rows.pop("node")[:2], ["health", "list"], "the head")
    check_equal(set(rows), {node.address for node in cluster.nodes}, "the nodes")
    health, version, name, release, _, ratio, sign, items, *_ = rows[first.address]
    check_equal((health, version, name, release, ratio + sign, items),
                ("up", str(cluster.version), "Larder", first.stats("larder")["server_version"],
                 "33.33%", "1"), "the row of the first")
    check_equal(rows[third.address][5], "-", "the hit ratio without a get")
    third.process.send_signal(signal.SIGSTOP)
    try:
        done = run("nodes", "--endpoint", first.address, "--timeout", "300")
        check_equal(done[0], EXIT_CANNOT, "the status with one that hangs")
        line = next(each for each in done[1].splitlines() if each.startswith(third.address))
        check(line.split()[1] == "down" and line.endswith("timed out"), f"its row is {line}")
    finally:
        third.process.send_signal(signal.SIGCONT)


def a_draining_node_leaves_the_list_before_it_stops(cluster):
    leaving, *others = cluster.nodes
    begun_at = time.monotonic()
    words = [LARDERCTL, "drain", "--endpoint", leaving.address, "--wait", "20"]
    with leaving.talk() as client, \
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            check_equal(agree(others, others, DRAIN - 0.5), cluster.version + 1, "the version")
            check_equal(client.ask(b"get none"), b"END", "a get from the node that leaves")
            _, nodes = nodes_of(others[0].address)
            check_equal(set(nodes), {node.address for node in others}, "the nodes")
            check(time.monotonic() - begun_at < DRAIN, "this took too long to show anything")
            check_equal(process.poll(), None, "larderctl while the node serves")
            output, said = process.communicate(timeout=RUN_SECONDS_MAX)
        finally:
            process.kill()
    check_equal((process.returncode, said), (0, b""), "status and standard error")
    check_equal(output.decode(), f"{leaving.address}: draining\n"
                f"{leaving.address}: stopped\n", "the output")
    check(time.monotonic() - begun_at >= DRAIN - 0.1, "larderctl did not wait")
    leaving.wait_for_clean_end("after larderctl drain")
    check_equal(run("drain", "--endpoint", leaving.address),
                (EXIT_CANNOT, "", f"larderctl drain: cannot connect to {leaving.address}: "
                 "Connection refused\n"), "the answer about one that is away")


def a_node_that_does_not_stop_in_time_is_reported(cluster):
    node = cluster.nodes[0]
    check_equal(run("drain", "--endpoint", node.address, "--wait", "1"),
                (EXIT_CANNOT, f"{node.address}: draining\n",
                 f"larderctl drain: {node.address} does not refuse connections after 1 s\n"),
                "the answer")
    node.wait_for_clean_end("after larderctl drain")


def a_node_without_shutdown_is_reported(server):
    address = f"127.0.0.1:{server.port}"
    check_equal(run("drain", "--endpoint", address),
                (EXIT_CANNOT, "", f"larderctl drain: {address} does not allow shutdown: start it "
                 "with -A, or send it SIGTERM\n"), "the answer")
    with server.talk() as client:
        check_equal(client.ask(b"get none"), b"END", "a get")


def a_node_that_is_not_on_its_own_list_drains(server):
    other = Server(server.binary, ["--nodes", "127.0.0.9:1"])
    with other, Server(server.binary, ["--nodes", f"127.0.0.1:{other.port}"]) as teller:
        version, nodes = nodes_of(f"127.0.0.1:{teller.port}")
        node = nodes[f"127.0.0.1:{other.port}"]
        check_equal(node["health"], "draining", "health")
        check(version > 1 and node["list_version"] > 1, "a version is missing")
    check_equal(nodes_of(f"127.0.0.1:{server.port}")[0], 1, "the version of who is alone")


def logins_come_from_a_file(server):
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "login")
        file.write_text(Guarded.LOGIN + "\n", encoding="ascii")
        with Guarded(server.binary, ["-Y", str(file), "-A"]) as guarded:
            address = f"127.0.0.1:{guarded.port}"
            login = ["--user-file", str(file)]
            check_equal(nodes_of(address, *login)[1][address]["health"], "up", "health")
            for command in ("nodes", "drain"):
                status, output, said = run(command, "--endpoint", address)
                check_equal((status, output), (EXIT_CANNOT, ""), f"{command} without a login")
                check("unauthenticated" in said, f"{command} without a login prints {said}")
            check_equal(run("drain", "--endpoint", address, *login, "--wait", "10")[0], 0, "drain")
            guarded.wait_for_clean_end("after larderctl drain")
        file.write_text("no colon\n", encoding="ascii")
        check_equal(run("nodes", "--endpoint", address, "--user-file", str(file))[2],
                    f"larderctl nodes: {file} has no line user:password\n"
                    "larderctl nodes --help says more\n", "the error about such a file")


def certificates_of_servers_are_verified(server):
    address = f"127.0.0.1:{server.port}"
    certificate, key = server.client
    trusting = ["--tls", "--cert", certificate, "--key", key, "--cacert", server.authority.path]
    check_equal(nodes_of(address, *trusting)[1][address]["health"], "up", "health")
    with tempfile.TemporaryDirectory() as directory:
        stranger = ["--tls", "--cert", certificate, "--key", key,
                    "--cacert", Authority(directory).path]
        for command in ("nodes", "drain"):
            for words, wanted in (
                (stranger, "the certificate is not valid for 127.0.0.1"),
                ([*trusting, "--server-name", "other.example"], "not valid for other.example"),
                (trusting[:5], "the certificate is not valid for 127.0.0.1"),
            ):
                status, output, said = run(command, "--endpoint", address, *words)
                check_equal((status, output), (EXIT_CANNOT, ""), f"{command} {words}")
                check(wanted in said, f"{command} {words} prints {said}")
        check_equal(nodes_of(address, *stranger, "--insecure")[1][address]["health"], "up",
                    "health where any certificate will do")
    status, _, said = run("nodes", "--endpoint", address, "--tls", "--cacert",
                          server.authority.path)
    check_equal(status, EXIT_CANNOT, f"the status without a certificate, with {said}")
    status, _, said = run("nodes", "--endpoint", address, "--timeout", "500")
    check_equal(status, EXIT_CANNOT, f"the status without TLS, with {said}")
    for words, wanted in ((["--insecure"], "--insecure needs --tls"),
                          (["--cacert", "none"], "--cacert needs --tls"),
                          (["--tls", "--cacert", "none"], "cannot use the CA certificate none")):
        status, _, said = run("nodes", "--endpoint", address, *words)
        check_equal(status, EXIT_USAGE, f"the status of {words}")
        check(wanted in said, f"{words} prints {said}")
    check_equal(run("drain", "--endpoint", address, *trusting, "--wait", "10")[:2],
                (0, f"{address}: draining\n{address}: stopped\n"), "drain")
    server.wait_for_clean_end("after larderctl drain")


def escape_sequences_of_a_server_are_not_printed(painting):
    for command in ("nodes", "drain"):
        status, output, said = run(command, "--endpoint", painting.address)
        check_equal((status, output), (EXIT_CANNOT, ""), f"{command} of who answers anything")
        check("?[31mred??0m" in said, f"{command} prints {said!r}")


def invalid_arguments_are_refused(server):
    away = f"127.0.0.1:{free_port()}"
    status, output, said = run("nodes", "--endpoint", away)
    check_equal((status, output), (EXIT_CANNOT, ""), "nodes of an unreachable server")
    check_equal(said, "larderctl nodes: no endpoint returned the list of nodes:\n"
                f"  cannot connect to {away}: Connection refused\n", "standard error")
    address = f"127.0.0.1:{server.port}"
    for words in (("nodes",), ("drain",), ("nodes", "--endpoint", "host"),
                  ("drain", "--endpoint", f"{address},{address}"),
                  ("nodes", "--endpoint", address, "--timeout", "0"),
                  ("drain", "--endpoint", address, "--wait", "soon")):
        status, output, said = run(*words)
        check_equal((status, output), (EXIT_USAGE, ""), f"larderctl {' '.join(words)}")
        check(said.endswith(f"larderctl {words[0]} --help says more\n"), said)
    for command in ("nodes", "drain"):
        check("--endpoint" in run(command, "--help")[1], f"the help of {command}")


def main():
    global LARDERCTL
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--larderctl", required=True)
    options = parser.parse_args()
    LARDERCTL = str(Path(options.larderctl).resolve())
    binary = options.larder
    end_with([passes(test, start) for test, start in (
        (a_killed_node_is_down, lambda: Three(binary)),
        (the_table_has_a_row_for_each_node, lambda: Three(binary)),
        (a_draining_node_leaves_the_list_before_it_stops, lambda: Three(binary, DRAIN)),
        (a_node_that_does_not_stop_in_time_is_reported, lambda: Three(binary, DRAIN)),
        (a_node_without_shutdown_is_reported, lambda: Server(binary)),
        (a_node_that_is_not_on_its_own_list_drains, lambda: Server(binary)),
        (logins_come_from_a_file, lambda: Server(binary)),
        (certificates_of_servers_are_verified, lambda: Encrypted(binary)),
        (escape_sequences_of_a_server_are_not_printed, Painting),
        (invalid_arguments_are_refused, lambda: Server(binary)),
    )])


if __name__ == "__main__":
    main()
