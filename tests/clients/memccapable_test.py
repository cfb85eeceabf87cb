#!/usr/bin/python3
"""libmemcached's memccapable, text tests: the same results as with upstream 1.6.45.

    python3 tests/clients/memccapable_test.py --larder build/release/larder
"""

import re
import subprocess
import sys

from harness import Server, TestFailure, arguments, check_equal

TEST_COUNT = 27

# These send `delete a b c d e` and want an error.  Servers since 1.6.2x, and so Larder, ignore
# the words behind the key, as upstream's own tests require of `delete k 0`.
FAIL_UPSTREAM = {"ascii delete", "ascii delete noreply"}


def results(port):
    """{test: whether it passed} of a run of all text tests."""
    # Verdicts of failed tests go to standard error: unbuffered, they stay behind their names.
    command = ["stdbuf", "-o0", "memccapable", "-h", "127.0.0.1", "-p", str(port), "-a"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False
    )
    found = re.findall(r"^(ascii [a-z ]+?) +\[(pass|FAIL)\]", done.stdout.decode(), re.MULTILINE)
    check_equal(len(found), TEST_COUNT, f"results in\n{done.stdout.decode()}\n")
    return {name: verdict == "pass" for name, verdict in found}


def main():
    options = arguments(__doc__.splitlines()[0]).parse_args()
    try:
        with Server(options.larder) as server:
            failed = {name for name, passed in results(server.port).items() if not passed}
            check_equal(failed, FAIL_UPSTREAM, "tests that fail")
    except TestFailure as error:
        sys.exit(f"FAILED  {error}")
    print(f"{TEST_COUNT - len(failed)} of {TEST_COUNT} pass, as upstream; not: {sorted(failed)}")


if __name__ == "__main__":
    main()
