#!/usr/bin/python3
"""/healthz while a worker hangs, and without clients.

    python3 tests/server/http/health_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import ctypes  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import time  # noqa: E402

from harness import arguments, check, check_equal, end_with, passes, wait_until  # noqa: E402

from http_harness import HttpServer  # noqa: E402

# Longer than /healthz waits.
SILENCE_SECONDS = 6.0
PATIENCE_SECONDS = 15.0


class StoppedThread:
    """One thread of a child process, stopped by ptrace while the others continue."""

    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
    WAIT_FOR_ANY_THREAD = 0x40000000

    def __init__(self, thread_id):
        self.thread_id = thread_id
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long] * 4

    def ask(self, request):
        if self.libc.ptrace(request, self.thread_id, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def __enter__(self):
        self.ask(self.SEIZE)
        self.ask(self.INTERRUPT)
        os.waitpid(self.thread_id, self.WAIT_FOR_ANY_THREAD)
        return self

    def __exit__(self, *_):
        self.ask(self.DETACH)


def thread_named(process_id, name):
    for task in Path(f"/proc/{process_id}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return int(task.name)
    raise AssertionError(f"no thread {name}")


def healthz_names_a_worker_that_hangs(server):
    def health():
        return server.http("/healthz")[::2]

    try:
        with StoppedThread(thread_named(server.process.pid, "worker-1")):
            wait_until(lambda: health()[0] == 503, "a worker that hangs", PATIENCE_SECONDS)
            status, body = health()
            check(re.fullmatch(r"worker-1 has not ticked for \d+ s\n", body), f"{status}: {body}")
            check_equal(server.page("/readyz"), "ok\n", "/readyz meanwhile")
    except PermissionError:
        print("not tried: ptrace is not allowed here")
        return
    wait_until(lambda: health() == (200, "ok\n"), "/healthz of a resumed worker", PATIENCE_SECONDS)


def idle_workers_are_healthy(server):
    time.sleep(SILENCE_SECONDS)
    check_equal(server.page("/healthz"), "ok\n", "/healthz of a server without clients")


TESTS = [healthz_names_a_worker_that_hangs, idle_workers_are_healthy]

if __name__ == "__main__":
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    end_with([passes(test, lambda: HttpServer(binary, ["-t", "2"])) for test in TESTS])
