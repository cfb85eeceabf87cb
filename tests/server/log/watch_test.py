#!/usr/bin/python3
"""Watchers over sockets: the lines that they get, and the cost of watchers that do not read.

    python3 tests/server/log/watch_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import os  # noqa: E402
import re  # noqa: E402
import socket  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

from harness import Server, Talker, check, check_equal, run_tests  # noqa: E402

WATCHERS_MAX = 20
PATIENCE_SECONDS = 10.0
RSS_GROWTH_MAX = 16 << 20


def watch(server, streams, receive_buffer_size=None):
    """A connection that is a watcher."""
    talker = Talker(server.port, receive_buffer_size=receive_buffer_size)
    check_equal(talker.ask(b"watch " + streams), b"OK", "answer to watch")
    return talker


def event(watcher):
    """The next line, without its time and number."""
    line = watcher.line().decode()
    match = re.fullmatch(r"ts=\d+\.\d+ gid=\d+ type=(.*)", line)
    check(match, f"not a line of a log: {line}")
    return match.group(1)


def becomes(claim, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        check(time.monotonic() < deadline, f"in {PATIENCE_SECONDS} s it never was so: {what}")
        time.sleep(0.01)


def number(server, name):
    return int(server.stats()[name])


def descriptor_of(talker):
    """The server's descriptor of this connection: the one that executes the command."""
    conns = talker.stats("conns")
    port = talker.socket.getsockname()[1]
    for key, value in conns.items():
        if key.endswith(":addr") and value.endswith(f":{port}"):
            return key.split(":")[0]
    check(False, f"stats conns does not know 127.0.0.1:{port}: {conns}")


def each_stream_shows_its_lines(server):
    with watch(server, b"fetchers mutations deletions") as watcher, server.talk() as client:
        descriptor = descriptor_of(client)
        check_equal(client.ask(b"set k 0 60 3\r\nabc"), b"STORED", "set")
        client.send(b"get k\r\n")
        for _ in range(3):
            client.line()
        check_equal(client.ask(b"delete k"), b"DELETED", "delete")
        class_id = re.compile(r"clsid=[1-9]\d*")
        lines = [class_id.sub("clsid=N", event(watcher)) for _ in range(5)]
        check_equal(
            lines,
            [
                f"item_get key=k status=not_found clsid=0 cfd={descriptor} size=0",
                f"item_store key=k status=stored cmd=set ttl=60 clsid=N cfd={descriptor} size=3",
                f"item_get key=k status=found clsid=N cfd={descriptor} size=3",
                f"item_get key=k status=found clsid=N cfd={descriptor} size=3",
                "deleted key=k cmd=delete clsid=N size=3",
            ],
            "lines",
        )


def connections_are_shown_with_their_address_and_reason(server):
    with watch(server, b"connevents") as watcher:

        def story(act):
            talker = server.talk()
            port = talker.socket.getsockname()[1]
            new = event_of(watcher, port)
            act(talker)
            closed = event_of(watcher, port)
            head = f"conn_new rip=127.0.0.1 rport={port} transport=tcp cfd="
            check(new.startswith(head), f"expected {head}, got {new}")
            reason = re.search(r" reason=(\w+) ", closed).group(1)
            descriptor = new.split("cfd=")[1]
            check_equal(
                closed,
                f"conn_close rip=127.0.0.1 rport={port} transport=tcp reason={reason}"
                f" cfd={descriptor}",
                "line of a close",
            )
            talker.close()
            return reason

        def reset(talker):
            talker.ask(b"version")
            talker.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            talker.socket.close()

        check_equal(story(lambda t: t.send(b"quit\r\n")), "normal", "reason of a quit")
        check_equal(story(lambda t: t.close()), "normal", "reason of a client's close")
        check_equal(story(reset), "error", "reason of a reset")
        check_equal(story(lambda t: t.send(b"GET / HTTP/1.1\r\n")), "error", "reason of HTTP")


def idle_clients_are_shown_and_watchers_are_not_idle(server):
    with Server(server.binary, ["-o", "idle_timeout=1"]) as kicking:
        with watch(kicking, b"connevents") as watcher:
            idler = kicking.talk()
            port = idler.socket.getsockname()[1]
            check(event_of(watcher, port).startswith("conn_new "), "no conn_new")
            closed = event_of(watcher, port)
            check(" reason=idle_timeout " in closed, f"expected idle_timeout, got {closed}")
            idler.close()
            time.sleep(2.5)  # longer than the idle timeout
            with kicking.talk():
                check(event(watcher).startswith("conn_new "), "the watcher was kicked")


