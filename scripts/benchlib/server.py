"""A measured server: it is started, pinned to CPUs, and ended by its process id."""

import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import time

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 10
CONNECTIONS = 1024  # memcached's default limit


class ServerError(Exception):
    """A server did not start, or has ended; the text is for the user."""


def free_port():
    """A loopback port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command_words(template, **values):
    """The words of a command template, each {name} replaced by its value."""
    text = template
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return shlex.split(text)


class Server:
    """A context manager: the process is ended with the block, even after an exception."""

    def __init__(self, name, template, memory, threads, cpus, prefix=(),
                 connections=CONNECTIONS):
        self.name = name
        self.is_floor = False  # a responder without keys and values
        self.port = free_port()
        self._words = command_words(template, port=self.port, memory=memory, threads=threads,
                                    connections=connections)
        self._prefix = list(prefix)  # what runs the server, such as valgrind
        self._cpus = cpus
        self._process = None
        self._log = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def program(self):
        return self._words[0]

    @property
    def pid(self):
        return self._process.pid

    def __enter__(self):
        if shutil.which(self._words[0]) is None:
            raise ServerError(f"{self.name}: there is no program {self._words[0]}")
        # Both wrappers exec the server, so the process id stays valid for signals.
        wrappers = ["taskset", "-c", self._cpus]
        if shutil.which("setpriv"):
            wrappers = ["setpriv", "--pdeathsig", "TERM"] + wrappers
        self._log = os.memfd_create(f"{self.name}-log")
        self._process = subprocess.Popen(
            wrappers + self._prefix + self._words,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _wait_until_it_listens(self):
        give_up = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                raise ServerError(f"{self.name}: ended with status {self._process.returncode}: "
                                  f"{self.last_words()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise ServerError(f"{self.name}: does not listen after {START_SECONDS_MAX} seconds")

    def start_again_if_ended(self):
        """Starts the process again on the same port if it has exited."""
        if not self.is_running():
            self.stop()
            self.__enter__()

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def ends_within(self, seconds):
        """Whether the process ends by itself in that time: a process that dies closes its
        connections some time before it can be waited for."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self):
        """The end of what the server printed, on one line."""
        text = os.pread(self._log, 4096, max(0, os.fstat(self._log).st_size - 4096))
        return " | ".join(text.decode(errors="replace").strip().splitlines()[-3:])

    def cpu_nanoseconds(self):
        """User and system time of all threads so far.  Exact only while the server is idle."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass  # the thread has ended
        return total

    def stop(self):
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        os.close(self._log)
