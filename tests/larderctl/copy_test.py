#!/usr/bin/python3
"""larderctl copy between running servers: Larder and memcached, single ones and rings.

    python3 tests/larderctl/copy_test.py --larder build/release/larder
        --larderctl build/release/larderctl
"""

import re
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from transfer_harness import (
    EXIT_CANNOT, EXIT_USAGE, ITEMS, Authority, Proxy, Server, Tools, address, check, check_counts,
    check_equal, check_items, counts, dump, expiries_of, fetch, fill, item_count, larder, main,
    memcached, old, run, store, wait_for)

ALL = len(ITEMS)


class Guarded(Server):
    """A server that speaks TLS, and with clients that have logged in."""

    def __init__(self, folder, authority):
        certificate, key = authority.issue("server")
        (folder / "users").write_text("operator:hunter2\n", encoding="ascii")
        self._context = ssl.create_default_context(cafile=authority.path)
        super().__init__(Tools.larder, ["-Y", str(folder / "users"), "-Z", "-o",
                                        f"ssl_chain_cert={certificate},ssl_key={key}"])

    def talk(self, timeout_seconds=10.0):
        talker = super().talk(timeout_seconds)
        talker.socket = self._context.wrap_socket(talker.socket, server_hostname="127.0.0.1")
        talker.set(b"login", b"operator hunter2")
        return talker

BIG = ("-I", "8m")


def every_item_arrives_as_it_was():
    for start, end in ((memcached, larder), (larder, memcached), (memcached, memcached),
                       (larder, larder)):
        with start() as source, end() as target:
            store(source, ITEMS)
            summary, _ = run("copy", address(source), address(target))
            check_counts(summary, copied=ALL)
            check_items(target, ITEMS, expiries_of(source))
            check_items(source, ITEMS)
            check_equal(item_count(target), ALL, "items of the target")


def cas_ids_are_kept_where_both_can():
    with larder() as source, larder() as target:
        store(source, ITEMS)
        _, said = run("copy", address(source), address(target))
        check_equal(said, "", "what is said")
        check_equal({key: times[2] for key, times in dump(target).items()},
                    {key: times[2] for key, times in dump(source).items()}, "CAS ids")
    with larder() as source, memcached() as target:
        store(source, ITEMS)
        _, said = run("copy", address(source), address(target))
        takes = "CAS ids of its own" not in said
        same = dump(source)[b"plain"][2] == dump(target)[b"plain"][2]
        check(not takes or same, "memcached takes CAS ids, and has others")


def a_copy_is_no_access():
    with memcached() as source, larder() as target:
        store(source, ITEMS)
        before = dump(source)
        time.sleep(2.1)
        run("copy", address(source), address(target))
        check_equal(dump(source), before, "expiry, last access and CAS id of each item")


def items_that_are_there_stay():
    for end in (larder, memcached):
        with memcached() as source, end() as target:
            store(source, ITEMS)
            store(target, [(b"plain", b"newer", 1, 0)])
            summary, _ = run("copy", address(source), address(target))
            check_counts(summary, copied=ALL - 1, skipped=1)
            check("1: the target has the key" in summary, summary)
            check_equal(fetch(target, b"plain"), (b"newer", 1, -1), "the item that was there")
            summary, _ = run("copy", address(source), address(target), "--overwrite")
            check_counts(summary, copied=ALL)
            check_items(target)


def a_server_can_be_copied_to_itself():
    # Both directions of every connection are full at the same time.
    for start in (larder, memcached):
        with start() as server:
            fill(server, 500, size=100_000)
            summary, _ = run("copy", address(server), address(server))
            check_counts(summary, skipped=500)


def items_that_expire_during_the_run_are_not_copied():
    with memcached() as source, larder() as target:
        fill(source, 200, ttl=2)
        store(source, ITEMS)
        summary, _ = run("copy", address(source), address(target), "--rate", "50")
        found = counts(summary)
        check(found["expired"] + found.get("vanished", 0) >= 50, summary)
        check_equal(found["copied"] + found["expired"] + found.get("vanished", 0), 200 + ALL,
                    "all items together")
        time.sleep(2)
        check_items(target)
        check(all(fetch(target, b"key:%d" % i) is None for i in range(200)),
              "an item outlived its time")


