"""Prints the output of the failed tests of a ctest run again, from its JUnit file.

A run prints thousands of lines; this puts the relevant ones at the end.

    python3 scripts/lib/failures.py build/all/results.xml
"""

import sys
import xml.etree.ElementTree

LINES_MAX = 60  # of each test; the last ones show why it failed
FAILURES_MAX = 10


def failures_of(suite):
    """[(name, output)] of each test that failed or could not be started."""
    return [(case.get("name"), case.findtext("system-out") or "")
            for case in suite.iter("testcase") if has_failed(case)]


def has_failed(case):
    skipped = case.find("skipped")
    return case.get("status") == "fail" or (
        skipped is not None and skipped.get("message").startswith("Unable to find"))


def main():
    suite = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
    failures = failures_of(suite)
    for name, output in failures[:FAILURES_MAX]:
        print(f"---- {name} wrote, at its end:")
        print("\n".join(output.rstrip().splitlines()[-LINES_MAX:]))
    names = ", ".join(name for name, _ in failures)
    print(f"---- {len(failures)} of {suite.get('tests')} tests failed: {names}")


if __name__ == "__main__":
    main()
