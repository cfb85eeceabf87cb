"""Runs a test of a client that is written in the client's own language.

Such a script is started with the server's port and a mode (`text`, `binary`, ...) as arguments,
and, if the server requires them, a user and a password.  It prints its progress line by line:

    ok <step>                 a step passed
    FAILED <step>: <why>      a step failed
    restart                   requests a new server on the same port; it then reads one line
    done                      all steps were tried: the last line

It exits with status 0.  Other output is shown, and missing output is a failure.
"""

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from harness import TestFailure, arguments, check, check_equal

SECONDS_MAX = 40.0


@dataclass
class Mode:
    """One run of a script; `start(binary)` starts the server for it."""

    name: str
    start: Callable


def run_modes(description, command, script, modes):
    """Runs `command` with the script beside this file once per mode, and exits the process."""
    binary = arguments(description).parse_args().larder
    path = str(Path(__file__).resolve().parent / script)
    outcomes = []
    for mode in modes:
        try:
            with mode.start(binary) as server:
                outcomes += _outcomes([*command, path], mode, server)
        except (TestFailure, OSError) as error:
            outcomes.append(False)
            print(f"FAILED  {mode.name}: {error}", flush=True)
    print(f"{sum(outcomes)} of {len(outcomes)} passed")
    sys.exit(0 if outcomes and all(outcomes) else 1)


def _outcomes(command, mode, server):
    """For each step of one run, whether it passed."""
    words = [*command, str(server.port), mode.name, *(server.credentials or ())]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    clock = threading.Timer(SECONDS_MAX, process.kill)
    clock.start()
    try:
        outcomes, last = _listen(process, mode, server)
        status = process.wait(SECONDS_MAX)
        check(clock.is_alive(), f"the script still ran after {SECONDS_MAX} s; it ended by {last!r}")
    finally:
        clock.cancel()
        process.kill()
        process.wait()
    check_equal((status, last), (0, "done"), "exit status and last line of the script")
    check(outcomes, "the script tried no step")
    return outcomes


def _listen(process, mode, server):
    """Handles the script's requests until it exits: (the outcomes, its last line)."""
    outcomes, line = [], ""
    for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip("\n")
        if line == "restart":
            server.restart()
            process.stdin.write(b"restarted\n")
            process.stdin.flush()
        elif line.startswith(("ok ", "FAILED ")):
            word, step = line.split(" ", 1)
            outcomes.append(word == "ok")
            print(f"{word:7} {mode.name} {step}", flush=True)
        elif line != "done":
            print(f"        {mode.name} {line}", flush=True)
    return outcomes, line
