#!/usr/bin/python3
"""A client receives the value that its get found, whatever happens to the item meanwhile.

    python3 tests/server/worker/half_sent_reply_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

from harness import check, check_equal, run_tests  # noqa: E402

# More than the socket buffers of one loopback connection, so that only part of it is sent.
LARGE_SIZE = 12 << 20
OLD = bytes(range(256)) * (LARGE_SIZE // 256)
NEW = OLD[::-1]
OPTIONS = ["-m", "64", "-I", "16m"]


def half_sent(server, writer):
    """A connection in the middle of receiving OLD under the key "k"."""
    writer.set(b"k", OLD)
    reader = server.talk()
    reader.send(b"get k\r\n")
    head = b"VALUE k 0 %d\r\n" % len(OLD)
    check_equal(reader.exactly(len(head)), head, "the first line of the reply")
    return reader


def check_rest_is_old(reader):
    check(reader.exactly(len(OLD)) == OLD, "a half-sent value changed")
    check_equal(reader.exactly(7), b"\r\nEND\r\n", "the end of a half-sent reply")
    check_equal(reader.ask(b"get none"), b"END", "the next reply")
    reader.close()


def an_overwritten_value_is_sent_unchanged(server):
    with server.talk() as writer:
        reader = half_sent(server, writer)
        writer.set(b"k", NEW)
        check(writer.get(b"k") == NEW, "the new value is not there")
        check_rest_is_old(reader)
        check(writer.get(b"k") == NEW, "the new value did not stay")


def a_deleted_value_is_sent_unchanged(server):
    with server.talk() as writer:
        reader = half_sent(server, writer)
        check_equal(writer.ask(b"delete k"), b"DELETED", "delete")
        # Other items use the memory of the deleted one.
        for n in range(4):
            writer.set(b"other%d" % n, NEW)
        check_equal(writer.get(b"k"), None, "a deleted key")
        check_rest_is_old(reader)


def a_flushed_value_is_sent_unchanged(server):
    with server.talk() as writer:
        reader = half_sent(server, writer)
        check_equal(writer.ask(b"flush_all"), b"OK", "flush_all")
        check_equal(writer.get(b"k"), None, "a flushed key")
        writer.set(b"k", NEW)
        check_rest_is_old(reader)


def a_value_stays_when_memory_runs_out(server):
    with server.talk() as writer:
        reader = half_sent(server, writer)
        # Four times the memory, of every size, so that everything that can be evicted is.
        written = 0
        n = 0
        while written < 4 * (64 << 20):
            size = (100, 10_000, 300_000, 2_000_000)[n % 4]
            writer.send(b"set fill%d 0 0 %d\r\n" % (n, size) + NEW[:size] + b"\r\n")
            reply = writer.line()
            check(
                reply == b"STORED" or b"out of memory" in reply.lower(),
                f"a set was answered {reply}",
            )
            written += size
            n += 1
        check_rest_is_old(reader)


def an_appended_value_is_sent_unchanged(server):
    with server.talk() as writer:
        reader = half_sent(server, writer)
        writer.send(b"append k 0 0 3\r\nend\r\n")
        check_equal(writer.line(), b"STORED", "append")
        check(writer.get(b"k") == OLD + b"end", "the joined value")
        check_rest_is_old(reader)


def pipelined_replies_are_never_torn(server):
    # Each of these gets is executed before or after the overwrite, not during it.
    old, new = OLD[:900_000], NEW[:900_000]
    with server.talk() as writer, server.talk() as reader:
        writer.set(b"k", old)
        reader.send(b"get k\r\n" * 12)
        check_equal(reader.exactly(6), b"VALUE ", "the beginning of the reply")
        writer.set(b"k", new)
        check_equal(reader.line(), b"k 0 900000", "the first line")
        seen = [reader.exactly(len(old))]
        check_equal(reader.exactly(7), b"\r\nEND\r\n", "the end of the first reply")
        seen += [reader.value() for _ in range(11)]
        check(seen[0] == old, "the first value changed while it was sent")
        places = [0 if value == old else 1 if value == new else -1 for value in seen]
        check(-1 not in places, f"value {places.index(-1) if -1 in places else ''} is torn")
        check_equal(places, sorted(places), "the old value after the new one: order")


if __name__ == "__main__":
    run_tests(
        __doc__.splitlines()[0],
        [
            an_overwritten_value_is_sent_unchanged,
            a_deleted_value_is_sent_unchanged,
            a_flushed_value_is_sent_unchanged,
            a_value_stays_when_memory_runs_out,
            an_appended_value_is_sent_unchanged,
            pipelined_replies_are_never_torn,
        ],
        OPTIONS,
    )
