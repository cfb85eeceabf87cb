#!/usr/bin/env python3
"""larder-load checks every reply: a correct server passes, and each kind of wrong reply fails.

Usage: load_test.py --load PATH
"""

import argparse
import json
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

LOAD = None
RUN_SECONDS_MAX = 60


class Server:
    """A minimal memcached that is correct except for the given errors.

    `lie(number, reply)` gets every reply with its number from 0 on, and returns what is sent.
    """

    def __init__(self, lie=lambda number, reply: reply, piece=1 << 20, port=0):
        self._items = {}
        self._lie = lie
        self._piece = piece
        self._lock = threading.Lock()
        self._replies = 0
        self.replies_by_connection = []
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            number = len(self.replies_by_connection)
            self.replies_by_connection.append(0)
        try:
            with client, client.makefile("rb") as stream:
                while True:
                    first = stream.peek(1)[:1]
                    if not first:
                        return
                    reply = self._binary(stream) if first == b"\x80" else self._text(stream)
                    with self._lock:
                        reply = self._lie(self._replies, reply)
                        self._replies += 1
                        self.replies_by_connection[number] += 1
                    if reply is None:
                        return
                    for start in range(0, len(reply), self._piece):
                        client.sendall(reply[start:start + self._piece])
        except OSError:
            pass

    def _text(self, stream):
        words = stream.readline().split()
        if words[0] == b"set":
            self._items[words[1]] = stream.read(int(words[4]))
            stream.read(2)
            return b"STORED\r\n"
        if words[0] == b"mg":
            value = self._items.get(words[1])
            return b"EN\r\n" if value is None else b"VA %d\r\n%b\r\n" % (len(value), value)
        unique = b" 77" if words[0] == b"gets" else b""
        hits = [(key, self._items[key]) for key in words[1:] if key in self._items]
        return b"".join(b"VALUE %b 0 %d%b\r\n%b\r\n" % (key, len(value), unique, value)
                        for key, value in hits) + b"END\r\n"

    def _binary(self, stream):
        _, opcode, key_size, extras_size, _, _, body_size, opaque, _ = struct.unpack(
            ">BBHBBHIIQ", stream.read(24))
        body = stream.read(body_size)
        key = body[extras_size:extras_size + key_size]
        extras, value, status = b"", b"", 0
        if opcode == 1:
            self._items[key] = body[extras_size + key_size:]
        elif key in self._items:
            extras, value = bytes(4), self._items[key]
        else:
            status, value = 1, b"Not found"
        return struct.pack(">BBHBBHIIQ", 0x81, opcode, 0, len(extras), 0, status,
                           len(extras) + len(value), opaque, 77) + extras + value


