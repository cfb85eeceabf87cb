"""A client that runs in the background of a block."""

import os
import threading

from benchlib.text_client import TextClient


class BackgroundClient:
    """Runs act() repeatedly in a thread of the lowest priority: the measured load goes first, as
    if this ran on another machine."""

    def __init__(self, address):
        self.client = TextClient(address)
        self.is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self._thread.join()
        self.client.__exit__()

    def _run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        while not self.is_over.is_set() and self.act():
            pass

    def act(self):
        """False if the work is finished."""
        raise NotImplementedError
