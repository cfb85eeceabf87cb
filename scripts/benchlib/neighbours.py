"""Clients whose behaviour must not affect a server's other clients: each is a context manager that
misbehaves while the block runs, and reports afterwards what it did.

They share their CPU with the measured load but have the lowest priority: the kernel runs them only
while nothing else uses that CPU.
"""

import json
import subprocess
import time

from benchlib import generator
from benchlib.background import BackgroundClient

HEAD_START_SECONDS = 0.5
OVERHANG_SECONDS = 1
END_SECONDS_MAX = 30
MULTIGET_KEYS = 50_000
PIPELINE_DEPTH = 1000
UNREAD_VALUE_BYTES = 500_000
ITEM_BYTES_LEAST = 113  # of a key and a value; the upper limit for the number of items in memory


class _Load:
    """larder-load as the neighbour; its replies are checked as usual."""

    def __init__(self, server, options, seconds, *words):
        # Longer than the block, so that it runs from its start to its end.
        seconds += HEAD_START_SECONDS + OVERHANG_SECONDS
        self._seconds = seconds
        self._words = ["chrt", "--idle", "0"] + generator.load_words(
            server, options, *words, "--seconds", seconds, "--warmup-seconds", 0)
        self._seconds_max = seconds + END_SECONDS_MAX
        self._process = None
        self.report = None

    def __enter__(self):
        self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, text=True,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(HEAD_START_SECONDS)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self._process.kill()
        try:
            out, errors = self._process.communicate(timeout=self._seconds_max)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise generator.GeneratorError("the neighbour did not end in time") from None
        if kind is not None:
            return
        if self._process.returncode not in (0, generator.LOAD_FAILURES):
            raise generator.GeneratorError(f"the neighbour: {errors.strip()}")
        self.report = json.loads(out)
        if self.report["seconds"] < self._seconds or self.report["operations"] == 0:
            raise generator.GeneratorError(
                f"the neighbour was turned away: {self.report['first_failure']}")

    def deeds(self):
        deeds = f"{self.report['ops_per_second']:.0f} keys/s"
        failures = self.report["failures"]
        return f"{deeds}, {failures} failures" if failures else deeds


def pipelining(server, options, seconds):
    """One connection that sends 1000 gets at a time."""
    return _Load(server, options, seconds, "--keys", MULTIGET_KEYS, "--connections", 1, "--depth",
                 PIPELINE_DEPTH)


def multigets(server, options, seconds):
    """One connection that requests 50,000 keys at a time."""
    return _Load(server, options, seconds, "--keys", MULTIGET_KEYS, "--connections", 1,
                 "--workload", f"mget:{MULTIGET_KEYS}")


def storm(server, options, seconds):
    """Ten connections whose sets evict, from the first one on."""
    capacity = (options.memory << 20) // ITEM_BYTES_LEAST
    shape = ("--workload", "set", "--keys", 8 * capacity, "--connections", 10, "--depth", 16)
    generator.report_of(
        generator.load_words(server, options, *shape, "--operations", 2 * capacity,
                             "--warmup-seconds", 0), seconds_max=600)
    return _Load(server, options, seconds, *shape)


class _NeverReading(BackgroundClient):
    """Requests large values until the server accepts no more, and reads none."""

    KEY = b"never-read"
    REQUEST = b"get " + KEY + b"\r\n"

    def __init__(self, address):
        super().__init__(address)
        self._sent = 0
        self._end = "open to the end"

    def __enter__(self):
        value = b"v" * UNREAD_VALUE_BYTES
        answer = self.client.ask(b"set %s 0 0 %d\r\n%s\r\n" % (self.KEY, len(value), value),
                                 b"\r\n")
        if answer != b"STORED\r\n":
            raise generator.GeneratorError(f"no value to ask for: {answer!r}")
        super().__enter__()
        time.sleep(HEAD_START_SECONDS)
        return self

    def act(self):
        try:
            self._sent += self.client.send_some(self.REQUEST * 100)
        except BlockingIOError:
            self.is_over.wait(0.05)
        except OSError:
            self._end = "closed by the server"
            return False
        return True

    def deeds(self):
        return f"{self._sent // len(self.REQUEST)} gets, {self._end}"


def never_reading(server, _options, _seconds):
    """One connection that requests values of 500 kB and never reads."""
    return _NeverReading(server.address)
