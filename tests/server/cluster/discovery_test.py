#!/usr/bin/python3
"""`config get cluster`, byte for byte, and how widespread clients parse it.

    python3 tests/server/cluster/discovery_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import json  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402

from harness import (  # noqa: E402
    Server,
    arguments,
    check,
    check_equal,
    end_with,
    passes,
    wait_until,
)

NAMES = ["node1.example.com", "node2.example.com", "node10.example.com"]
NODES = "node2.example.com:11212|10.0.0.2,node1.example.com:11211|10.0.0.1"
LIST = b"node1.example.com|10.0.0.1|11211 node2.example.com|10.0.0.2|11212\n"
EX_CONFIG = 78
SAFE_SIZE = 8196


class ClusterServer(Server):
    """A server with a file of nodes, a state and a log in its own directory."""

    def __init__(self, binary, *options, nodes=None):
        self.directory = tempfile.TemporaryDirectory(prefix="larder-discovery-")
        self.log, self.nodes, self.state, self.socket = (
            Path(self.directory.name, name) for name in ("log", "nodes", "state", "socket"))
        words = ["--log-format", "json", "--log-file", str(self.log),
                 "--cluster-state", str(self.state)]
        words += [word.replace("{directory}", self.directory.name) for word in options]
        if nodes is not None:
            self.write(nodes)
            words += ["--nodes-file", str(self.nodes)]
        super().__init__(binary, words)

    def write(self, *nodes):
        self.nodes.write_text("".join(f"{node}\n" for node in nodes), encoding="ascii")

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def events(self, event):
        lines = self.log.read_text(encoding="ascii").splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line[-1] == "\n"]
        return [line for line in found if line["event"] == event]

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self.directory.cleanup()


def answer_to(command, server, address=None):
    """The whole reply to a client that sends only this command."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    if address and not isinstance(address, str) and ":" in address[0]:
        family = socket.AF_INET6
    with socket.socket(family) as client:
        client.settimeout(10)
        client.connect(address or ("127.0.0.1", server.port))
        client.sendall(command)
        client.shutdown(socket.SHUT_WR)
        found = b""
        while piece := client.recv(1 << 17):
            found += piece
        return found


def config(text):
    return b"CONFIG cluster 0 %d\r\n%b\r\nEND\r\n" % (len(text), text)


def cluster_of(server):
    """(version, nodes line) of a complete reply."""
    found = answer_to(b"config get cluster\r\n", server)
    text = found.split(b"\r\n", 1)[1][:-len(b"\r\nEND\r\n")]
    check_equal(found, config(text), "the frame")
    version, nodes, rest = text.split(b"\n")
    check_equal(rest, b"", "what stands behind the nodes")
    return int(version), nodes


# --- The list ------------------------------------------------------------------------------------


def answers_byte_for_byte(server):
    expected = config(b"1\n" + LIST)
    for command in (b"config get cluster\r\n", b"config get cluster \r\n", b"config get cluster\n",
                    b"config get cluster \n"):
        check_equal(answer_to(command, server), expected, f"the answer to {command}")
    check_equal(answer_to(b"config get cluster\r\n\r\nmn\r\n", server),
                expected + b"CLIENT_ERROR bad command line format\r\nMN\r\n",
                "the answer with an empty line behind it")
    check_equal(answer_to(b"config get unknown\r\n", server), b"END\r\n", "another key")
    check_equal(answer_to(b"get AmazonElastiCache:cluster\r\n", server),
                b"VALUE AmazonElastiCache:cluster 0 %d\r\n%b\r\nEND\r\n"
                % (len(LIST) + 2, b"1\n" + LIST), "the answer to those who know no config")