def evictions_of_every_thread_are_shown(server):
    with Server(server.binary, ["-m", "8", "-t", "2"]) as small:
        with watch(small, b"evictions") as watcher, small.talk() as one, small.talk() as two:
            value = b"x" * 10_000
            for n in range(1500):
                client = one if n % 2 else two
                client.send(b"set key%d 0 0 10000 noreply\r\n%s\r\n" % (n, value))
            for client in (one, two):
                check_equal(client.ask(b"mn"), b"MN", "mn")
            evicted = number(small, "evictions")
            check(evicted > 100, f"only {evicted} evictions")
            lines = [event(watcher) for _ in range(100)]
            for line in lines:
                check(
                    re.fullmatch(
                        r"eviction key=key\d+ fetch=no ttl=-1 la=\d+ clsid=\d+ size=10000", line
                    ),
                    f"not an eviction: {line}",
                )
            written = number(small, "log_worker_written") + number(small, "log_worker_dropped")
            check(written >= evicted, f"{written} records of {evicted} evictions")


# The control thread lowers the limit.
def events_of_maintenance_are_shown(server):
    with Server(server.binary, ["-m", "32"]) as shrinking, shrinking.talk() as client:
        value = b"x" * 10_000
        for n in range(2500):
            client.send(b"set key%d 0 0 10000 noreply\r\n%s\r\n" % (n, value))
        check_equal(client.ask(b"mn"), b"MN", "mn")
        with watch(shrinking, b"evictions") as watcher:
            check_equal(client.ask(b"cache_memlimit 8"), b"OK", "cache_memlimit")
            check(event(watcher).startswith("eviction key=key"), "nothing evicted")


def a_stalled_watcher_costs_little_and_gets_the_number_of_missed_lines(server):
    with Server(server.binary, ["-t", "2", "-o", "watcher_logbuf_size=64"]) as quiet:
        stalled = watch(quiet, b"fetchers", receive_buffer_size=4096)
        before = quiet.rss_bytes()
        with quiet.talk() as client:
            key = b"k" * 200
            for _ in range(200):
                client.send(b"get " + key + b"\r\n" + (b"get " + key + b"\r\n") * 499)
                for _ in range(500):
                    check_equal(client.line(), b"END", "answer to a get")
        becomes(lambda: number(quiet, "log_watcher_skipped") > 0, "lines are skipped")
        growth = quiet.rss_bytes() - before
        check(growth < RSS_GROWTH_MAX, f"memory grew by {growth} bytes")
        while not stalled.line().startswith(b"skipped="):
            pass
        stalled.close()
        becomes(lambda: number(quiet, "log_watchers") == 0, "the watcher has left")


def event_of(watcher, talker_port):
    """The next line about this client; others may still be disconnecting."""
    while f" rport={talker_port} " not in (line := event(watcher)):
        pass
    return line


def is_alone(server):
    """Whether no other client is connected."""
    states = [v for k, v in server.stats("conns").items() if k.endswith(":state")]
    return len(states) - states.count("conn_listening") == 1


def a_watcher_may_disconnect_during_events(server):
    becomes(lambda: is_alone(server), "earlier clients have left")
    for n in range(30):
        watcher = watch(server, b"fetchers mutations")
        with server.talk() as client:
            client.send(b"get a b c d e f\r\n" * 200)
            if n % 2:
                watcher.line()
            watcher.close()
            for _ in range(200):
                check_equal(client.line(), b"END", "answer to a get")
    becomes(lambda: number(server, "log_watchers") == 0, "all watchers have left")
    becomes(lambda: is_alone(server), "their connections were given back")


def there_are_twenty_watchers_at_most(server):
    watchers = [watch(server, b"evictions") for _ in range(WATCHERS_MAX)]
    check_equal(number(server, "log_watchers"), WATCHERS_MAX, "log_watchers")
    states = [v for k, v in server.stats("conns").items() if k.endswith(":state")]
    check_equal(states.count("conn_watch"), WATCHERS_MAX, "connections in conn_watch")
    with server.talk() as client:
        check_equal(
            client.ask(b"watch evictions"),
            b"WATCHER_TOO_MANY log watcher limit reached",
            "answer to one watcher too many",
        )
        check_equal(client.ask(b"mn"), b"MN", "and then it is a client")
        watchers.pop().close()
        becomes(lambda: number(server, "log_watchers") == WATCHERS_MAX - 1, "one has left")
        check_equal(client.ask(b"watch evictions"), b"OK", "answer when there is room again")
        for watcher in watchers:
            watcher.close()
    becomes(lambda: number(server, "log_watchers") == 0, "all have left")