def values_that_are_too_large_are_told():
    large = [(b"two", b"2" * 2_000_000, 0, 0), (b"four", b"4" * 4_000_000, 0, 0)]
    for start, end in ((memcached, larder), (larder, memcached)):
        with start(*BIG) as source, end() as target:
            store(source, [*ITEMS, *large])
            summary, _ = run("copy", address(source), address(target), status=EXIT_CANNOT)
            check_counts(summary, copied=ALL, failed=2)
            check(re.search(r"2: the value is larger than the target takes .* \(first: \w+\)",
                            summary), summary)
            check_items(target)
        with start(*BIG) as source, end(*BIG) as target:
            store(source, [*ITEMS, *large])
            check_counts(run("copy", address(source), address(target))[0], copied=ALL + 2)
            check_items(target, [*ITEMS, *large])


def a_target_without_memory_is_told():
    with memcached() as source, memcached("-m", "2", "-M") as target:
        fill(source, 3000, size=10_000)
        summary, _ = run("copy", address(source), address(target), status=EXIT_CANNOT)
        found = counts(summary)
        check(found["failed"] > 0 and found["copied"] > 0, summary)
        check_equal(found["failed"] + found["copied"], 3000, "stored and failed")
        check("the target has no memory for it (SERVER_ERROR out of memory" in summary, summary)


def each_key_goes_to_its_node():
    keys = [b"key:%d" % i for i in range(3000)]
    for kind in ("ketama", "rendezvous"):
        with memcached() as source, larder() as one, memcached() as two, larder() as three:
            fill(source, len(keys))
            nodes = [one, two, three]
            ring = ",".join(map(address, nodes))
            check_counts(run("copy", address(source), ring, "--hash", kind)[0], copied=3000)
            owners, _ = run("ring", "--servers", ring, "--hash", kind, "--keys", "-",
                            given=b"\n".join(keys))
            wanted = {address(node): set() for node in nodes}
            for key, owner in zip(keys, owners.split()):
                wanted[owner].add(key)
            for node in nodes:
                check_equal(set(dump(node)), wanted[address(node)], f"keys of {address(node)}")
            # And back, into one.
            with larder() as whole:
                check_counts(run("copy", ring, address(whole))[0], copied=3000)
                check_equal(item_count(whole), 3000, "items of the one")


def what_a_node_should_not_have_can_be_left_out():
    with memcached() as one, memcached() as two, larder() as target:
        ring = ",".join(map(address, (one, two)))
        fill(one, 1000)
        fill(two, 1000)
        summary, _ = run("copy", ring, address(target), "--owned-only")
        check_counts(summary, copied=1000, skipped=1000)
        check("1000: belongs to another node of the source" in summary, summary)


def a_rate_is_kept():
    with memcached() as source, larder() as target:
        fill(source, 600)
        start = time.monotonic()
        check_counts(run("copy", address(source), address(target), "--rate", "300")[0], copied=600)
        check(time.monotonic() - start >= 1.8, "600 items at 300 a second took less than 1.8 s")


