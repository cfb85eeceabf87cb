"""Starts, talks to and stops one cache server for the Python tests.

Used by tests/clients, tests/server and tests/differential.  Standard library only.  The server
is Larder unless --larder or LARDER_SERVER names another one that speaks the same protocols.
A `Server` is a child process on a loopback port that was free a moment ago; it is always
ended by its own process id.  A `Talker` is one plain text-protocol connection.
Nothing here is shared between threads.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 10.0
START_ATTEMPTS_MAX = 5
TAKEN_PORT_SECONDS_MAX = 30.0
STDERR_TAIL_SIZE = 4000


class TestFailure(Exception):
    """The server did not behave as expected; the text describes how."""


def check(condition, message):
    """Fails the test with `message` unless `condition` holds."""
    if not condition:
        raise TestFailure(message)


def check_equal(actual, expected, what):
    """Fails the test unless `actual` equals `expected`; `what` names the thing compared."""
    check(actual == expected, f"{what}: expected {shorten(expected)}, got {shorten(actual)}")


def shorten(thing, size_max=200):
    """A printable form of `thing` that cannot flood the log."""
    text = repr(thing)
    if len(text) <= size_max:
        return text
    return f"{text[:size_max]}... ({len(text)} characters)"


def free_port():
    """A TCP port on loopback that was free at the time of the call."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_again(start):
    """Calls start(), of a server on the port it had before, until that port is free.

    Tests run in parallel: while no process listens on the port, it may be given to another one.
    """
    deadline = time.monotonic() + TAKEN_PORT_SECONDS_MAX
    while True:
        try:
            return start()
        except TestFailure as failure:
            is_taken = "address already in use" in str(failure).lower()
            if not is_taken or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


