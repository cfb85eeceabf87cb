#!/usr/bin/python3
"""-c limits the connections: an excess one gets an error and is closed, the others are served.

    python3 tests/server/worker/connection_limit_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import os  # noqa: E402

from harness import (  # noqa: E402
    Server,
    arguments,
    check,
    check_equal,
    end_with,
    passes,
    wait_until,
)

# memcached, which sets its limit of descriptors to -c, does not start with much less.
LIMIT = 50
DESCRIPTORS = 300
REFUSAL = b"ERROR Too many open connections\r\n"


def is_served(talker):
    """Whether the server replies on this connection; otherwise it must have refused it."""
    try:
        talker.send(b"get none\r\n")
        reply = talker.exactly(5)
    except (ConnectionResetError, BrokenPipeError):
        return False
    if reply == b"END\r\n":
        return True
    check_equal(reply + talker.until_closed(), REFUSAL, "what a refused connection receives")
    return False


def opened_until_refused(server):
    """Opens as many connections as the server accepts and returns them."""
    served = []
    while len(served) <= LIMIT:
        talker = server.talk()
        if not is_served(talker):
            talker.close()
            return served
        served.append(talker)
    check(False, f"{len(served)} connections were served with a limit of {LIMIT}")


def refuses_excess_connections_with_an_error(server):
    served = opened_until_refused(server)
    # memcached counts its listening sockets and spare descriptors as connections.
    check(len(served) >= LIMIT - 20, f"only {len(served)} connections of {LIMIT} were served")
    for _ in range(3):
        with server.talk() as extra:
            # The client sends nothing, so that no reset can overtake the refusal.
            check_equal(extra.until_closed(), REFUSAL, "what a refused connection receives")
    for talker in served:
        check_equal(talker.ask(b"get none"), b"END", "reply on a connection within the limit")


def counts_refused_connections(server):
    served = opened_until_refused(server)
    before = int(served[0].stats()["rejected_connections"])
    check(before > 0, "the first refusal was not counted")
    for _ in range(5):
        with server.talk() as extra:
            extra.until_closed()
    rows = served[0].stats()
    check_equal(int(rows["rejected_connections"]), before + 5, "rejected_connections")
    check_equal(int(rows["max_connections"]), LIMIT, "max_connections")


def serves_again_when_one_closes(server):
    served = opened_until_refused(server)
    served.pop().close()

    def one_more_is_served():
        talker = server.talk()
        if is_served(talker):
            served.append(talker)
            return True
        talker.close()
        return False

    wait_until(one_more_is_served, "service after a connection was closed")


class Poor(Server):
    """A server that may open only few files, and cannot raise that limit."""

    wrapper = (["setpriv", "--bounding-set", "-sys_resource"] if os.geteuid() == 0 else []) + [
        "prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]


def shows_the_effective_limit_with_fewer_descriptors(server):
    with server.talk() as talker:
        limit = int(talker.stats()["max_connections"])
        check(0 < limit < DESCRIPTORS, f"{limit} clients of {DESCRIPTORS} descriptors")
        check_equal(talker.stats("settings")["maxconns"], str(limit), "maxconns")
        check(f"room for {limit} clients instead of {DESCRIPTORS}" in server.stderr_tail(),
              server.stderr_tail())
        talkers = [server.talk() for _ in range(limit - 1)]
        check(all(is_served(each) for each in talkers), f"not {limit} clients were served")
        with server.talk() as extra:
            check_equal(extra.until_closed(), REFUSAL, "what one more receives")


def main():
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder

    def small():
        return Server(binary, ["-c", str(LIMIT), "-t", "1"])

    end_with([passes(test, start) for test, start in (
        (refuses_excess_connections_with_an_error, small),
        (counts_refused_connections, small),
        (serves_again_when_one_closes, small),
        (shows_the_effective_limit_with_fewer_descriptors,
         lambda: Poor(binary, ["-c", str(DESCRIPTORS), "-t", "1"])),
    )])


if __name__ == "__main__":
    main()
