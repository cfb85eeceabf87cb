"""The signals that end scripts/cluster."""

import signal
import time


class Ended(Exception):
    """Such a signal has come."""

    def __init__(self, number):
        super().__init__(number)
        self.signal = number


class Ending:
    """Signals are remembered, and raise only where somebody asks: one that came between the start
    of a process and taking note of it would leave that process behind."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self):
        self._number = None
        for number in self.SIGNALS:
            signal.signal(number, self._remember)

    def _remember(self, number, frame):
        self._number = number

    @staticmethod
    def leave_out(number):
        """From now on that one does nothing here; in children it does what it did."""
        signal.signal(number, lambda *_: None)

    def check(self):
        if self._number is not None:
            raise Ended(self._number)

    def wait(self, seconds):
        time.sleep(seconds)
        self.check()