def is_the_server_itself_by_default(server):
    for host in ("127.0.0.1", "127.0.0.2"):
        text = f"1\n{host}|{host}|{server.port}\n".encode()
        check_equal(answer_to(b"config get cluster\n", server, (host, server.port)), config(text),
                    f"the answer at {host}")
    text = f"1\n127.0.0.1|127.0.0.1|{server.port}\n".encode()
    check_equal(answer_to(b"config get cluster\n", server, str(server.socket)), config(text),
                "the answer at the Unix socket")
    check("cmd_config_get" not in server.stats(), "a row of stats that memcached has not")
    check_equal(server.stats("larder")["cmd_config_get"], "3", "cmd_config_get")


def is_what_it_advertises(server):
    check_equal(cluster_of(server), (1, b"cache.example.com|192.0.2.7|4711"), "the list")


def counts(server):
    for _ in range(3):
        cluster_of(server)
    rows = server.stats()
    check_equal([rows[name] for name in ("cmd_config_get", "cmd_config_set", "curr_config")],
                ["3", "0", "1"], "the counters")


# --- Its changes ---------------------------------------------------------------------------------


def follows_its_file(server):
    check_equal(cluster_of(server), (1, b"a.example||1"), "the first list")
    versions = [1]
    for change in range(5):
        server.write("a.example:1", f"b.example:{change + 1}")
        server.hang_up()
        expected = b"a.example||1 b.example||%d" % (change + 1)
        wait_until(lambda: cluster_of(server)[1] == expected, f"change {change}")
        versions.append(cluster_of(server)[0])
    check_equal(versions, [1, 2, 3, 4, 5, 6], "the versions")
    server.write("a_b.example:1")
    server.hang_up()
    wait_until(lambda: server.events("files_not_read"), "a line of the log")
    line = server.events("files_not_read")[0]
    check_equal(line["files"], "nodes", "the files")
    check("nodes:1: cluster node 'a_b.example:1'" in line["error"], f"the error {line['error']}")
    check_equal(cluster_of(server)[0], 6, "the version after a bad file")
    lines = server.events("cluster_changed")
    check_equal([line["version"] for line in lines], versions, "versions in the log")
    check_equal(lines[-1]["nodes"], 2, "nodes in the log")


def never_falls_back(server):
    for expected in range(1, 6):
        check_equal(cluster_of(server)[0], expected, "the version")
        # After any kind of end.
        if expected % 2:
            server.stop()
        else:
            server.kill()
        server.write("a.example:1", f"b.example:{expected}")
        server.restart()
    server.restart()
    check_equal(cluster_of(server), (6, b"a.example||1 b.example||5"), "the same list")


def is_set_only_with_permission(server):
    text = b"12\nb.example|10.0.0.2|1 a.example|10.0.0.1|1\n"
    check_equal(answer_to(b"config set cluster 0 %d\r\n%b\r\n" % (len(text), text), server),
                b"STORED\r\n", "config set")
    expected = (12, b"a.example|10.0.0.1|1 b.example|10.0.0.2|1")
    check_equal(cluster_of(server), expected, "the list")
    server.restart()
    check_equal(cluster_of(server), expected, "the list after a restart")
    bad = b"13\na_b||1\n"
    check_equal(answer_to(b"config set cluster 0 %d\r\n%b\r\n" % (len(bad), bad), server),
                b"CLIENT_ERROR bad list of cluster nodes: see the log\r\n", "a bad list")
    wait_until(lambda: server.events("cluster_refused"), "a line of the log")
    check("'a_b||1'" in server.events("cluster_refused")[0]["error"], "the reason in the log")


def warns_of_a_text_that_some_clients_refuse(server):
    check_equal(server.events("cluster_text_long"), [], "warnings of a short list")
    nodes = [f"node{n}.cluster.example.com:11211|10.0.{n // 250}.{n % 250 + 1}" for n in range(300)]
    server.write(*nodes)
    server.hang_up()
    wait_until(lambda: server.events("cluster_text_long"), "a warning of a long list")
    size = server.events("cluster_text_long")[0]["bytes"]
    check(size > SAFE_SIZE, f"{size} bytes")
    check_equal(len(cluster_of(server)[1].split(b" ")), 300, "nodes of a long list")


