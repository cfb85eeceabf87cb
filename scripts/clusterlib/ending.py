"""The signals that end scripts/cluster."""

import signal
import time


class Ended(Exception):
    """One of these signals has arrived."""

    def __init__(self, number):
        super().__init__(number)
        self.signal = number


class Ending:
    """Signals are recorded and raise an exception only in explicit checks: an exception between the
    start of a process and recording it would leave that process running."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self):
        self._number = None
        for number in self.SIGNALS:
            signal.signal(number, self._remember)

    def _remember(self, number, frame):
        self._number = number

    @staticmethod
    def leave_out(number):
        """Ignores this signal from now on; its effect in child processes is unchanged."""
        signal.signal(number, lambda *_: None)

    def check(self):
        if self._number is not None:
            raise Ended(self._number)

    def wait(self, seconds):
        time.sleep(seconds)
        self.check()
