"""A server with --http, access to its pages, and a load that increments every counter.

Used by tests/server/http/http_test.py and tests/packaging.  Nothing here is shared between threads.
"""

import http.client
import re
import socket

from harness import Server, check, check_equal, free_port


class HttpServer(Server):
    """A server with --http on a separate port."""

    def __init__(self, binary, options=()):
        self.http_port = free_port()
        super().__init__(binary, [*options, "--http", f"127.0.0.1:{self.http_port}"])

    def http(self, path, method="GET"):
        """The status, the headers and the body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def page(self, path):
        """The body of a page that must exist."""
        status, _, body = self.http(path)
        check_equal(status, 200, f"status of {path}")
        return body

    def metrics(self):
        return parsed_metrics(self.page("/metrics"))

    def raw(self, data=b""):
        """A connection to the HTTP port on which `data` was sent."""
        client = socket.create_connection(("127.0.0.1", self.http_port), timeout=30)
        client.sendall(data)
        return client


def parsed_metrics(text):
    """{(name, labels as a frozenset of pairs): value}; fails on an invalid format."""
    samples, described, ended = {}, {}, set()
    family = None
    for line in text.splitlines():
        if line.startswith("#"):
            kind, name, rest = re.fullmatch(r"# (HELP|TYPE) (\w+) (.+)", line).groups()
            described.setdefault(name, {})[kind] = rest
            continue
        name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
        part = re.fullmatch(r"(\w+)_(?:bucket|sum|count)", name)
        if part and described.get(part.group(1), {}).get("TYPE") == "histogram":
            this = part.group(1)
        else:
            this = name
        if this != family:
            check(this not in ended, f"{this} stands in two places")
            ended.add(family)
            family = this
        pairs = frozenset(re.findall(r'(\w+)="((?:\\.|[^"\\])*)"', labels or ""))
        check((name, pairs) not in samples, f"{line} is there twice")
        check(set(described.get(this, {})) == {"HELP", "TYPE"}, f"{this} lacks HELP or TYPE")
        samples[name, pairs] = float(value)
    parsed_metrics.types = {name: each["TYPE"] for name, each in described.items()}
    return samples


def load(server):
    """Increments every counter, also those of a full memory."""
    with server.talk() as client:
        for n in range(1500):
            client.send(b"set key%d 0 %d 10000 noreply\r\n%s\r\n" % (n, n % 2, b"x" * 10_000))
        for n in range(200):
            client.set(b"small%d" % n, b"v" * n)
            client.get(b"small%d" % n)
        client.get(b"none")
        client.set(b"n", b"5")
        for command in (b"incr n 2", b"decr n 1", b"incr none 1", b"decr none 1", b"touch n 0",
                        b"touch none 0", b"delete small1", b"delete none"):
            client.ask(command)
        client.send(b"gets n\r\n")
        cas = client.line().split()[-1]
        client.line(), client.line()
        check_equal(client.ask(b"cas n 0 0 1 999999\r\n1"), b"EXISTS", "reply to a stale cas")
        check_equal(client.ask(b"cas n 0 0 1 " + cas + b"\r\n1"), b"STORED", "reply to a cas")
        check_equal(client.ask(b"cas none 0 0 1 1\r\n1"), b"NOT_FOUND", "reply to a cas of nothing")
        client.send(b"set large 0 0 2000000\r\n" + b"x" * 2_000_000 + b"\r\n")
        check(client.line().startswith(b"SERVER_ERROR"), "an item over the limit was taken")
        client.ask(b"flush_all 1000")
