"""Runs one of memcached's test files with a given server, in a separate directory.

The files expect a built checkout as their working directory: the server as memcached-debug, a
timedrun that ends it after a while, and t/, which some of them write to.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

STOP_SECONDS_MAX = 20  # for servers that a file has told to stop and left running
# Enables tests that are skipped by default.  SASL's need saslpasswd2 (Debian: sasl2-bin).
ASKED_FOR = {"RUN_SASL_TESTS": "1"}
TIMEDRUN = pathlib.Path(__file__).with_name("timedrun.py")
SKIPPED = re.compile(r"skipped: (.*)")
COUNT = re.compile(r"^Files=\d+, Tests=(\d+)", re.MULTILINE)


class Outcome:
    """The outcome of one file."""

    def __init__(self, name, failure, test_count, seconds, output):
        self.name = name
        self.failure = failure  # None if it passed
        self.test_count = test_count
        self.seconds = seconds
        self.output = output


@contextlib.contextmanager
def stage(checkout, server):
    """A directory that looks like a built checkout whose server is `server`."""
    with tempfile.TemporaryDirectory(prefix="larder-conformance-") as directory:
        shutil.copytree(checkout / "t", pathlib.Path(directory, "t"))
        os.symlink(server, os.path.join(directory, "memcached-debug"))
        timedrun = pathlib.Path(directory, "timedrun")
        # Started for every server: only this interpreter and the modules that it needs.
        timedrun.write_text(f"#!{sys.executable} -IS\n" + TIMEDRUN.read_text(encoding="utf-8"),
                            encoding="utf-8")
        timedrun.chmod(0o755)
        yield directory


def run(directory, name, environment, seconds_max):
    """The Outcome of t/<name> in a staged directory."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(["prove", "-v", f"t/{name}"], cwd=directory, stdout=log,
                                   stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                   env=os.environ | ASKED_FOR | environment)
        late = True
        try:
            status = process.wait(seconds_max)
            late = False
        except subprocess.TimeoutExpired:
            status = None
        finally:
            seconds = time.monotonic() - started
            left_over = end_group(process, at_once=late)
        log.seek(0)
        output = log.read().decode(errors="replace")
    failure = None
    skipped = SKIPPED.search(output)
    if late:
        failure = f"still ran after {seconds_max} seconds"
    elif status != 0:
        failure = "failed"
    elif "Result: PASS" not in output:
        failure = f"skipped itself: {skipped[1]}" if skipped else "ran no test"
    elif left_over:
        failure = f"left a server that did not stop in {STOP_SECONDS_MAX} seconds"
    count = COUNT.search(output)
    return Outcome(name, failure, int(count[1]) if count else 0, seconds, output)


def end_group(process, at_once):
    """Waits until the file's processes have ended, and kills the rest; True if it did."""
    give_up = time.monotonic() + (0 if at_once else STOP_SECONDS_MAX)
    while is_alive(process.pid):
        if time.monotonic() > give_up:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.02)
    return False


def is_alive(group):
    try:
        os.killpg(group, 0)
        return True
    except ProcessLookupError:
        return False
