"""Instructions per operation in user space, counted by valgrind: slow, but free of noise.

With simulated caches, also counts cache misses.  Their size does not depend on the machine, so
figures from two machines can be compared; real caches prefetch and are shared with the kernel,
which valgrind does not see.
"""

import collections
import pathlib
import re
import subprocess
import tempfile

from benchlib import generator, progress
from benchlib.server import Server, ServerError
from benchlib.table import print_aligned

SECONDS_MAX = 600
CONTROL_SECONDS_MAX = 60

# memcached sets its limit of files to -c, 1024 by default, and valgrind accepts only the limit that
# equals its own minus the 12 files that valgrind reserves.
FILES = 1024 + 12

CACHES = ("--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=33554432,16,64")
CACHES_FOR_PEOPLE = "L1 32 kB, last level 32 MB"

HEAD = ["row", "server", "instructions/op", "operations", "ratio"]
MISSES = {"L1d misses/op": ("D1mr", "D1mw"), "LL misses/op": ("ILmr", "DLmr", "DLmw")}


def _control(server, *words):
    """Sends a command to the valgrind of a running server."""
    done = subprocess.run(["callgrind_control", *words, str(server.pid)],
                          capture_output=True, text=True, timeout=CONTROL_SECONDS_MAX)
    if done.returncode != 0 or "OK" not in done.stdout:
        raise generator.GeneratorError(f"callgrind_control {' '.join(words)} failed: "
                                       f"{(done.stdout + done.stderr).strip()}")


def _counts(folder, name):
    """The counts of each thread by event, from the profiles that the server wrote.

    The line "summary" counts from the start of the program and is 0 here.
    """
    threads = []
    for profile in folder.glob(f"{name}.out*"):
        text = profile.read_text(errors="replace")
        events = re.search(r"^events: (.+)", text, re.M)
        counts = re.search(r"^totals: (.+)", text, re.M)
        if events and counts:
            threads.append(collections.Counter(
                dict(zip(events.group(1).split(), map(int, counts.group(1).split())))))
    if sum(thread["Ir"] for thread in threads) == 0:
        raise generator.GeneratorError("the server left no counts behind")
    return threads


def count(row, name, template, options, folder):
    """Counts by thread, and operations, of one server.

    Raises GeneratorError or ServerError.
    """
    prefix = ["prlimit", f"--nofile={FILES}:{FILES}",
              "valgrind", "--tool=callgrind", "--separate-threads=yes",
              f"--callgrind-out-file={folder}/{name}.out.%p"]
    begin = ("-i", "on")
    if options.cache_sim:
        # The simulated caches are cleared when counting is turned on, so it is on from the start,
        # and the counts of the fill are reset.
        prefix += CACHES
        begin = ("-z",)
    else:
        prefix.append("--instr-atstart=no")
    with Server(name, template, options.memory, options.server_threads, options.server_cpus,
                prefix) as server:
        report = generator.run_row(
            row, server, options, fill=True, before=lambda: _control(server, *begin),
            after=lambda: _control(server, "-i", "off"), seconds_max=SECONDS_MAX,
            operations=options.operations)
    return _counts(folder, name), report["operations"]


def _cells(totals, operations, against, has_caches):
    """From the third column of HEAD on."""
    cost = totals["Ir"] / operations
    cells = [f"{cost:.1f}", str(operations), f"{cost / against:.3f}" if against else "-"]
    if has_caches:
        cells += [f"{sum(totals[event] for event in events) / operations:.2f}"
                  for events in MISSES.values()]
    return cells


def run(row, templates, options):
    """Prints a line per server.  `templates` is a list of (name, command template)."""
    head = HEAD + (list(MISSES) if options.cache_sim else [])
    with tempfile.TemporaryDirectory(prefix="larder-callgrind-") as scratch:
        folder = pathlib.Path(options.callgrind_out or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found, reasons = {}, []
        for name, template in templates:
            progress.show(f"{row.name} {name} under valgrind")
            for old in folder.glob(f"{name}.out*"):
                old.unlink()
            try:
                threads, operations = count(row, name, template, options, folder)
                found[name] = (sum(threads, collections.Counter()), operations)
            except (generator.GeneratorError, ServerError) as error:
                reasons.append(f"- {row.name} {name}: not run: {error}")
        progress.clear()
    costs = {name: totals["Ir"] / operations for name, (totals, operations) in found.items()}
    lines = [head]
    for name, _ in templates:
        lines.append([row.name, name] + ["-"] * (len(head) - 2))
        if name in found:
            lines[-1][2:] = _cells(*found[name], costs.get(options.yardstick), options.cache_sim)
    print_aligned(lines)
    if options.cache_sim:
        print(f"- simulated: {CACHES_FOR_PEOPLE}")
    for reason in reasons:
        print(reason)
    return costs
