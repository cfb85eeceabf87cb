"""One process of the cluster, with its output in a file."""

import os
import signal
import subprocess

LOG_TAIL_SIZE = 3000


class Process:
    """Starts the process in its own session, so that Ctrl-C reaches the script only."""

    def __init__(self, name, command, log, environment=None):
        self.name = name
        self.log = log
        self.was_told = False  # whether its end was reported
        with open(log, "ab") as file:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd="/",
                env=environment, start_new_session=True)

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def how_it_ended(self):
        status = self._process.poll()
        if status < 0:
            return f"by {signal.Signals(-status).name}"
        return f"with status {status}"

    def ask_to_end(self, *signals):
        for number in signals:
            if self.is_running():
                self._process.send_signal(number)

    def end(self, seconds_max):
        """Waits for the process to end, and kills it after that time."""
        try:
            self._process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log_tail(self):
        with open(self.log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_TAIL_SIZE))
            return file.read().decode(errors="replace").rstrip()
