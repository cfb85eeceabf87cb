"""Instructions per operation in user space, counted by valgrind: slow, but free of noise."""

import pathlib
import re
import subprocess
import tempfile

from benchlib import generator, progress
from benchlib.server import Server, ServerError
from benchlib.table import print_aligned

SECONDS_MAX = 600
CONTROL_SECONDS_MAX = 60

# memcached insists on a limit of files that equals its -c, 1024 unless told otherwise, and valgrind
# grants a program no limit but exactly its own less the 12 files that valgrind keeps for itself.
FILES = 1024 + 12


def _switch(server, state):
    """Turns counting on or off in a running server."""
    done = subprocess.run(["callgrind_control", "-i", state, str(server.pid)],
                          capture_output=True, text=True, timeout=CONTROL_SECONDS_MAX)
    if done.returncode != 0 or "OK" not in done.stdout:
        raise generator.GeneratorError(
            f"callgrind_control -i {state} failed: {(done.stdout + done.stderr).strip()}")


def _instructions(folder, name):
    """What each thread counted, from the profiles that the server left behind.

    The line "summary" counts from the start of the program on and stays 0 here.
    """
    profiles = [profile.read_text(errors="replace") for profile in folder.glob(f"{name}.out*")]
    matches = [re.search(r"^totals: (\d+)", profile, re.M) for profile in profiles]
    threads = [int(match.group(1)) for match in matches if match]
    if sum(threads) == 0:
        raise generator.GeneratorError("the server left no counts behind")
    return threads


def count(row, name, template, options, folder):
    """Instructions by thread, and operations, of one server.

    Raises GeneratorError or ServerError.
    """
    prefix = ["prlimit", f"--nofile={FILES}:{FILES}",
              "valgrind", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes",
              f"--callgrind-out-file={folder}/{name}.out.%p"]
    with Server(name, template, options.memory, options.server_threads, options.server_cpus,
                prefix) as server:
        report = generator.run_row(
            row, server, options, fill=True, before=lambda: _switch(server, "on"),
            after=lambda: _switch(server, "off"), seconds_max=SECONDS_MAX,
            operations=options.operations)
    return _instructions(folder, name), report["operations"]


def run(row, templates, options):
    """Prints a line per server.  `templates` is a list of (name, command template)."""
    with tempfile.TemporaryDirectory(prefix="larder-callgrind-") as scratch:
        folder = pathlib.Path(options.callgrind_out or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        lines, reasons, costs = [], [], {}
        for name, template in templates:
            progress.show(f"{row.name} {name} under valgrind")
            for old in folder.glob(f"{name}.out*"):
                old.unlink()
            try:
                threads, operations = count(row, name, template, options, folder)
            except (generator.GeneratorError, ServerError) as error:
                lines.append([row.name, name, "-", "-", "-"])
                reasons.append(f"- {row.name} {name}: {error}")
                continue
            costs[name] = sum(threads) / operations
            against = costs.get(options.yardstick)
            ratio = "-" if against is None else f"{costs[name] / against:.3f}"
            lines.append([row.name, name, f"{costs[name]:.1f}", str(operations), ratio])
        progress.clear()
    print_aligned([["row", "server", "instructions/op", "operations", "ratio"]] + lines)
    for reason in reasons:
        print(reason)
    return costs