class Server:
    """One running server process, listening on 127.0.0.1:`port`.

    `options` are command line words beyond the address.  Standard error goes to a file, whose
    tail is shown when the process ends in any way but a clean stop.

    `dialect` is the protocol of the test's clients, "text" or "binary"; it is not an option of the
    process.
    """

    # (user, password) where clients must authenticate.
    credentials = None
    # Environment variables of the process in addition to those of the test.
    environment = {}
    # A command prefix that executes the server.
    wrapper = ()

    def __init__(self, binary, options=(), port=None, dialect="text"):
        self.binary = binary
        self.options = list(options)
        self.dialect = dialect
        self.process = None
        self.port = port
        self._stderr = tempfile.TemporaryFile()
        attempts = 1 if port else START_ATTEMPTS_MAX
        for attempt in range(attempts):
            try:
                self._start(port or free_port())
                return
            except TestFailure:
                # Another process may have taken the port between probe and start.
                if attempt == attempts - 1:
                    raise

    def _start(self, port):
        self.port = port
        command = [*self.wrapper, self.binary, "-l", "127.0.0.1", "-p", str(port), "-U", "0",
                   *self.options]
        if os.getuid() == 0:
            command += ["-u", "root"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._stderr,
            env={**os.environ, **self.environment},
        )
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise TestFailure(
                    f"{self.binary} ended at start with status {self.process.returncode}:\n"
                    f"{self.stderr_tail()}"
                )
            if self._accepts():
                return
            time.sleep(0.01)
        self.kill()
        raise TestFailure(f"{self.binary} did not accept within {START_SECONDS_MAX} s")

    def _accepts(self):
        # A whole exchange, because a socket in the backlog does not prove a serving process,
        # nor that it is ours: `stats` tells the process id.
        try:
            return self.stats().get("pid") == str(self.process.pid)
        except (OSError, TestFailure):
            return False

    def restart(self):
        """Stops the process, if it runs, and starts another, which is empty, on the same port."""
        if self.is_running():
            self.stop()
        start_again(lambda: self._start(self.port))

    @property
    def pid(self):
        return self.process.pid

    def talk(self, timeout_seconds=10.0, **how):
        """A new connection to this server."""
        return Talker(self.port, timeout_seconds, **how)

    def stats(self, what=""):
        """The reply to `stats`, over a separate connection."""
        with self.talk() as talker:
            return talker.stats(what)

    def rss_bytes(self):
        """Resident memory of the process."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self):
        """User plus system time of all threads of the process since its start."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_running(self):
        return self.process.poll() is None

    def stop(self, by_signal=signal.SIGTERM):
        """Ends the process by a signal; it must end in time and with exit status 0."""
        self.process.send_signal(by_signal)
        self.wait_for_clean_end(f"after {signal.Signals(by_signal).name}")

    def wait_for_clean_end(self, when):
        """Waits for the process to exit with status 0."""
        try:
            status = self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TestFailure(f"server still ran {STOP_SECONDS_MAX} s {when}") from None
        check(status == 0, f"exit status {status} {when}:\n{self.stderr_tail()}")

    def kill(self):
        """Ends the process whatever state it is in.  May be called twice."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stderr_tail(self):
        """The last lines the server wrote to standard error."""
        size = os.fstat(self._stderr.fileno()).st_size
        offset = max(0, size - STDERR_TAIL_SIZE)
        return os.pread(self._stderr.fileno(), STDERR_TAIL_SIZE, offset).decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        # After a failure the first error is the one to report; otherwise a test that ends well
        # also claims that the server stops well.
        try:
            if kind is None and self.is_running():
                self.stop()
            elif kind is None:
                check(self.process.returncode == 0, f"server died:\n{self.stderr_tail()}")
        finally:
            self.kill()
            self._stderr.close()


class Connection:
    """One connection to a server, read by counted bytes."""

    def __init__(self, port, timeout_seconds=10.0, receive_buffer_size=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_size is not None:
            # Must be set before connecting to limit the advertised window.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_size)
        self.socket.settimeout(timeout_seconds)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = bytearray()

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, size):
        """The next `size` bytes."""
        while len(self._unread) < size:
            self._fill(f"{size} bytes")
        data = bytes(self._unread[:size])
        del self._unread[:size]
        return data

    def until_closed(self):
        """All bytes up to the end of the connection; a reset counts as an end."""
        try:
            while True:
                data = self.socket.recv(1 << 16)
                if not data:
                    break
                self._unread += data
        except ConnectionResetError:
            pass
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def _fill(self, what):
        try:
            data = self.socket.recv(1 << 16)
        except socket.timeout:
            raise TestFailure(f"no {what} came in time; unread: {shorten(self._unread)}") from None
        if not data:
            raise TestFailure(f"closed while waiting for {what}; got {shorten(self._unread)}")
        self._unread += data

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()


class Talker(Connection):
    """One connection that uses the text protocol in whole lines and counted bytes."""

    def line(self):
        """The next line without its ending."""
        while True:
            end = self._unread.find(b"\n")
            if end >= 0:
                line = bytes(self._unread[: end + 1])
                del self._unread[: end + 1]
                return line.rstrip(b"\r\n")
            self._fill("a line")

    def ask(self, command):
        """Sends one command line and returns the first line of the reply."""
        self.send(command + b"\r\n")
        return self.line()

    def set(self, key, value, flags=0, exptime=0):
        head = b"set %b %d %d %d\r\n" % (key, flags, exptime, len(value))
        self.send(head + value + b"\r\n")
        check_equal(self.line(), b"STORED", f"reply to a set of {shorten(key)}")

    def get(self, key):
        """The value of `key`, or None on a miss."""
        self.send(b"get %b\r\n" % key)
        return self.value()

    def value(self):
        """Reads the reply to a get of one key."""
        head = self.line()
        if head == b"END":
            return None
        words = head.split(b" ")
        check(words[0] == b"VALUE", f"a get was answered by {shorten(head)}")
        value = self.exactly(int(words[3]) + 2)[:-2]
        check_equal(self.line(), b"END", "end of the reply to a get")
        return value

    def stats(self, what=""):
        """The rows of `stats` as a dictionary of text."""
        self.send(f"stats {what}".strip().encode() + b"\r\n")
        rows = {}
        while True:
            line = self.line()
            if line == b"END":
                return rows
            words = line.decode().split(" ", 2)
            check(words[0] == "STAT", f"a row of stats reads {shorten(line)}")
            rows[words[1]] = words[2] if len(words) > 2 else ""


def wait_until(condition, what, seconds_max=10.0):
    """Polls until `condition()` holds; fails if it does not in time."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        check(time.monotonic() < deadline, f"{what} did not happen within {seconds_max} s")
        time.sleep(0.02)


def arguments(description):
    """The command line options that all test scripts share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--larder",
        default=os.environ.get("LARDER_SERVER"),
        required="LARDER_SERVER" not in os.environ,
        help="the server binary to test; default: what LARDER_SERVER names",
    )
    return parser


def run_tests(description, tests, options=()):
    """Runs each function of `tests` against its own server and exits the process.

    A test takes the `Server`.  The exit status is 0 only if all passed.
    """
    binary = arguments(description).parse_args().larder
    end_with([passes(test, lambda: Server(binary, options)) for test in tests])


def passes(test, start, prefix=""):
    """Whether `test` passes with the server that `start` starts.

    The outcome is one line; a failure shows the claim that did not hold.
    """
    name = f"{prefix}{test.__name__}".replace("_", " ")
    try:
        with start() as server:
            test(server)
    except Exception as error:  # a client library's own errors are failures too
        print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"ok      {name}", flush=True)
    return True


def end_with(outcomes):
    """Prints how many tests passed and exits, with status 0 only if all did."""
    print(f"{sum(outcomes)} of {len(outcomes)} passed")
    sys.exit(0 if outcomes and all(outcomes) else 1)
