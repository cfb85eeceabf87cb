#!/usr/bin/env python3
"""The output of scripts/lib/failures.py about a run of ctest with all kinds of failures."""

import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TESTS = """\
add_test(red "sh" "-c" "seq 1000; echo '<&> why'; exit 1")
add_test(green "echo" "nothing to see")
add_test(missing "/nonexistent/program")
add_test(slow "sh" "-c" "echo so far; exec sleep 30")
set_tests_properties(slow PROPERTIES TIMEOUT 1)
add_test(left_out "sh" "-c" "echo not here; exit 77")
set_tests_properties(left_out PROPERTIES SKIP_RETURN_CODE 77)
"""


def told():
    with tempfile.TemporaryDirectory(prefix="larder-failures-") as directory:
        Path(directory, "CTestTestfile.cmake").write_text(TESTS, encoding="ascii")
        results = Path(directory, "results.xml")
        run = subprocess.run(["ctest", "--test-dir", directory, "--output-junit", str(results)],
                             capture_output=True, timeout=60)
        assert run.returncode == 8, f"ctest ended with {run.returncode}"
        return subprocess.run(
            [sys.executable, str(PROJECT / "scripts/lib/failures.py"), str(results)],
            check=True, stdout=subprocess.PIPE, encoding="utf-8", timeout=60).stdout.splitlines()


def main():
    lines = told()
    assert lines[-1] == "---- 3 of 5 tests failed: red, missing, slow", lines[-1]
    red = lines.index("---- red wrote, at its end:")
    assert lines[red + 1:red + 61] == [*map(str, range(942, 1001)), "<&> why"], lines
    assert "so far" in lines and "nothing to see" not in lines and "not here" not in lines, lines
    print("ok")


if __name__ == "__main__":
    main()
