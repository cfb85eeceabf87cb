#!/usr/bin/python3
"""Snapshots of a running server: written, loaded at the next start, and whole whatever happens.

    python3 tests/server/snapshot_test.py --larder build/release/larder [--kills N]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

import os  # noqa: E402
import random  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from contextlib import nullcontext  # noqa: E402

from harness import (  # noqa: E402
    Server,
    arguments,
    check,
    check_equal,
    end_with,
    passes,
    start_again,
    wait_until,
)

USER = ["-u", "root"] if os.getuid() == 0 else []
KILLS = 40
KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"


class KeepingServer(Server):
    """A server with a directory for its snapshots."""

    def __init__(self, binary, *options):
        self.directory = tempfile.TemporaryDirectory(prefix="larder-snapshot-")
        super().__init__(binary, ["--snapshot-dir", self.directory.name, *options])

    def files(self):
        return sorted(name for name in os.listdir(self.directory.name))

    def snapshots(self):
        return [name for name in self.files() if name.endswith(".snapshot")]

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def status(self):
        return self.stats("snapshot")

    def take_snapshot(self):
        """Begins a snapshot, and waits for its end."""
        before = self.status()
        with self.talk() as talker:
            check_equal(talker.ask(b"snapshot"), b"OK", "the reply to snapshot")
        wait_until(lambda: self.ended(before), "an end of the snapshot", 60)
        return self.status()

    def ended(self, before):
        now = self.status()
        return any(now[name] != before[name] for name in ("successes", "failures"))

    def start_again(self, *options):
        """Another process with other options on the same port; the old one has ended."""
        self.options = ["--snapshot-dir", self.directory.name, *options]
        start_again(lambda: self._start(self.port))

    def __exit__(self, *failure):
        super().__exit__(*failure)
        self.directory.cleanup()


def fill(server):
    """Items of all kinds; returns what each key has."""
    items = {b"small": b"value", b"empty": b"", b"large": os.urandom(900_000),
             b"zeros": bytes(5000), b"lines": b"a\r\nEND\r\n"}
    for number in range(2000):
        items[b"key%d" % number] = os.urandom(number % 300)
    with server.talk() as talker:
        for number, (key, value) in enumerate(items.items()):
            talker.set(key, value, flags=number)
        talker.set(b"lives", b"x", exptime=1000)
        talker.set(b"dies", b"x", exptime=2)
        talker.set(b"stale", b"x")
        check_equal(talker.ask(b"md stale I"), b"HD", "an invalidation")
    return items


def check_items(server, items):
    with server.talk() as talker:
        for number, (key, value) in enumerate(items.items()):
            talker.send(b"mg %b v f\r\n" % key)
            head = talker.line()
            check_equal(head, b"VA %d f%d" % (len(value), number), f"the item {key}")
            check_equal(talker.exactly(len(value) + 2)[:-2], value, f"the value of {key}")


def a_snapshot_is_loaded_by_the_next_start(binary):
    with KeepingServer(binary) as server:
        items = fill(server)
        with server.talk() as talker:
            cas = talker.ask(b"mg small c")
        status = server.take_snapshot()
        check_equal(status["state"], "idle", "the state after a snapshot")
        check_equal(status["successes"], "1", "snapshots")
        check_equal(int(status["last_items"]), len(items) + 3, "items in the snapshot")
        check_equal(status["last_evicted"], "0", "items evicted")
        with server.talk() as talker:
            talker.set(b"later", b"not in the snapshot")
            talker.set(b"small", b"changed later")
        server.kill()
        time.sleep(2)  # so that an item expires while no server runs
        server.start_again("--warm-start")
        check_items(server, items)
        with server.talk() as talker:
            check_equal(talker.get(b"later"), None, "an item from after the snapshot")
            check_equal(talker.get(b"dies"), None, "an item that expired meanwhile")
            ttl = talker.ask(b"mg lives t")
            check(990 <= int(ttl[4:]) <= 998, f"the time to live after the restart: {ttl}")
            check_equal(talker.ask(b"mg stale s"), b"HD s1 X W", "the marks of a stale item")
            check_equal(talker.ask(b"mg small c"), cas, "the CAS id after the restart")
            talker.set(b"small", b"new")
            check(int(talker.ask(b"mg small c")[4:]) > int(cas[4:]) + 2**40,
                  "CAS ids after a restart are higher than all before")
        status = server.status()
        check_equal(int(status["loaded_items"]), len(items) + 2, "items loaded")


def a_binary_key_stays_binary(binary):
    with KeepingServer(binary) as server:
        with server.talk() as talker:
            talker.send(b"ms aw0K/w== 1 b\r\nv\r\n")
            check_equal(talker.line(), b"HD", "a set of a binary key")
        server.take_snapshot()
        server.kill()
        server.start_again("--warm-start")
        with server.talk() as talker:
            check_equal(talker.ask(b"mg aw0K/w== b k v"), b"VA 1 kaw0K/w== b", "a binary key")


def a_stop_takes_a_snapshot_with_warm_start(binary):
    with KeepingServer(binary, "--warm-start") as server:
        items = fill(server)
        server.stop()
        check_equal(len(server.snapshots()), 1, "snapshots after SIGTERM")
        server.start_again("--warm-start")
        check_items(server, items)
        with server.talk() as talker:
            talker.set(b"second", b"x")
        server.stop()
        server.start_again("--warm-start")
        with server.talk() as talker:
            check_equal(talker.get(b"second"), b"x", "an item of the second run")


def a_schedule_takes_snapshots_and_keeps_the_newest(binary):
    with KeepingServer(binary, "--snapshot-every", "1", "--snapshot-keep", "2") as server:
        with server.talk() as talker:
            talker.set(b"key", b"x")
        wait_until(lambda: int(server.status()["successes"]) >= 4, "four snapshots", 20)
        check(len(server.snapshots()) in (2, 3), f"snapshots kept: {server.files()}")
        status = server.status()
        check_equal(status["interval"], "1", "the interval")
        check(int(status["next_time"]) >= time.time() - 2, "the time of the next one")


def encrypted_snapshots_need_their_key(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key")
        with open(path, "w", encoding="ascii") as file:
            file.write(KEY + "\n")
        os.chmod(path, 0o600)
        with KeepingServer(binary, "--snapshot-key-file", path) as server:
            with server.talk() as talker:
                talker.set(b"the-secret-key", b"the secret value")
            server.take_snapshot()
            with open(server.path(server.snapshots()[0]), "rb") as file:
                check(b"secret" not in file.read(), "plain text in an encrypted snapshot")
            server.kill()
            server.start_again("--warm-start")
            with server.talk() as talker:
                check_equal(talker.get(b"the-secret-key"), None, "an item without the key")
            check("no key was given" in server.stderr_tail(), "the log tells of the key")
            server.kill()
            server.start_again("--warm-start", "--snapshot-key-command",
                               f"echo {KEY.replace('0', '1')}; cat {path}")
            with server.talk() as talker:
                check_equal(talker.get(b"the-secret-key"), b"the secret value",
                            "an item with the second key of two")


def a_damaged_snapshot_is_not_loaded_but_the_one_before_it_is(binary):
    with KeepingServer(binary) as server:
        with server.talk() as talker:
            talker.set(b"key", b"old")
        server.take_snapshot()
        with server.talk() as talker:
            talker.set(b"key", b"new")
        server.take_snapshot()
        server.kill()
        newest = server.path(sorted(server.snapshots(), key=lambda name: name.split(".")[0])[-1])
        with open(newest, "r+b") as file:
            file.seek(5000 if os.path.getsize(newest) > 5000 else 4150)
            file.write(b"\0")
        with open(newest, "r+b") as file:
            file.truncate(os.path.getsize(newest) - 1)
        server.start_again("--warm-start")
        with server.talk() as talker:
            check_equal(talker.get(b"key"), b"old", "the value of the older snapshot")
        check("snapshot_not_loaded" in server.stderr_tail(), "the log tells of the damage")
        check("offset" in server.stderr_tail(), "the log names the offset")


def a_full_disk_leaves_the_older_snapshot(binary):
    with KeepingServer(binary, "-m", "64") as server:
        with server.talk() as talker:
            talker.set(b"key", b"old")
        server.take_snapshot()
        before = server.files()
        with server.talk() as talker:
            for number in range(20):
                talker.set(b"large%d" % number, os.urandom(500_000))
        before_limits = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 << 20, before_limits[1]))
        status = server.take_snapshot()
        check_equal(status["failures"], "1", "failed snapshots")
        check("File too large" in status["last_error"], f"the error: {status['last_error']}")
        check_equal(server.files(), before, "the files after a failure")
        with server.talk() as talker:
            check_equal(talker.get(b"key"), b"old", "a get after the failure")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before_limits)
        status = server.take_snapshot()
        check_equal(status["last_items"], "21", "items of the next snapshot")
        check_equal(status["last_error"], "", "the error after a success")


def without_a_directory_there_are_no_snapshots(binary):
    with Server(binary) as server, server.talk() as talker:
        check_equal(talker.ask(b"snapshot"),
                    b"ERROR snapshots are off: start larder with --snapshot-dir", "the reply")
        check_equal(talker.ask(b"snapshot now"), b"ERROR", "a word too many")
        check_equal(server.stats("snapshot")["state"], "off", "the state")


def a_start_is_refused_where_snapshots_cannot_work(binary):
    def refusal(*words):
        ended = subprocess.run([binary, *USER, "-p", "0", "-s", "/nonexistent/socket", *words],
                               capture_output=True, text=True, timeout=30)
        check(ended.returncode > 0, f"{words} was accepted")
        return ended.stderr

    check("--snapshot-dir /nonexistent: No such file or directory"
          in refusal("--snapshot-dir", "/nonexistent"), "a missing directory")
    check("needs --snapshot-dir" in refusal("--warm-start"), "--warm-start alone")
    check("needs --snapshot-dir" in refusal("--snapshot-every", "1h"), "a schedule alone")
    check("cannot be combined" in refusal("--snapshot-dir", "/tmp", "--snapshot-every", "1h",
                                          "--snapshot-at", "03:00"), "two schedules")
    check("takes an interval" in refusal("--snapshot-every", "soon"), "a bad interval")
    check("cannot open the snapshot key file" in refusal(
        "--snapshot-dir", "/tmp", "--snapshot-key-file", "/nonexistent"), "a missing key file")


def a_smaller_server_loads_what_was_accessed_last(binary):
    with KeepingServer(binary, "-m", "64") as server:
        with server.talk() as talker:
            for number in range(2000):
                talker.set(b"old%d" % number, bytes(10_000))
            time.sleep(2.5)
            for number in range(500):
                talker.set(b"new%d" % number, bytes(10_000))
        server.take_snapshot()
        server.kill()
        server.start_again("--warm-start", "-m", "10")
        with server.talk() as talker:
            found = sum(talker.get(b"new%d" % number) is not None for number in range(500))
        check(found >= 490, f"{found} of 500 items that were accessed last are there")


def a_kill_at_any_moment_leaves_the_last_good_snapshot(binary):
    """Values have their round in them, so a mixture of two snapshots would show."""
    rng = random.Random(1)
    with KeepingServer(binary, "--warm-start", "-m", "64") as server:
        rounds = 0
        for kill in range(KILLS):
            rounds += 1
            with server.talk() as talker:
                for number in range(300):
                    talker.set(b"key%d" % number, b"%d " % rounds * 300)
                good = rounds if rng.random() < 0.3 else None
            if good:
                server.take_snapshot()
            with server.talk() as talker:
                for number in range(300):
                    talker.set(b"key%d" % number, b"%d " % (rounds + 1) * 300)
                rounds += 1
                talker.send(b"snapshot\r\n")
            time.sleep(rng.random() * 0.004)
            server.kill()
            server.start_again("--warm-start", "-m", "64")
            with server.talk() as talker:
                found = set()
                for number in range(300):
                    value = talker.get(b"key%d" % number)
                    if value is not None:
                        found.add(value)
            check(len(found) <= 1, f"kill {kill}: values of {len(found)} snapshots are mixed")
            if good:
                check(found and int(found.pop().split()[0]) >= good,
                      f"kill {kill}: the good snapshot {good} is lost")
            check(not any(name.endswith(".tmp") for name in server.files())
                  or len(server.files()) < 10, "unfinished files pile up")


TESTS = [
    a_snapshot_is_loaded_by_the_next_start,
    a_binary_key_stays_binary,
    a_stop_takes_a_snapshot_with_warm_start,
    a_schedule_takes_snapshots_and_keeps_the_newest,
    encrypted_snapshots_need_their_key,
    a_damaged_snapshot_is_not_loaded_but_the_one_before_it_is,
    a_full_disk_leaves_the_older_snapshot,
    without_a_directory_there_are_no_snapshots,
    a_start_is_refused_where_snapshots_cannot_work,
    a_smaller_server_loads_what_was_accessed_last,
    a_kill_at_any_moment_leaves_the_last_good_snapshot,
]

if __name__ == "__main__":
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40, help="how often a server is killed")
    given = parser.parse_args()
    KILLS = given.kills
    end_with([passes(test, lambda: nullcontext(os.path.abspath(given.larder))) for test in TESTS])
