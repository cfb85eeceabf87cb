#!/usr/bin/python3
"""libmemcached's memcaslap as a load of some seconds: no miss, no wrong value.

    python3 tests/clients/memcaslap_test.py --larder build/release/larder [--seconds 10]
"""

import re
import subprocess
import sys

from harness import Server, TestFailure, arguments, check, check_equal
from suites import program

# Holds everything one run can store, so that nothing is evicted: 32 connections with a window
# of 10,000 objects of about 1 KB each.
MEMORY_MEGABYTES = 1024
CONNECTIONS = 32
# In the second of two loads.
KEYS_PER_GET = 10


def numbers_in(report):
    """The `name: number` lines of memcaslap's report."""
    return {name: int(value) for name, value in re.findall(r"^(\w+): (\d+)$", report, re.M)}


def load(server, seconds, *words):
    """Runs memcaslap and checks what it reports; returns how many gets it counted."""
    memcaslap = program("memcaslap", "libmemcached-tools")
    command = [memcaslap, "-s", f"127.0.0.1:{server.port}", "-t", f"{seconds}s"]
    command += ["-T", "2", "-c", str(CONNECTIONS), "-v", "0.2", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    report = done.stdout + done.stderr
    check_equal(done.returncode, 0, f"exit status of memcaslap, which said:\n{report}\n")
    numbers = numbers_in(report)
    for name in ("get_misses", "verify_misses", "verify_failed"):
        check_equal(numbers.get(name), 0, f"memcaslap's {name}")
    check(numbers.get("cmd_get", 0) > 0, f"memcaslap did no gets:\n{report}")
    check(numbers.get("cmd_set", 0) > 0, f"memcaslap did no sets:\n{report}")
    return numbers["cmd_get"]


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="length of each of two loads")
    options = parser.parse_args()
    try:
        with Server(options.larder, ["-m", str(MEMORY_MEGABYTES)]) as server:
            gets = load(server, options.seconds)
            gets += load(server, max(1, options.seconds // 4), "-d", str(KEYS_PER_GET))
            rows = server.stats()
            check_equal(int(rows["evictions"]), 0, "evictions")
            check_equal(int(rows["get_misses"]), 0, "get_misses of the server")
            check_equal(rows["get_hits"], rows["cmd_get"], "get_hits of the server")
            # memcaslap exits with some requests sent and counted that it never completes.
            unfinished_max = CONNECTIONS * (1 + KEYS_PER_GET) * 2
            hits = int(rows["get_hits"])
            check(hits >= gets - unfinished_max, f"{hits} hits for {gets} gets")
    except (TestFailure, subprocess.TimeoutExpired) as error:
        sys.exit(f"FAILED  {error}")
    print(f"{gets} gets, all of them hits; every checked value was correct")


if __name__ == "__main__":
    main()
