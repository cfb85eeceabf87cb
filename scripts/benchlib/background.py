"""A client that does something of its own while a block runs."""

import os
import threading

from benchlib.text_client import TextClient


class BackgroundClient:
    """Runs act() over and over in a thread of its own, at the lowest priority: the load that is
    measured beside it goes first, as if this ran on another machine."""

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
        """False if there is nothing more to do."""
        raise NotImplementedError
