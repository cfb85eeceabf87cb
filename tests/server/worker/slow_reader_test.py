#!/usr/bin/python3
"""A client that sends requests and does not read costs little memory and delays no others.

    python3 tests/server/worker/slow_reader_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import time  # noqa: E402

from harness import Talker, check, check_equal, run_tests  # noqa: E402

VALUE = bytes(range(256)) * 400
RSS_GROWTH_MAX = 64 << 20
READERS = 40
GETS_PER_READER = 2000
SETTLE_SECONDS = 1.0


def send_without_waiting(talker, data):
    """Sends as much as the connection accepts and returns the number of bytes."""
    talker.socket.setblocking(False)
    sent = 0
    try:
        while sent < len(data):
            sent += talker.socket.send(data[sent:])
    except BlockingIOError:
        pass
    finally:
        talker.socket.settimeout(10)
    return sent


def stingy(server):
    """A connection with a small window."""
    return Talker(server.port, receive_buffer_size=4096)


def memory_stays_bounded_and_others_are_served(server):
    with server.talk() as other:
        other.set(b"large", VALUE)
        other.get(b"large")
        before = server.rss_bytes()
        readers = [stingy(server) for _ in range(READERS)]
        for reader in readers:
            send_without_waiting(reader, b"get large\r\n" * GETS_PER_READER)
        deadline = time.monotonic() + SETTLE_SECONDS
        served = 0
        while time.monotonic() < deadline:
            check_equal(other.get(b"large"), VALUE, "a value for a client that reads")
            served += 1
        growth = server.rss_bytes() - before
        asked = READERS * GETS_PER_READER * len(VALUE)
        check(
            growth < RSS_GROWTH_MAX,
            f"memory grew by {growth} bytes for {asked} bytes of unread replies",
        )
        check(served > 0, "no other client was served")
        for reader in readers:
            reader.close()
        check_equal(other.get(b"large"), VALUE, "a value after the slow readers left")


def memory_for_small_replies_stays_bounded_too(server):
    with server.talk() as other:
        other.set(b"small", b"x" * 100)
        before = server.rss_bytes()
        reader = stingy(server)
        # Far more replies than any socket buffer holds: 200,000 of 120 bytes.
        send_without_waiting(reader, b"get small\r\n" * 200_000)
        for _ in range(100):
            check_equal(other.get(b"small"), b"x" * 100, "a value for a client that reads")
        growth = server.rss_bytes() - before
        check(growth < RSS_GROWTH_MAX, f"memory grew by {growth} bytes")
        reader.close()


def a_late_reader_gets_every_reply_in_order(server):
    with server.talk() as other:
        for n in range(10):
            other.set(b"k%d" % n, b"%d" % n + VALUE)
    with stingy(server) as reader:
        reader.send(b"".join(b"get k%d\r\n" % (n % 10) for n in range(300)))
        time.sleep(SETTLE_SECONDS)
        for n in range(300):
            check(reader.value() == b"%d" % (n % 10) + VALUE, f"reply {n} is not the one asked for")


if __name__ == "__main__":
    run_tests(
        __doc__.splitlines()[0],
        [
            memory_stays_bounded_and_others_are_served,
            memory_for_small_replies_stays_bounded_too,
            a_late_reader_gets_every_reply_in_order,
        ],
        ["-t", "2"],
    )
