#!/usr/bin/python3
"""libmemcached's memccapable, text and binary: the same results as with upstream 1.6.45.

    python3 tests/clients/memccapable_test.py --larder build/release/larder
"""

import re
import subprocess
import sys

from harness import Server, TestFailure, arguments, check_equal
from suites import program

# The tests of one protocol, by the option that selects it.
PROTOCOLS = {"-a": "ascii", "-b": "binary"}
TEST_COUNT = 27

# These send `delete a b c d e` and expect an error.  memcached since 1.6.2x, and so Larder, ignores
# the words after the key, as upstream's own tests require for `delete k 0`.
FAIL_UPSTREAM = {"ascii delete", "ascii delete noreply"}


def results(port, option):
    """Runs all tests of one protocol: {test: whether it passed}."""
    # Verdicts of failed tests go to standard error: without buffering they follow their names.
    memccapable = program("memccapable", "libmemcached-tools")
    command = ["stdbuf", "-o0", memccapable, "-h", "127.0.0.1", "-p", str(port), option]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=50, check=False
    )
    text = done.stdout.decode()
    pattern = rf"^({PROTOCOLS[option]} [a-z ]+?) +\[(pass|FAIL)\]"
    found = re.findall(pattern, text, re.MULTILINE)
    check_equal(len(found), TEST_COUNT, f"{PROTOCOLS[option]} results in\n{text}\n")
    return {name: verdict == "pass" for name, verdict in found}


def main():
    options = arguments(__doc__.splitlines()[0]).parse_args()
    try:
        passed = {}
        for option in PROTOCOLS:
            # The tests leave items behind, so each protocol gets its own server.
            with Server(options.larder) as server:
                passed |= results(server.port, option)
        failed = {name for name in passed if not passed[name]}
        check_equal(failed, FAIL_UPSTREAM, "tests that fail")
    except (TestFailure, subprocess.TimeoutExpired) as error:
        sys.exit(f"FAILED  {error}")
    count = len(passed)
    print(f"{count - len(failed)} of {count} pass, as with upstream; failed: {sorted(failed)}")


if __name__ == "__main__":
    main()
