#!/usr/bin/env python3
"""Runs scripts/serve as a user does: twice, on a free port, with options.

Expects build/release/larder; where it is missing or stale, the first start builds it.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
BINARY = os.path.join(ROOT, "build", "release", "larder")
BUILD_SECONDS_MAX = 240.0
START_SECONDS_MAX = 20.0

sys.path.insert(0, os.path.join(ROOT, "tests", "clients"))
from harness import free_port  # noqa: E402  (only found once the path above is set)


class Served:
    """One `scripts/serve`, ended by its own process id."""

    def __init__(self, options, seconds_max, address):
        self.address = address
        self._output = tempfile.TemporaryFile()
        # Not in the tree: a user may be in any directory.
        self.process = subprocess.Popen(
            [os.path.join(ROOT, "scripts", "serve"), *options], cwd="/",
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + seconds_max
        while not self.version():
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = self.output()
                self.close()
                raise AssertionError(f"scripts/serve {options} does not answer:\n{text}")
            time.sleep(0.02)

    def version(self):
        """The reply to `version`, or an empty one while no server is ready."""
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(5.0)
            try:
                client.connect(self.address)
                client.sendall(b"version\r\n")
                return client.recv(100)
            except OSError:
                return b""

    def output(self):
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")

    def command_line(self):
        with open(f"/proc/{self.process.pid}/cmdline", "rb") as file:
            return file.read().decode().split("\0")[:-1]

    def user_id(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Uid:"))

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._output.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


class Serve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = free_port()
        with Served(["-p", str(port)], BUILD_SECONDS_MAX, ("127.0.0.1", port)):
            pass

    def start(self, *options, address=None):
        port = free_port()
        options = [str(port) if option == "PORT" else option for option in options]
        return Served(options, START_SECONDS_MAX, address or ("127.0.0.1", port))

    def test_a_second_start_builds_and_prints_nothing(self):
        built = os.stat(BINARY).st_mtime_ns
        with self.start("-p", "PORT") as served:
            self.assertTrue(served.version().startswith(b"VERSION "))
            said = served.output().splitlines()
            of_the_server = re.compile(r"\S+ info (start|ready): ")
            self.assertEqual([line for line in said if not of_the_server.match(line)], [])
        self.assertEqual(os.stat(BINARY).st_mtime_ns, built)

    def test_it_serves_on_loopback_by_default(self):
        with self.start("-p", "PORT") as served:
            words = served.command_line()
            self.assertEqual(words[:3], [BINARY, "-l", "127.0.0.1"])
            self.assertEqual(words.count("-p"), 1)

    def test_an_address_given_in_any_spelling_is_the_only_one(self):
        for spelling in (["-l", "127.0.0.1"], ["-l127.0.0.1"], ["--listen=127.0.0.1"],
                         ["--listen", "127.0.0.1"], ["-Ml", "127.0.0.1"]):
            with self.subTest(spelling), self.start("-p", "PORT", *spelling) as served:
                self.assertEqual(sum("127.0.0.1" in w for w in served.command_line()), 1)

    def test_a_port_given_in_any_spelling_is_the_only_one(self):
        port = free_port()
        for spelling in (["-p", str(port)], [f"-p{port}"], [f"--port={port}"],
                         ["-Mp", str(port)]):
            with self.subTest(spelling), \
                    self.start(*spelling, address=("127.0.0.1", port)) as served:
                self.assertNotIn("11211", served.command_line())

    def test_a_unix_socket_replaces_the_address(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o777)  # the server may run as the user nobody
            path = os.path.join(directory, "socket")
            with self.start("-s", path, "-a", "0777", address=path) as served:
                self.assertNotIn("-l", served.command_line())

    def test_a_port_in_addition_to_a_unix_socket_stays_on_loopback(self):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o777)
            path = os.path.join(directory, "socket")
            with self.start("-s", path, "-a", "0777", "-p", "PORT") as served:
                self.assertIn("127.0.0.1", served.command_line())
                served.address = path
                self.assertTrue(served.version().startswith(b"VERSION "))

    @unittest.skipIf(os.getuid() != 0, "only root gives a user up")
    def test_root_privileges_are_dropped(self):
        with self.start("-p", "PORT") as served:
            self.assertNotEqual(served.user_id(), 0)
        with self.start("-p", "PORT", "-u", "root") as served:
            self.assertEqual(served.user_id(), 0)


if __name__ == "__main__":
    unittest.main()