def unix_socket_clients_are_watched_and_watch(server):
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/larder.sock"
        with UnixServer(server.binary, path) as local:
            watcher = local.connect()
            watcher.sendall(b"watch connevents fetchers\r\n")
            lines = watcher.makefile("rb")
            check_equal(lines.readline(), b"OK\r\n", "answer to watch")
            client = local.connect()
            client.sendall(b"get k\r\n")
            new = lines.readline().decode()
            check(
                " type=conn_new rip=unix rport=0 transport=local cfd=" in new,
                f"not a new local client: {new}",
            )
            check(b" type=item_get key=k status=not_found " in lines.readline(), "no item_get")
            # Unread data would turn the close into a reset.
            check_equal(client.recv(100), b"END\r\n", "answer to a get")
            client.close()
            closed = lines.readline().decode()
            check(
                " type=conn_close rip=unix rport=0 transport=local reason=normal cfd=" in closed,
                f"not a local client that closes: {closed}",
            )
            watcher.close()


class UnixServer:
    """A server that listens on a Unix socket only."""

    def __init__(self, binary, path):
        self.path = path
        command = [binary, "-s", path]
        if os.getuid() == 0:
            command += ["-u", "root"]
        self.process = subprocess.Popen(command)

    def connect(self):
        """A client, when the server is ready; without a probe, which the watchers would see."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(PATIENCE_SECONDS)
        becomes(lambda: client.connect_ex(self.path) == 0, "the server listens")
        return client

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.process.terminate()
        try:
            status = self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
        if kind is None:
            check_equal(status, 0, "status at the end")


def a_stopping_server_sends_watchers_the_remaining_lines(server):
    with Server(server.binary, ["-t", "2", "-A"]) as ending:
        watchers = [watch(ending, b"connevents fetchers") for _ in range(3)]
        with ending.talk() as client:
            client.ask(b"get k")
            client.send(b"shutdown\r\n")
            ending.wait_for_clean_end("after shutdown")
        for watcher in watchers:
            check(b"type=item_get key=k" in watcher.until_closed(), "what was written is sent")
            watcher.close()


def counters_count_and_are_reset(server):
    with watch(server, b"fetchers") as watcher, server.talk() as client:
        check_equal(client.ask(b"stats reset"), b"RESET", "stats reset")
        for n in range(10):
            client.ask(b"get k%d" % n)
        for _ in range(10):
            event(watcher)
        rows = server.stats()
        check_equal(rows["log_worker_written"], "10", "log_worker_written")
        check_equal(rows["log_worker_dropped"], "0", "log_worker_dropped")
        check_equal(rows["log_watcher_sent"], "10", "log_watcher_sent")
        check_equal(rows["log_watcher_skipped"], "0", "log_watcher_skipped")
        check_equal(rows["log_watchers"], "1", "log_watchers")
        client.ask(b"stats reset")
        rows = server.stats()
        check_equal(rows["log_worker_written"], "0", "log_worker_written after a reset")
        check_equal(rows["log_watcher_sent"], "0", "log_watcher_sent after a reset")
        check_equal(rows["log_watchers"], "1", "log_watchers after a reset")
    becomes(lambda: number(server, "log_watchers") == 0, "the watcher has left")


if __name__ == "__main__":
    run_tests(
        __doc__.splitlines()[0],
        [
            each_stream_shows_its_lines,
            connections_are_shown_with_their_address_and_reason,
            idle_clients_are_shown_and_watchers_are_not_idle,
            evictions_of_every_thread_are_shown,
            events_of_maintenance_are_shown,
            a_stalled_watcher_costs_little_and_gets_the_number_of_missed_lines,
            a_watcher_may_disconnect_during_events,
            there_are_twenty_watchers_at_most,
            unix_socket_clients_are_watched_and_watch,
            a_stopping_server_sends_watchers_the_remaining_lines,
            counters_count_and_are_reset,
        ],
        ["-t", "2"],
    )
