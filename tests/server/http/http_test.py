#!/usr/bin/python3
"""The port of --http: every metric of memcached_exporter, the figures of `stats`, and replies
whatever happens on the cache's port or on this one.

    python3 tests/server/http/http_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import json  # noqa: E402
import re  # noqa: E402
import resource  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402

from harness import (  # noqa: E402
    arguments,
    check,
    check_equal,
    end_with,
    free_port,
    passes,
    wait_until,
)

from http_harness import HttpServer, load, parsed_metrics  # noqa: E402
from exporter_metrics import COMMANDS, LINT_OF_THE_EXPORTER, METRICS, SLAB_COMMANDS  # noqa: E402

HTTP_CONNECTIONS_MAX = 64
HTTP_PATIENCE_SECONDS = 10.0
CLIENTS_MAX = 20
FLOOD = 1000
# Allows for scheduling, one sweep a second, and sanitizers.
SLACK_SECONDS = 8.0
LARGE_SIZE = 12 << 20

# Figures that time and the stats commands change.
MOVING = {
    "memcached_process_system_cpu_seconds_total",
    "memcached_process_user_cpu_seconds_total",
    "memcached_read_bytes_total",
    "memcached_slab_items_age_seconds",
    "memcached_time_seconds",
    "memcached_uptime_seconds",
    "memcached_written_bytes_total",
}


def everything_from(client):
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    client.close()
    return received


def becomes_alone(client):
    """Waits until the server has closed what earlier clients have closed."""
    wait_until(lambda: client.stats()["curr_connections"] == "1", "the end of earlier connections")


def classes_of(rows, prefix):
    """{class id: {field: value}} of `stats items` and `stats slabs`."""
    classes = {}
    for name, value in rows.items():
        match = re.fullmatch(prefix + r"(\d+):(\w+)", name)
        if match:
            classes.setdefault(match.group(1), {})[match.group(2)] = value
    return classes


def number(text):
    return {"yes": 1.0, "no": 0.0}[text] if text in ("yes", "no") else float(text)


def figures(client):
    """The expected /metrics according to the replies of the commands."""
    found = {}
    general, settings = client.stats(), client.stats("settings")
    items, slabs = client.stats("items"), client.stats("slabs")
    rows = {"stats": general, "settings": settings, "slab_totals": slabs}
    classes = {"items": classes_of(items, "items:"), "slabs": classes_of(slabs, "")}
    for name, _, topic, key, labels in METRICS:
        if topic in rows:
            found[name, frozenset(labels)] = number(rows[topic][key])
        for id, fields in classes.get(topic, {}).items():
            found[name, frozenset([("slab", id), *labels])] = number(fields[key])
    for (command, status), (plus, minus) in COMMANDS.items():
        found["memcached_commands_total", frozenset([("command", command), ("status", status)])] = (
            sum(int(general[key]) for key in plus) - sum(int(general[key]) for key in minus)
        )
    for id, fields in classes["slabs"].items():
        for (command, status), (plus, minus) in SLAB_COMMANDS.items():
            labels = frozenset([("slab", id), ("command", command), ("status", status)])
            found["memcached_slab_commands_total", labels] = sum(
                int(fields[key]) for key in plus
            ) - sum(int(fields[key]) for key in minus)
    found["memcached_up", frozenset()] = 1
    found["memcached_version", frozenset([("version", general["version"])])] = 1
    return found


def metrics_have_the_exporters_names_and_equal_stats(server):
    load(server)
    with server.talk() as client:
        becomes_alone(client)
        before = figures(client)
        metrics = server.metrics()
        types = dict(parsed_metrics.types)
        after = figures(client)
    check(len(before) > 500, f"only {len(before)} figures: was there no load?")
    names = {name for name, _ in metrics}
    for name, kind, *_ in METRICS:
        check(name in names, f"/metrics has no {name}")
        check_equal(types[name], kind, f"type of {name}")
    for key, value in before.items():
        check(key in metrics, f"/metrics has no {key}")
        low, high = sorted([value, after[key]])
        check(low <= metrics[key] <= high, f"{key} is {metrics[key]}, not in {low}..{high}")
        check(low == high or key[0] in MOVING, f"{key} changed meanwhile: not compared exactly")
    extra = {key for key in metrics if key[0].startswith("memcached_")} - set(before)
    check(not extra, f"/metrics has what `stats` has not: {sorted(map(str, extra))[:5]}")


def larders_own_metrics_count(server):
    load(server)
    metrics = server.metrics()
    with server.talk() as client:
        rows = client.stats("larder")
    none = frozenset()
    for name in ("memory_limit_bytes", "memory_used_bytes", "index_bytes", "pages_in_use"):
        check_equal(metrics[f"larder_{name}", none], float(rows[name]), f"larder_{name}")
    sets = sum(v for (name, _), v in metrics.items() if name == "larder_worker_sets_total")
    check_equal(int(sets), int(server.stats()["cmd_set"]), "sets of all workers")
    ghosts = sum(v for (name, _), v in metrics.items() if name == "larder_slab_ghosts_total")
    check(ghosts > 0, "nothing evicted was remembered")
    check(metrics["process_resident_memory_bytes", none] > 1 << 20, "resident memory")
    check(metrics["process_open_fds", none] > 5, "open descriptors")
    started = metrics["process_start_time_seconds", none]
    check(abs(time.time() - started) < 120, f"the process started at {started}")


def latencies_are_a_histogram_of_what_stats_latency_counts(server):
    load(server)
    family = "larder_command_duration_seconds"
    with server.talk() as client:
        before, metrics, after = client.stats("latency"), server.metrics(), client.stats("latency")
    for kind in ("get", "set", "delete", "touch", "incr", "other"):
        label = ("command", kind)
        buckets = {
            float(dict(labels)["le"]): value for (name, labels), value in metrics.items()
            if name == f"{family}_bucket" and label in labels
        }
        counts = [buckets[bound] for bound in sorted(buckets)]
        check(10 <= len(counts) <= 30, f"{len(counts)} buckets of {kind}")
        check(counts == sorted(counts), f"a bucket of {kind} has less than the one before")
        count = metrics[f"{family}_count", frozenset([label])]
        check_equal(counts[-1], count, f"the last bucket of {kind}")
        low, high = (int(rows[f"{kind}:count"]) for rows in (before, after))
        check(low <= count <= high, f"{count} {kind} in the histogram, not {low}..{high}")
        mean_us = metrics[f"{family}_sum", frozenset([label])] / count * 1e6
        if low == high:
            shown = float(after[f"{kind}:mean_us"])
            check(abs(mean_us - shown) <= 0.051, f"{kind} takes {mean_us} us, by stats {shown}")


def without_measuring_there_is_no_histogram(server):
    load(server)
    check("larder_command_duration" not in server.page("/metrics"), "a histogram of nothing")


def promtool_reports_only_what_it_reports_for_the_exporter(server):
    load(server)
    text = server.page("/metrics")
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60
    )
    complaints = set((checked.stdout + checked.stderr).splitlines())
    check_equal(complaints, LINT_OF_THE_EXPORTER, "what promtool says")


def every_metric_is_documented_and_nothing_else(server):
    root = Path(__file__).resolve().parents[3]
    documented = dict(re.findall(
        r"^\| `(\w+)(?:\{[^}]*\})?` \| (\w+) \|", (root / "docs/metrics.md").read_text(), re.M
    ))
    load(server)
    server.metrics()
    for name, kind in parsed_metrics.types.items():
        check_equal(documented.get(name), kind, f"type of {name} in docs/metrics.md")
    sources = "".join(path.read_text() for path in root.glob("server/http/metrics_*.cc"))
    written = set(re.findall(r'"((?:memcached|larder|process)_\w+)"', sources))
    check_equal(set(documented) ^ written, set(), "in the list or in the sources only")


def stats_json_has_the_numbers_of_stats(server):
    load(server)
    with server.talk() as client:
        becomes_alone(client)
        before = {"stats": client.stats(), "settings": client.stats("settings")}
        page = json.loads(server.page("/stats.json"))
        before["larder"] = client.stats("larder")
        slabs, items = client.stats("slabs"), client.stats("items")
    moving = {"time", "uptime", "rusage_user", "rusage_system", "bytes_read", "bytes_written"}
    for topic, rows in before.items():
        check_equal(list(page[topic]), list(rows), f"names in {topic}")
        for name, value in rows.items():
            shown = page[topic][name]
            if name in moving:
                check(isinstance(shown, (int, float)), f"{name} is no number: {shown!r}")
            elif isinstance(shown, str):
                check_equal(shown, value, name)
            else:
                check_equal(float(shown), float(value), name)
    for name in ("version", "libevent", "inter", "umask", "stat_key_prefix"):
        shown = page["stats"].get(name, page["settings"].get(name))
        check(isinstance(shown, str), f"{name} is no text: {shown!r}")
    classes_by_topic = {"items": classes_of(items, "items:"), "slabs": classes_of(slabs, "")}
    for topic, classes in classes_by_topic.items():
        shown = {id: rows for id, rows in page[topic].items() if id.isdigit()}
        check_equal(set(shown), set(classes), f"classes in {topic}")
        for id, fields in classes.items():
            check_equal(list(shown[id]), list(fields), f"names in {topic} of class {id}")
            check(all(isinstance(v, int) for v in shown[id].values()), f"{topic} of class {id}")
    check_equal(page["slabs"]["active_slabs"], len(classes_of(slabs, "")), "active_slabs")
    check_equal(len(page["workers"]), page["stats"]["threads"], "workers")


def pages_have_their_types_and_other_paths_are_not_found(server):
    for path, status, kind in (
        ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"),
        ("/metrics?name=x", 200, "text/plain; version=0.0.4; charset=utf-8"),
        ("/stats.json", 200, "application/json"),
        ("/healthz", 200, "text/plain; charset=utf-8"),
        ("/readyz", 200, "text/plain; charset=utf-8"),
        ("/", 200, "text/html; charset=utf-8"),
        ("/index.html", 404, "text/plain; charset=utf-8"),
        ("/metrics/", 404, "text/plain; charset=utf-8"),
        ("/../etc/passwd", 404, "text/plain; charset=utf-8"),
    ):
        got, headers, body = server.http(path)
        check_equal((got, headers["Content-Type"]), (status, kind), f"answer to {path}")
        check_equal(len(body), int(headers["Content-Length"]), f"length of {path}")
        if status == 404:
            check("/metrics\n" in body and "/readyz\n" in body, f"{path} lists no pages: {body}")
    for path in ("/healthz", "/readyz"):
        check_equal(server.page(path), "ok\n", path)
    status, headers, body = server.http("/metrics", "HEAD")
    check_equal((status, body), (200, ""), "answer to HEAD")
    check(int(headers["Content-Length"]) > 1000, "HEAD has no length of the page")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, headers, _ = server.http("/metrics", method)
        check_equal((status, headers.get("Allow")), (405, "GET, HEAD"), method)


def a_foreign_host_name_on_loopback_is_refused(server):
    for host, status in ((b"rebound.example", 403), (b"rebound.example:9150", 403),
                         (b"localhost:1", 200), (b"[::1]:1", 200), (b"box", 200)):
        answer = everything_from(server.raw(b"GET /metrics HTTP/1.1\r\nHost: " + host +
                                            b"\r\n\r\n"))
        check(answer.startswith(b"HTTP/1.1 %d " % status), f"{host} got {answer[:40]!r}")
    answer = everything_from(server.raw(b"GET /readyz HTTP/1.1\r\nHost: rebound.example\r\n\r\n"))
    check(answer.startswith(b"HTTP/1.1 200 "), f"/readyz got {answer[:40]!r}")


def malformed_requests_are_refused_and_harm_nothing(server):
    host = b"Host: a\r\n"
    for data, status in (
        (b"\r\n\r\n", 400),
        (b"stats\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\n" + host + b"\r\n", 405),
        (b"GET / HTTP/9.9\r\n" + host + b"\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\n" + host + b"\r\n", 400),
        (b"\x80\x01" + b"\x00" * 22 + b"\n\n", 400),
        (b"GET / HTTP/1.1\r\n" + host + b"a: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + host + b"a:b\r\n" * 200 + b"\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\n" + host + b"Content-Length: 5\r\n\r\nhello", 413),
        (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 90000\r\n\r\n" + b"x" * 90_000, 405),
    ):
        answer = everything_from(server.raw(data))
        check(
            answer.startswith(b"HTTP/1.1 %d " % status),
            f"{data[:40]!r} was answered by {answer[:40]!r}",
        )
    for data in (b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r"):
        client = server.raw(data)
        client.shutdown(socket.SHUT_WR)
        check_equal(everything_from(client), b"", f"answer to half a request, {data!r}")
    byte_by_byte = server.raw()
    byte_by_byte.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n":
        byte_by_byte.sendall(bytes([byte]))
    check(everything_from(byte_by_byte).endswith(b"\r\n\r\nok\n"), "a request byte by byte")
    half_closed = server.raw(b"GET /healthz HTTP/1.0\r\n\r\n")
    half_closed.shutdown(socket.SHUT_WR)
    check(everything_from(half_closed).endswith(b"\r\n\r\nok\n"), "a request and an end")
    check_equal(server.page("/healthz"), "ok\n", "/healthz afterwards")


def replies_at_the_limit_of_clients(server):
    with HttpServer(server.binary, ["-c", str(CLIENTS_MAX), "-t", "1"]) as small:
        clients = [small.talk()]
        becomes_alone(clients[0])
        clients += [small.talk() for _ in range(CLIENTS_MAX - 1)]
        for client in clients:
            check_equal(client.ask(b"mn"), b"MN", "answer to a client within the limit")
        with small.talk() as excess:
            check(excess.until_closed().startswith(b"ERROR Too many"), "one too many was served")
        check_equal(small.page("/readyz"), "ok\n", "/readyz at the limit")
        metrics = small.metrics()
        none = frozenset()
        check_equal(metrics["memcached_current_connections", none], CLIENTS_MAX, "connections")
        check_equal(metrics["memcached_max_connections", none], CLIENTS_MAX, "their limit")
        check(metrics["memcached_connections_rejected_total", none] >= 1, "refusals")
        for client in clients:
            client.close()


def is_open(client):
    """Whether the server has neither replied nor closed the connection."""
    client.setblocking(False)
    try:
        client.recv(1)
        return False
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


def a_thousand_connections_are_limited_and_the_cache_still_serves(server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FLOOD + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FLOOD + 200), hard))
    memory_before = server.rss_bytes()
    with server.talk() as client:
        becomes_alone(client)
        clients = []
        for n in range(FLOOD):
            clients.append(server.raw(b"GET /metr"))
            if n % 50 == 0:
                client.set(b"k%d" % n, b"v")
                check_equal(client.get(b"k%d" % n), b"v", "a value in the flood")
                check_equal(server.page("/healthz"), "ok\n", "/healthz in the flood")
        none = frozenset()
        now = server.metrics()["larder_http_connections", none]
        check(now <= HTTP_CONNECTIONS_MAX, f"{now} connections")
        wait_until(
            lambda: sum(map(is_open, clients)) < HTTP_CONNECTIONS_MAX, "the excess is closed"
        )
        check_equal(int(client.stats()["curr_connections"]), 1, "clients of the cache")
        check_equal(client.stats()["rejected_connections"], "0", "clients refused")
    dropped = server.metrics()["larder_http_connections_dropped_total", none]
    check(dropped >= FLOOD - HTTP_CONNECTIONS_MAX, f"{dropped} connections dropped")
    growth = server.rss_bytes() - memory_before
    check(growth < 64 << 20, f"memory grew by {growth} bytes")
    for each in clients:
        each.close()


def slow_clients_are_closed_and_others_served(server):
    talkers = [server.raw(b"GET /metrics HTTP/1.1\r\nHost: a\r\na: ") for _ in range(30)]
    # These never read their reply, which is larger than the default socket buffers.
    for _ in range(5):
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect(("127.0.0.1", server.http_port))
        deaf.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        talkers.append(deaf)
    begun = time.monotonic()
    none = frozenset()
    while server.metrics()["larder_http_connections", none] > 1:
        elapsed = time.monotonic() - begun
        check(elapsed < 2 * HTTP_PATIENCE_SECONDS + SLACK_SECONDS, f"still there after {elapsed} s")
        for talker in talkers[:30]:
            try:
                talker.send(b"x")
            except OSError:
                pass
        time.sleep(0.3)
    check(time.monotonic() - begun > HTTP_PATIENCE_SECONDS / 2, "slow clients were not waited for")
    for talker in talkers:
        talker.close()


def readyz_reports_draining_while_the_server_stops(server):
    with HttpServer(server.binary, ["-m", "256", "-I", "16m"]) as stopping:
        with stopping.talk() as slow:
            slow.set(b"large", b"x" * LARGE_SIZE)
            slow.send(b"get large\r\n" * 10)
            check_equal(slow.exactly(6), b"VALUE ", "the beginning of a reply")
            check_equal(stopping.page("/readyz"), "ok\n", "/readyz before the end")
            stopping.process.send_signal(signal.SIGTERM)
            # Its worker now waits for a client that does not read.
            wait_until(
                lambda: stopping.http("/readyz")[::2] == (503, "draining\n"), "draining", 1.5
            )
            check_equal(stopping.page("/healthz"), "ok\n", "/healthz meanwhile")
            check("memcached_up 1\n" in stopping.page("/metrics"), "no /metrics meanwhile")
            stopping.wait_for_clean_end("after SIGTERM")
        try:
            stopping.http("/readyz")
            check(False, "HTTP is answered after the end")
        except ConnectionRefusedError:
            pass


def an_address_in_use_aborts_the_start(server):
    for address in (f"127.0.0.1:{server.http_port}", f"127.0.0.1:{server.port}"):
        command = [server.binary, "-l", "127.0.0.1", "-p", str(free_port()), "-u", "root"]
        ended = subprocess.run(
            [*command, "--http", address], capture_output=True, text=True, timeout=30
        )
        check_equal(ended.returncode, 71, "exit status")
        check_equal(
            ended.stderr,
            f"failed to listen on --http {address}: Address already in use\n",
            "standard error",
        )


def stops_with_connections_open(server):
    clients = [server.raw(b"GET") for _ in range(10)]
    server.stop()
    for client in clients:
        check_equal(everything_from(client), b"", "bytes at the end")


TESTS = [
    (metrics_have_the_exporters_names_and_equal_stats, ["-m", "8", "-o", "temporary_ttl=61"]),
    (larders_own_metrics_count, ["-m", "8"]),
    (latencies_are_a_histogram_of_what_stats_latency_counts, ["-m", "8"]),
    (without_measuring_there_is_no_histogram, ["-m", "8", "-o", "no_latency"]),
    (promtool_reports_only_what_it_reports_for_the_exporter, ["-m", "8", "-o", "temporary_ttl=61"]),
    (every_metric_is_documented_and_nothing_else, ["-m", "8"]),
    (stats_json_has_the_numbers_of_stats, ["-m", "8", "-D", "5"]),
    (pages_have_their_types_and_other_paths_are_not_found, []),
    (a_foreign_host_name_on_loopback_is_refused, []),
    (malformed_requests_are_refused_and_harm_nothing, []),
    (replies_at_the_limit_of_clients, []),
    (a_thousand_connections_are_limited_and_the_cache_still_serves, []),
    (slow_clients_are_closed_and_others_served, []),
    (readyz_reports_draining_while_the_server_stops, []),
    (an_address_in_use_aborts_the_start, []),
    (stops_with_connections_open, []),
]

if __name__ == "__main__":
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    end_with([
        passes(test, lambda: HttpServer(binary, ["-t", "2", *options])) for test, options in TESTS
    ])