def load(server, *words, operations=400):
    """Runs larder-load; returns its exit status and its report."""
    if operations:
        words = ("--operations", str(operations), *words)
    done = subprocess.run(
        [LOAD, "--server", server.address, "--connections", "3", "--keys", "40",
         "--warmup-seconds", "0", "--silence-seconds", "1", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    return done.returncode, json.loads(done.stdout)


class LoadTest(unittest.TestCase):
    WORKLOADS = ("get", "gets", "mget:7", "mg", "set", "setget", "mix90", "binget", "binset")

    def serve(self, *arguments, **named):
        server = Server(*arguments, **named)
        self.addCleanup(server.close)
        return server

    def test_every_workload_passes_with_a_correct_server(self):
        for workload in self.WORKLOADS:
            for words in ((), ("--depth", "16", "--threads", "2", "--distribution", "zipf:0.99")):
                with self.subTest(workload=workload, words=words):
                    status, report = load(self.serve(), "--workload", workload, "--fill", *words)
                    self.assertEqual((status, report["failures"]), (0, 0), report)
                    self.assertGreaterEqual(report["operations"], 400)

    def test_replies_in_pieces_of_any_size_are_joined(self):
        for workload in self.WORKLOADS:
            for piece in (1, 7):
                with self.subTest(workload=workload, piece=piece):
                    status, report = load(self.serve(piece=piece), "--workload", workload,
                                          "--fill", "--depth", "4")
                    self.assertEqual((status, report["failures"]), (0, 0), report)

    def test_one_wrong_byte_anywhere_in_a_reply_is_a_failure(self):
        measured_from = 60  # past the fill
        for workload in self.WORKLOADS:
            words = ("--workload", workload, "--fill", "--value-size", "3")
            sizes = []
            load(self.serve(lambda number, reply: sizes.append(len(reply)) or reply), *words)
            for at in range(max(sizes[measured_from:])):
                if workload.startswith("bin") and 16 <= at < 24:
                    continue  # the CAS id, which may have any value
                flipped = []

                def flip(number, reply, at=at, flipped=flipped):
                    if number < measured_from or at >= len(reply) or flipped:
                        return reply
                    flipped.append(reply)
                    return reply[:at] + bytes([reply[at] ^ 0x40]) + reply[at + 1:]

                with self.subTest(workload=workload, at=at):
                    status, report = load(self.serve(flip), *words)
                    self.assertEqual((status, len(flipped)), (3, 1), report)
                    self.assertGreater(report["failures"], 0)

    def test_a_miss_is_a_failure_unless_it_is_allowed(self):
        for workload in ("get", "gets", "mget:7", "mg", "binget"):
            with self.subTest(workload=workload):
                status, report = load(self.serve(), "--workload", workload)
                self.assertEqual(status, 3)
                self.assertEqual(report["operations"], 0)
                status, report = load(self.serve(), "--workload", workload, "--allow-misses")
                self.assertEqual((status, report["failures"]), (0, 0), report)
                self.assertEqual(report["misses"], report["operations"])

    def test_an_error_counts_once_and_the_connection_continues(self):
        status, report = load(self.serve(
            lambda number, reply: b"SERVER_ERROR no\r\n" if number == 100 else reply), "--fill")
        self.assertEqual((status, report["failures"], report["operations"]), (3, 1, 399), report)
        self.assertIn("SERVER_ERROR no", report["first_failure"])

    def test_bytes_too_many_and_a_closed_connection_are_failures(self):
        lies = {"more": lambda number, reply: reply + (b"x" if number == 100 else b""),
                "closed": lambda number, reply: None if number == 100 else reply}
        for name, lie in lies.items():
            with self.subTest(lie=name):
                status, report = load(self.serve(lie), "--fill")
                self.assertEqual(status, 3)
                self.assertGreater(report["failures"], 0)

    def test_a_server_that_stops_replying_times_out(self):
        status, report = load(self.serve(
            lambda number, reply: b"" if number == 100 else reply), "--fill")
        self.assertEqual(status, 3)
        self.assertIn("no further reply", report["first_failure"])

    def test_setget_gets_what_it_set(self):
        # Without --fill, and with no miss allowed.
        for depth in ("1", "7"):
            status, report = load(self.serve(), "--workload", "setget", "--depth", depth)
            self.assertEqual((status, report["operations"]), (0, 400), report)

    def test_a_multiget_of_fifty_thousand_keys_is_checked_to_its_end(self):
        words = ("--workload", "mget:50000", "--value-size", "10", "--connections", "1", "--fill")
        status, report = load(self.serve(), *words, operations=50000)
        self.assertEqual((status, report["operations"]), (0, 50000), report)
        status, report = load(
            self.serve(lambda number, reply: reply[:-1] + b"x" if number == 40 else reply), *words,
            operations=50000)
        self.assertEqual(status, 3, report)

    def test_a_connection_yields_after_a_number_of_operations(self):
        server = self.serve()
        status, report = load(server, "--workload", "setget", "--reconnect-every", "4")
        self.assertEqual((status, report["operations"]), (0, 400), report)
        self.assertEqual(set(server.replies_by_connection[:-3]), {4})
        self.assertEqual(sum(server.replies_by_connection), 400)
        self.assertEqual(report["reconnects"], len(server.replies_by_connection) - 3)

    def test_a_server_that_is_down_at_a_reconnect_is_a_failure(self):
        server = self.serve()

        def close_after_some(number, reply):
            if number == 100:
                # The accepting thread is blocked until it answers a connection.
                server.close()
            return reply

        server._lie = close_after_some
        status, report = load(server, "--fill", "--reconnect-every", "4")
        self.assertEqual(status, 3, report)
        self.assertGreater(report["failures"], 0)

    def test_a_rate_is_kept_and_not_exceeded(self):
        for words in ((), ("--threads", "3"), ("--depth", "4"), ("--workload", "mget:4")):
            with self.subTest(words=words):
                status, report = load(self.serve(), "--fill", "--rate", "400", "--seconds", "1",
                                      *words, operations=None)
                self.assertEqual((status, report["failures"]), (0, 0), report)
                # Every operation due within the second, counted in batches of at most four.
                self.assertAlmostEqual(report["operations"], 400, delta=12)
                self.assertGreater(report["seconds"], 0.95)

    def test_a_stall_counts_for_everything_that_was_due_in_it(self):
        def serve_with_a_stall():
            # The server holds a lock during the stall, so that no connection is answered.
            return self.serve(
                lambda number, reply: time.sleep(0.6 if number == 140 else 0) or reply)

        _, closed = load(serve_with_a_stall(), "--fill", "--connections", "1")
        _, paced = load(serve_with_a_stall(), "--fill", "--connections", "1", "--rate", "400")
        self.assertLess(closed["p99_microseconds"], 300_000, closed)
        self.assertGreater(paced["p99_microseconds"], 500_000, paced)
        self.assertEqual((paced["failures"], paced["operations"]), (0, 400))
        self.assertGreater(paced["seconds"], 0.95)

    def test_a_rate_that_is_too_high_for_the_server_is_a_failure(self):
        status, report = load(
            self.serve(lambda number, reply: time.sleep(0.01 if number >= 40 else 0) or reply),
            "--fill", "--rate", "1000", "--seconds", "0.5", operations=None)
        self.assertEqual(status, 3, report)
        self.assertIn("did not keep up", report["first_failure"])
        self.assertEqual(report["operations"] + report["failures"], 500)
        self.assertLess(report["seconds"], 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", required=True)
    known, rest = parser.parse_known_args()
    LOAD = known.load
    unittest.main(argv=sys.argv[:1] + rest)