def an_interrupt_ends_it_and_a_second_run_goes_on():
    for by in (signal.SIGINT, signal.SIGTERM):
        with memcached() as source, larder() as target, tempfile.TemporaryDirectory() as folder:
            fill(source, 4000)
            state = Path(folder) / "state"
            words = ["copy", address(source), address(target), "--state", str(state)]
            with subprocess.Popen([Tools.larderctl, *words, "--rate", "1000"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                wait_for(lambda: item_count(target) > 500, "500 items are copied")
                asked = time.monotonic()
                process.send_signal(by)
                output, said = process.communicate(timeout=10)
                check(time.monotonic() - asked < 1, "it took a second to end")
            check_equal(process.returncode, EXIT_CANNOT, "exit status")
            check_equal(said, b"larderctl copy: interrupted\n", "standard error")
            first = counts(output.decode())["copied"]
            check(500 < first < 4000, f"{first} items were copied")
            sets = int(target.stats()["cmd_set"])
            summary, _ = run(*words)
            second = counts(summary)
            check_equal(second["copied"] + second["skipped"], 4000, "items of the second run")
            check(f"{first}: copied by an earlier run" in summary, summary)
            # What the first run had sent without an answer comes again, and no more; one is the
            # question whether the target takes CAS ids.
            check(int(target.stats()["cmd_set"]) - sets <= 4001 - first, "it was copied again")
            check_equal(item_count(target), 4000, "items of the target")
            check_counts(run(*words)[0], skipped=4000)
            _, said = run("copy", address(source), address(source), "--state", state,
                          status=EXIT_CANNOT)
            check("is the state of another copy" in said, said)


def servers_without_meta_commands_are_read_by_get():
    plain = [item for item in ITEMS if b" " not in item[0] and b"\0" not in item[0]]
    binary = ALL - len(plain)
    with memcached() as behind, old(behind) as source, larder() as target:
        store(behind, ITEMS)
        summary, said = run("copy", address(source), address(target), status=EXIT_CANNOT)
        check("each item is read with get, which moves it to the front of the LRU" in said, said)
        check_counts(summary, copied=len(plain), failed=binary)
        check(f"{binary}: the source has no meta commands, which such a key needs" in summary,
              summary)
        check_items(target, plain, expiries_of(behind))


def servers_without_meta_commands_are_stored_on_by_add():
    plain = [item for item in ITEMS if b" " not in item[0] and b"\0" not in item[0]]
    binary = ALL - len(plain)
    with larder() as source, memcached() as behind, old(behind) as target:
        store(source, ITEMS)
        store(behind, [(b"plain", b"newer", 1, 0)])
        summary, _ = run("copy", address(source), address(target), status=EXIT_CANNOT)
        check_counts(summary, copied=len(plain) - 1, failed=binary, skipped=1)
        check_equal(fetch(behind, b"plain"), (b"newer", 1, -1), "the item that was there")
        summary, _ = run("copy", address(source), address(target), "--overwrite",
                         status=EXIT_CANNOT)
        check_items(behind, plain, expiries_of(source))


def a_busy_crawler_is_waited_for():
    asked = []

    def answer(line):
        if not line.startswith(b"lru_crawler"):
            return None
        asked.append(line)
        return b"BUSY currently processing crawler request\r\n" if len(asked) < 4 else None
    with memcached() as behind, Proxy(behind, answer) as source, larder() as target:
        store(behind, ITEMS)
        check_counts(run("copy", address(source), address(target))[0], copied=ALL)
        check_equal(len(asked), 4, "requests for a dump")


def a_dump_may_begin_with_ok():
    with memcached() as behind, larder() as target:
        def answer(line):
            if line.startswith(b"lru_crawler"):
                return b"OK\r\nkey=plain exp=-1 la=1 cas=1 fetch=no cls=1 size=1 flags=0\nEND\r\n"
            return None
        store(behind, ITEMS)
        with Proxy(behind, answer) as source:
            check_counts(run("copy", address(source), address(target))[0], copied=1)


def a_key_that_is_gone_has_vanished():
    with memcached() as behind, larder() as target:
        def answer(line):
            if line.startswith(b"lru_crawler"):
                return b"key=gone exp=-1 la=1\nkey=plain exp=-1 la=1\nkey=gone%202 exp=-1\nEND\r\n"
            return None
        store(behind, ITEMS)
        with Proxy(behind, answer) as source:
            check_counts(run("copy", address(source), address(target))[0], copied=1, vanished=2)


def a_server_that_fails_ends_the_run():
    with memcached("-X") as source, larder() as target:
        _, said = run("copy", address(source), address(target), status=EXIT_CANNOT)
        check("metadump not allowed' to lru_crawler metadump" in said, said)

    def silent(line):
        return b"" if line.startswith(b"lru_crawler") else None
    with memcached() as behind, Proxy(behind, silent) as source, larder() as target:
        _, said = run("copy", address(source), address(target), "--timeout", "300",
                      status=EXIT_CANNOT)
        check("no answer for 300 ms" in said, said)
    with memcached() as source, larder() as target:
        fill(source, 5000)
        words = [Tools.larderctl, "copy", address(source), address(target), "--rate", "1000"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_for(lambda: item_count(target) > 100, "100 items are copied")
            source.stop()
            output, said = process.communicate(timeout=20)
        check_equal(process.returncode, EXIT_CANNOT, "exit status")
        check(b"closed the connection" in said or b"reset" in said, said)
        check(counts(output.decode())["copied"] > 100, output)


def encrypted_servers_with_logins_are_copied():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = Authority(name)
        words = ["--tls", "--cacert", authority.path, "--user-file", folder / "users"]
        with Guarded(folder, authority) as source, Guarded(folder, authority) as target:
            store(source, ITEMS)
            fill(source, 2000, size=3000)
            summary, _ = run("copy", address(source), address(target), *words)
            check_counts(summary, copied=ALL + 2000)
            check_items(target, ITEMS, expiries_of(source))
            summary, _ = run("copy", address(target), address(target), *words)
            check_counts(summary, skipped=ALL + 2000)
            _, said = run("copy", address(source), address(target), *words[:3],
                          status=EXIT_CANNOT)
            check("unauthenticated" in said, said)


def a_log_has_a_line_every_ten_seconds():
    with memcached() as source, larder() as target:
        fill(source, 110)
        _, said = run("copy", address(source), address(target), "--rate", "10")
        lines = [line for line in said.splitlines() if "CAS ids" not in line]
        check_equal(len(lines), 1, f"lines in {said}")
        check(re.fullmatch(r"larderctl copy: \d+ items, \d+ %, \d+ items/s, 0:\d\d left", lines[0]),
              said)


def what_cannot_be_is_refused():
    for words, said in (
            (("copy",), "expected FROM and TO"),
            (("copy", "a:1"), "expected FROM and TO"),
            (("copy", "a:1", "b:1", "c:1"), "expected FROM and TO"),
            (("copy", "a", "b:1"), "bad"),
            (("copy", "a:1", "b:1", "--rate", "0"), "--rate needs a number"),
            (("copy", "a:1", "b:1", "--hash", "x"), "there is no --hash x"),
            (("copy", "a:1", "b:1,b:1"), "b:1 is in the list twice"),
            (("copy", "a:1", "b:1", "--nonsense"), "unknown option --nonsense")):
        check(said in run(*words, status=EXIT_USAGE)[1], words)
    check("cannot connect to 127.0.0.1:1" in
          run("copy", "127.0.0.1:1", "127.0.0.1:2", status=EXIT_CANNOT)[1], "no server")


def many_items_need_no_memory():
    # The largest resident size of a run with ten times as many items is about the same.
    sizes = []
    with memcached() as source:
        for count in (20_000, 200_000):
            fill(source, count)
            with larder() as target:
                words = ["copy", address(source), address(target)]
                with subprocess.Popen([Tools.larderctl, *words],
                                      stdout=subprocess.DEVNULL) as process:
                    peak = 0
                    while process.poll() is None:
                        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
                        found = re.search(r"VmHWM:\s+(\d+)", status)
                        peak = int(found.group(1)) if found else peak
                        time.sleep(0.002)
                check_equal(process.returncode, 0, "exit status")
                sizes.append(peak)
    check(sizes[1] < sizes[0] + 8192, f"{sizes} KB for ten times as many items")


if __name__ == "__main__":
    main(__doc__.splitlines()[0], (
        every_item_arrives_as_it_was,
        cas_ids_are_kept_where_both_can,
        a_copy_is_no_access,
        items_that_are_there_stay,
        a_server_can_be_copied_to_itself,
        items_that_expire_during_the_run_are_not_copied,
        values_that_are_too_large_are_told,
        a_target_without_memory_is_told,
        each_key_goes_to_its_node,
        what_a_node_should_not_have_can_be_left_out,
        a_rate_is_kept,
        an_interrupt_ends_it_and_a_second_run_goes_on,
        servers_without_meta_commands_are_read_by_get,
        servers_without_meta_commands_are_stored_on_by_add,
        a_busy_crawler_is_waited_for,
        a_dump_may_begin_with_ok,
        a_key_that_is_gone_has_vanished,
        a_server_that_fails_ends_the_run,
        encrypted_servers_with_logins_are_copied,
        a_log_has_a_line_every_ten_seconds,
        what_cannot_be_is_refused,
        many_items_need_no_memory,
    ))