def invalid_configurations_abort_the_start(server):
    def refused(*words):
        done = subprocess.run(
            [server.binary, "-l", "127.0.0.1", "-p", "-1", "-u", "root", *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=30, check=False)
        return done.returncode, done.stderr.decode().rstrip("\n")

    broken = Path(server.directory.name, "broken")
    broken.write_text("12\n", encoding="ascii")
    status, line = refused("--cluster-state", str(broken))
    check_equal((status, line), (EX_CONFIG, f"larder: {broken}: cluster text: expected two lines, "
                                            "a version and the nodes"), "a broken state")
    status, line = refused("--nodes-file", "/nonexistent/nodes")
    check_equal((status, line), (EX_CONFIG, "larder: there is no file /nonexistent/nodes"),
                "no file")
    status, line = refused("--nodes", "cache_1.example:11211")
    check_equal((status, line), (1, "larder: --nodes: cluster node 'cache_1.example:11211': a host "
                                    "is a literal address, or letters, digits, '-' and '.'"),
                "a bad host")


# --- How clients parse it ------------------------------------------------------------------------
#
# Each function parses a list as the code of one client does: it returns (version,
# [(host, ip, port)]) or fails.


def as_libmemcached(server):
    found = answer_to(b"config get cluster \r\n", server)
    check(len(found) <= SAFE_SIZE, "too long a payload")
    return lines_of(found.split(b"\n", 1)[1].rsplit(b"\r\nEND\r\n", 1)[0])


def as_aws_java(server):
    """Uses the length, after which CR and LF must follow; then there are two lines."""
    found = answer_to(b"config get cluster\r\n", server)
    head, rest = found.split(b"\r\n", 1)
    words = head.split(b" ")
    check_equal(int(words[2]), 0, "the flags")
    size = int(words[3])
    check_equal(rest[size:], b"\r\nEND\r\n", "what follows the data")
    lines = re.split(rb"\r?\n", rest[:size].strip())
    check_equal(len(lines), 2, "lines")
    return lines_of(b"\n".join(lines))


def as_thanos(server):
    """Splits at LF; compares the length with the two lines."""
    found = answer_to(b"config get cluster\n", server).split(b"\n")
    words = found[0].split()
    check_equal((len(words), words[0]), (4, b"CONFIG"), "the first line")
    check_equal(len(found[1]) + len(found[2]) + 2, int(words[3]), "the length")
    return lines_of(found[1] + b"\n" + found[2])


def as_django_elasticache(server):
    with server.talk() as client:
        client.send(b"version\n")
        words = client.line().split(b" ")
        check(len(words) == 2 and re.fullmatch(rb"\d+\.\d+\.\d+", words[1]), f"version {words}")
    found = answer_to(b"config get cluster\n", server)
    check(found.endswith(b"\n\r\nEND\r\n"), "the end")
    lines = [line for line in found.splitlines() if line.strip()]
    check_equal(len(lines), 4, "lines that are not empty")
    return lines_of(b"\n".join(lines[1:3]))


def as_elasticache_pyclient(server):
    parts = re.split(rb"\r?\n", answer_to(b"config get cluster\n", server))
    check_equal(len(parts), 6, "parts")
    return lines_of(parts[1] + b"\n" + parts[2])


def as_emcache(server):
    """Requires the whole reply in one piece, with the right end."""
    with server.talk() as client:
        client.send(b"config get cluster\r\n")
        piece = client.socket.recv(1 << 16)
    check(piece.endswith(b"END\r\n"), "it does not come in one piece")
    head = re.match(rb"^CONFIG cluster 0 (\d+)\r\n", piece)
    return lines_of(piece[head.end():head.end() + int(head[1])])


def as_dalli(server):
    """Reads up to a line that contains END at any position."""
    text = b""
    for line in answer_to(b"config get cluster\r\n", server).splitlines(keepends=True):
        if b"END" in line:
            break
        text += line
    version = re.search(rb"^(\d+)\r?\n", text, re.M)
    address = rb"([-.a-zA-Z0-9]+)\|(\b\d{1,3}(?:\.\d{1,3}){3}\b)\|(\d+)"
    nodes = re.search(rb"^(?:%b\s*)+$" % address, text, re.M)[0]
    return int(version[1]), [tuple(node) for node in re.findall(address, nodes)]


def as_enyim(server):
    """Requires literal addresses, single spaces, a 31-bit version and a numeric server version."""
    check(re.fullmatch(r"\d+(\.\d+){1,3}", server.stats()["version"]), "the server's version")
    version, nodes = as_aws_java(server)
    check(version < 1 << 31, f"version {version}")
    for _, ip, _ in nodes:
        socket.inet_aton(ip.decode())
    return version, nodes


def as_gomemcache(server):
    """A line that contains CONFIG at any position begins a record."""
    found = answer_to(b"config get cluster\r\n", server)
    check_equal(sum(b"CONFIG" in line for line in found.splitlines()), 1, "lines with CONFIG")
    return as_thanos(server)


def lines_of(text):
    version, nodes = text.rstrip(b"\n").split(b"\n")
    found = [tuple(node.split(b"|")) for node in nodes.split(b" ")]
    check(all(len(node) == 3 and node[0] for node in found), f"nodes {nodes}")
    return int(version), found


PARSERS = [as_libmemcached, as_aws_java, as_thanos, as_django_elasticache,
           as_elasticache_pyclient, as_emcache, as_dalli, as_enyim, as_gomemcache]


def every_client_reads_the_same_list(server):
    for change in range(1, 6):
        expected = (change, [(name.encode(), b"10.0.0.%d" % n, b"1121%d" % change)
                             for n, name in enumerate(sorted(NAMES), 1)])
        for parser in PARSERS:
            check_equal(parser(server), expected, f"list {change} {parser.__name__}")
        server.write(*(f"{name}:1121{change + 1}|10.0.0.{n}"
                       for n, name in enumerate(sorted(NAMES), 1)))
        if change == 3:
            server.restart()
        else:
            server.hang_up()
            wait_until(lambda: cluster_of(server)[0] == change + 1, "a change")


def an_upper_case_name_is_not_a_protocol_word(server):
    for parser in PARSERS:
        nodes = parser(server)[1]
        check_equal([node[0] for node in nodes], [b"backend-config.EN-D.example"],
                    f"hosts {parser.__name__}")


def main():
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder

    def cluster(*options, nodes=None):
        return lambda: ClusterServer(binary, *options, nodes=nodes)

    three = "\n".join(f"{name}:11211|10.0.0.{n}" for n, name in enumerate(sorted(NAMES), 1))
    end_with([passes(test, start) for test, start in (
        (answers_byte_for_byte, cluster("--nodes", NODES)),
        (is_the_server_itself_by_default, cluster("-l", "127.0.0.2", "-s", "{directory}/socket")),
        (is_what_it_advertises, cluster("--advertise", "cache.example.com:4711|192.0.2.7")),
        (counts, cluster("--nodes", NODES)),
        (follows_its_file, cluster(nodes="a.example:1")),
        (never_falls_back, cluster(nodes="a.example:1")),
        (is_set_only_with_permission, cluster("-o", "config_set")),
        (warns_of_a_text_that_some_clients_refuse, cluster(nodes="a.example:1")),
        (invalid_configurations_abort_the_start, cluster()),
        (every_client_reads_the_same_list, cluster(nodes=three)),
        (an_upper_case_name_is_not_a_protocol_word,
         cluster("--nodes", "backend-config.EN-D.example:1|10.0.0.1")),
    )])


if __name__ == "__main__":
    main()
