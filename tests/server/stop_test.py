#!/usr/bin/python3
"""The process stops cleanly on a signal, whatever its clients are doing.

    python3 tests/server/stop_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

import signal  # noqa: E402

from harness import check, check_equal, run_tests  # noqa: E402

# More than the socket buffers of a connection with a small window, so that only part of it is sent.
LARGE_SIZE = 12 << 20
TAKES_LITTLE = {"receive_buffer_size": 64 << 10}
OPTIONS = ["-m", "256", "-I", "16m"]


def stops_on_sigterm(server):
    server.stop(signal.SIGTERM)


def stops_on_sigint(server):
    server.stop(signal.SIGINT)


def closes_idle_connections_when_it_stops(server):
    talkers = [server.talk() for _ in range(50)]
    for n, talker in enumerate(talkers):
        talker.set(b"k%d" % n, b"v")
    server.stop()
    for talker in talkers:
        check_equal(talker.until_closed(), b"", "bytes on an idle connection at the end")


def stops_with_half_a_command_received(server):
    with server.talk() as talker:
        check_equal(talker.ask(b"get none"), b"END", "reply to a get")
        talker.send(b"set k 0 0 1000\r\nhalf a val")
        server.stop()
        check_equal(talker.until_closed(), b"", "reply to half a command")


def delivers_a_half_sent_reply_before_it_stops(server):
    value = bytes(range(256)) * (LARGE_SIZE // 256)
    with server.talk(**TAKES_LITTLE) as talker:
        talker.set(b"large", value)
        talker.send(b"get large\r\n")
        head = b"VALUE large 0 %d\r\n" % len(value)
        check_equal(talker.exactly(len(head)), head, "the first line of the reply")
        server.process.send_signal(signal.SIGTERM)
        rest = talker.until_closed()
        check_equal(len(rest), len(value) + len(b"\r\nEND\r\n"), "bytes after the first line")
        check(rest == value + b"\r\nEND\r\n", "the reply changed while the server stopped")
    server.wait_for_clean_end("after a half-sent reply was read")


def delivers_a_long_multiget_before_it_stops(server):
    value = b"v" * 3000
    count = LARGE_SIZE // len(value)
    with server.talk(**TAKES_LITTLE) as talker:
        talker.set(b"k", value)
        talker.send(b"get" + b" k" * count + b"\r\nversion\r\n")
        hit = b"VALUE k 0 3000\r\n" + value + b"\r\n"
        check_equal(talker.exactly(len(hit)), hit, "the first value")
        server.process.send_signal(signal.SIGTERM)
        rest = talker.until_closed()
        check(rest == hit * (count - 1) + b"END\r\n",
              f"{len(rest)} of {len(hit) * (count - 1) + 5} bytes, ending with {rest[-20:]}")
    server.wait_for_clean_end("after a long multiget was read")


def stops_although_a_client_never_reads(server):
    # The client keeps its connection open without reading until the process has ended.
    with server.talk() as talker:
        talker.set(b"large", b"x" * LARGE_SIZE)
        talker.send(b"get large\r\n" * 10)
        check_equal(talker.exactly(6), b"VALUE ", "the beginning of the reply")
        server.stop()


if __name__ == "__main__":
    run_tests(
        __doc__.splitlines()[0],
        [
            stops_on_sigterm,
            stops_on_sigint,
            closes_idle_connections_when_it_stops,
            stops_with_half_a_command_received,
            delivers_a_half_sent_reply_before_it_stops,
            delivers_a_long_multiget_before_it_stops,
            stops_although_a_client_never_reads,
        ],
        OPTIONS,
    )
