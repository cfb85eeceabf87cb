#!/usr/bin/python3
"""A process that was stopped for seconds continues with the current time.

    python3 tests/server/worker/stopped_process_test.py --larder build/release/larder

SIGSTOP and SIGCONT simulate a paused container or a suspended host.  Requests of the clients
meanwhile wait in their sockets, and are executed in the first turns after the stop.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import contextlib  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import time  # noqa: E402

from harness import Server, check, check_equal, free_port, run_tests, wait_until  # noqa: E402

# The thread that continues first after a stop is random, so many connections are checked.
CLIENT_COUNT = 24
WORKERS = ["-t", "4"]
# More than the event loop returns in its first turn.
IDLE_COUNT = 100
IDLE_SECONDS_MAX = 4


@contextlib.contextmanager
def stopped(server, seconds):
    """Runs the block while the process is stopped, for at least this time."""
    server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        wait_until(lambda: state_of(server) == "T", "the stop of the process")
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def state_of(server):
    """The state of the process, as in ps."""
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def prepare(clients):
    for n, client in enumerate(clients):
        client.set(b"short%d" % n, b"v", exptime=2)
        client.set(b"long%d" % n, b"v", exptime=1000)


def ask_for_expired_items(clients):
    for n, client in enumerate(clients):
        client.send(b"get short%d\r\nmg short%d v\r\nadd lock%d 0 2 1\r\n1\r\nmg lock%d t\r\n"
                    b"get long%d\r\n" % (n, n, n, n, n))


def check_that_they_are_expired(clients):
    for client in clients:
        check_equal(client.line(), b"END", "a get of an item that died during the stop")
        check_equal(client.line(), b"EN", "an mg of an item that died during the stop")
        check_equal(client.line(), b"STORED", "a lock set after the stop")
        lock = client.line()
        check(lock in (b"HD t2", b"HD t1"), f"a lock of 2 s that was just set: {lock}")
        check_equal(client.value(), b"v", "an item that has not died")


def check_a_stop(server):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.talk()) for _ in range(CLIENT_COUNT)]
        prepare(clients)
        with stopped(server, 3.5):
            ask_for_expired_items(clients)
        check_that_they_are_expired(clients)


def expired_items_stay_expired_and_locks_stay_valid(server):
    check_a_stop(server)


def expired_items_stay_expired_without_latency_measurement(server):
    with Server(server.binary, [*WORKERS, "-o", "no_latency"]) as unmeasured:
        check_a_stop(unmeasured)


def a_flush_that_became_due_during_the_stop_is_executed_first(server):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.talk()) for _ in range(CLIENT_COUNT)]
        for n, client in enumerate(clients):
            client.set(b"k%d" % n, b"v")
        check_equal(clients[0].ask(b"flush_all 2"), b"OK", "flush_all")
        with stopped(server, 3.5):
            for n, client in enumerate(clients):
                client.send(b"get k%d\r\n" % n)
        for client in clients:
            check_equal(client.value(), None, "an item that was to be flushed during the stop")


def datagrams_find_expired_items_expired(server):
    port = free_port()
    with Server(server.binary, [*WORKERS, "-U", str(port)]) as other, other.talk() as writer:
        writer.set(b"short", b"v", exptime=2)
        with contextlib.ExitStack() as stack:
            sockets = []
            for _ in range(CLIENT_COUNT):
                client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                client.settimeout(10)
                client.connect(("127.0.0.1", port))
                sockets.append(client)
            request = b"\0\1\0\0\0\1\0\0get short\r\n"
            sockets[0].send(request)
            answer = sockets[0].recv(2000)[8:]
            check_equal(answer, b"VALUE short 0 1\r\nv\r\nEND\r\n", "before the stop")
            with stopped(other, 3.5):
                for client in sockets:
                    client.send(request)
            for client in sockets:
                answer = client.recv(2000)[8:]
                check_equal(answer, b"END\r\n", "a datagram's get of an item that has died")


def no_client_is_disconnected_because_of_the_stop(server):
    options = [*WORKERS, "-o", f"idle_timeout={IDLE_SECONDS_MAX}"]
    with Server(server.binary, options) as kicking, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(kicking.talk()) for _ in range(IDLE_COUNT)]
        for client in clients:
            check_equal(client.ask(b"mn"), b"MN", "before the stop")
        with stopped(kicking, IDLE_SECONDS_MAX + 2.5):
            for client in clients[::2]:
                client.send(b"mn\r\n")
        for client in clients[::2]:
            check_equal(client.line(), b"MN", "of a request sent during the stop")
        time.sleep(1.5)  # idle clients are checked once a second
        for client in clients[1::2]:
            check_equal(client.ask(b"mn"), b"MN", "of a client that was silent during the stop")
        # A client that is idle while the process runs is still closed.
        for client in clients:
            check_equal(client.until_closed(), b"", "of an idle client in the end")
        check_equal(int(kicking.stats()["idle_kicks"]), IDLE_COUNT, "idle_kicks")


if __name__ == "__main__":
    run_tests(
        __doc__.splitlines()[0],
        [
            expired_items_stay_expired_and_locks_stay_valid,
            expired_items_stay_expired_without_latency_measurement,
            a_flush_that_became_due_during_the_stop_is_executed_first,
            datagrams_find_expired_items_expired,
            no_client_is_disconnected_because_of_the_stop,
        ],
        WORKERS,
    )
