"""The cost of connections: short ones that are served once, and idle ones."""

import resource
import socket
import statistics
import time

from benchlib import generator, progress
from benchlib.memory import rss_bytes
from benchlib.server import ServerError
from benchlib.table import print_aligned

OPERATIONS_PER_CONNECTION = 2  # a set, and a get of its key
CONNECTIONS_PER_SECOND_MIN = 500
DESCRIPTORS_BESIDE = 200  # descriptors of the server and this process besides connections
SETTLE_SECONDS = 2
ANSWER_SECONDS_MAX = 10
VALUE = b"v" * 100
CONVERSATION = (b"set idle 0 0 %d\r\n%s\r\nget idle\r\n" % (len(VALUE), VALUE))
ANSWER = b"STORED\r\nVALUE idle 0 %d\r\n%s\r\nEND\r\n" % (len(VALUE), VALUE)


def allow_descriptors(count):
    """Raises the descriptor limit, which servers inherit; OSError or ValueError on failure."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            hard = count
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def _short(server, options):
    """CPU nanoseconds of the server for each connection of one round."""
    words = generator.load_words(
        server, options, "--workload", "setget", "--keys", 1000, "--connections", options.at_once,
        "--reconnect-every", OPERATIONS_PER_CONNECTION, "--hold", "--warmup-seconds", 0.2,
        "--operations", OPERATIONS_PER_CONNECTION * options.connections)
    readings = []

    def read():
        readings.append(server.cpu_nanoseconds())

    seconds_max = 60 + options.connections / CONNECTIONS_PER_SECOND_MIN
    report = generator.run(words, read, read, seconds_max)
    if report["reconnects"] == 0:
        raise generator.GeneratorError("--connections is too few for anyone to reconnect")
    return (readings[1] - readings[0]) / report["reconnects"]


def measure_short(servers, options):
    """Name -> (costs by round, the reason why there are none)."""
    costs = {server.name: [] for server in servers}
    reasons = {server.name: "" for server in servers}
    for number in range(options.rounds):
        start = number % len(servers)
        for server in servers[start:] + servers[:start]:
            if reasons[server.name]:
                continue
            progress.show(f"connections round {number + 1}/{options.rounds} {server.name}")
            try:
                costs[server.name].append(_short(server, options))
            except generator.GeneratorError as error:
                costs[server.name].clear()
                reasons[server.name] = str(error)
    progress.clear()
    return costs, reasons


def _converse(client):
    client.sendall(CONVERSATION)
    answer = b""
    while len(answer) < len(ANSWER):
        piece = client.recv(4096)
        if not piece:
            raise generator.GeneratorError("the server closed a connection")
        answer += piece
    if answer != ANSWER:
        raise generator.GeneratorError(f"a wrong answer: {answer[:60]!r}")


def _connect(server):
    client = socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS_MAX)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _converse(client)
    return client


def _idle(server, count):
    """Growth of resident bytes per connection, after each has been served once."""
    clients = []
    try:
        clients.append(_connect(server))
        time.sleep(SETTLE_SECONDS)
        before = rss_bytes(server.pid)
        for _ in range(count):
            clients.append(_connect(server))
        time.sleep(SETTLE_SECONDS)
        grown = rss_bytes(server.pid) - before
        # All connections existed at the same time only if the first and the last are still open.
        _converse(clients[0])
        _converse(clients[-1])
        return grown / count
    finally:
        for client in clients:
            client.close()


def measure_idle(start_server, templates, options):
    """Name -> bytes per idle connection; and the reasons for missing results."""
    sizes, reasons = {}, {}
    for name, template in templates:
        progress.show(f"idle connections {name}")
        try:
            with start_server(name, template) as server:
                sizes[name] = _idle(server, options.idle)
        except (generator.GeneratorError, ServerError, OSError) as error:
            reasons[name] = str(error)
    progress.clear()
    return sizes, reasons


def print_table(templates, costs, sizes, reasons, yardstick):
    """`costs` and `sizes` are by server and may be incomplete; `reasons` is a list of lines."""
    middles = {name: statistics.median(rounds) for name, rounds in costs.items() if rounds}
    lines = [["server", "ns/connection", "min-max", "ratio", "idle bytes"]]
    for name, _ in templates:
        cost = spread = ratio = "-"
        if name in middles:
            cost = f"{middles[name]:.0f}"
            spread = f"{min(costs[name]):.0f}-{max(costs[name]):.0f}"
            if yardstick in middles:
                ratio = f"{middles[name] / middles[yardstick]:.3f}"
        idle = f"{sizes[name]:.0f}" if name in sizes else "-"
        lines.append([name, cost, spread, ratio, idle])
    print_aligned(lines, left_count=1)
    for reason in reasons:
        print(f"- {reason}")
