#!/usr/bin/python3
"""Without free file descriptors, the server serves its clients, pauses, and accepts again later.

    python3 tests/server/worker/descriptor_shortage_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import os  # noqa: E402
import resource  # noqa: E402
import time  # noqa: E402

from harness import check, check_equal, run_tests  # noqa: E402

SPARE_DESCRIPTORS = 4
CLIENTS = 16
STARVED_SECONDS = 2.0
CPU_SECONDS_MAX = 0.5


def starve(server):
    """Leaves the process SPARE_DESCRIPTORS free descriptors; returns its former limit."""
    highest = max(map(int, os.listdir(f"/proc/{server.pid}/fd")))
    old = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (highest + 1 + SPARE_DESCRIPTORS, old[1]))
    return old


def connections_of(server):
    """More connections than descriptors; the others wait in the backlog."""
    talkers = [server.talk(timeout_seconds=10) for _ in range(CLIENTS)]
    for n, talker in enumerate(talkers):
        talker.send(b"set k%d 0 0 1\r\nv\r\n" % n)
    return talkers


def served_among(talkers):
    """The connections that get a reply soon."""
    served = []
    for talker in talkers:
        talker.socket.settimeout(0.3)
        try:
            if talker.socket.recv(8) == b"STORED\r\n":
                served.append(talker)
        except OSError:
            pass
        talker.socket.settimeout(10)
    return served


def serves_its_connections_and_does_not_spin(server):
    starve(server)
    talkers = connections_of(server)
    served = served_among(talkers)
    check(0 < len(served) < CLIENTS, f"{len(served)} of {CLIENTS} were served: no shortage")
    before = server.cpu_seconds()
    time.sleep(STARVED_SECONDS)
    used = server.cpu_seconds() - before
    check(used < CPU_SECONDS_MAX, f"{used} s of CPU in {STARVED_SECONDS} s without work")
    for talker in served:
        check_equal(talker.ask(b"get none"), b"END", "reply to a get in the shortage")


def accepts_again_when_connections_close(server):
    starve(server)
    talkers = connections_of(server)
    served = served_among(talkers)
    waiting = [talker for talker in talkers if talker not in served]
    check(len(served) > 0 and len(waiting) > 0, f"{len(served)} served: no shortage")
    # Each closed connection makes room for a waiting one, in order for each worker; in the end
    # all are served.
    deadline = time.monotonic() + 30
    while waiting:
        for talker in served:
            talker.close()
        served = served_among(waiting)
        waiting = [talker for talker in waiting if talker not in served]
        check(time.monotonic() < deadline, f"{len(waiting)} connections wait and none is served")


def accepts_again_when_the_limit_rises(server):
    old = starve(server)
    talkers = connections_of(server)
    served = served_among(talkers)
    check(len(served) < CLIENTS, "no shortage")
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, old)
    # A server that stopped accepting checks again when a connection closes.
    served.pop().close()
    for talker in talkers:
        if talker not in served and talker.socket.fileno() >= 0:
            check_equal(talker.line(), b"STORED", "reply to a connection that had to wait")


if __name__ == "__main__":
    run_tests(
        __doc__.splitlines()[0],
        [
            serves_its_connections_and_does_not_spin,
            accepts_again_when_connections_close,
            accepts_again_when_the_limit_rises,
        ],
        ["-t", "2", "-c", "200"],
    )
