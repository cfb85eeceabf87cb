"""One nutcracker process, for tests with a proxy between a client and its servers.

A child process on a loopback port that was free a moment ago, always ended by its own process id.
"""

import subprocess
import tempfile
import time
from pathlib import Path

from harness import (START_ATTEMPTS_MAX, START_SECONDS_MAX, STOP_SECONDS_MAX, TestFailure,
                     free_port)
from suites import program


class Nutcracker:
    """The proxy is ready when the constructor returns.

    `configuration(port)` returns its configuration, `serves(port)` whether it replies.
    """

    def __init__(self, configuration, serves):
        self._directory = tempfile.TemporaryDirectory(prefix="larder-proxy-")
        self._log = Path(self._directory.name, "log")
        self.process = None
        try:
            self._start(configuration, serves)
        except BaseException:
            self.kill()
            raise

    def _start(self, configuration, serves):
        for _ in range(START_ATTEMPTS_MAX):
            # Another process may take the port before the proxy does.
            self.port = free_port()
            self.process = self._started_process(configuration(self.port))
            deadline = time.monotonic() + START_SECONDS_MAX
            while self.is_running() and time.monotonic() < deadline:
                if serves(self.port):
                    return
                time.sleep(0.01)
            self._end()
        raise TestFailure(f"nutcracker does not serve:\n{self.log_text()}")

    def _started_process(self, text):
        directory = Path(self._directory.name)
        configuration = directory / "configuration"
        configuration.write_text(text, encoding="ascii")
        command = [program("nutcracker", "nutcracker"), "-c", str(configuration)]
        command += ["-o", str(self._log), "-p", str(directory / "pid")]
        command += ["-a", "127.0.0.1", "-s", str(free_port())]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def is_running(self):
        return self.process.poll() is None

    def log_text(self):
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def kill(self):
        if self.process is not None:
            self._end()
        self._directory.cleanup()

    def _end(self):
        self.process.kill()
        self.process.wait(STOP_SECONDS_MAX)
