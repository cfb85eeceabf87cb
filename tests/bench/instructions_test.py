#!/usr/bin/env python3
"""Compares the number of instructions of operations with the recorded numbers.

Usage: instructions_test.py [--larder PATH] [--update] [--row NAME]...

Counts in user space with valgrind, so the results are reproducible and independent of the kernel
and of the speed of the machine.  The recorded numbers are in instructions.json, by compiler and
libraries.  More instructions than the band allows are a failure; so are fewer, to keep the file
correct: --update then records the current numbers.

Exit status: 0 within the band, 1 not, 77 nothing to compare: no valgrind, or no figures of a
build like this one.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from benchlib import callgrind, rows  # noqa: E402  (only found once the path above is set)
from benchlib.arguments import templates_of  # noqa: E402
from benchlib.generator import GeneratorError  # noqa: E402
from benchlib.server import ServerError  # noqa: E402

FIGURES = pathlib.Path(__file__).with_name("instructions.json")
ROWS = ["get-16", "get-miss-16", "set-16", "mg-16", "mget-50"]
BAND = 0.03
SKIPPED = 77


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add = parser.add_argument
    add("--larder", default=str(ROOT / "build/release/larder"), metavar="PATH",
        help="the program; larder-load and built_with.txt are in tests/ beside it")
    add("--update", action="store_true", help="write what is counted to instructions.json")
    add("--row", action="append", metavar="NAME", choices=ROWS, help="only this one; repeatable")
    return parser.parse_args()


def settings_of(larder):
    """The settings of benchlib: a reproducible load, on any CPU that may be used."""
    cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    # One connection: with more, the number that share a batch would be random.
    return argparse.Namespace(
        larder=larder, load=str(pathlib.Path(larder).parent / "tests/larder-load"), peer=[],
        memory=256, server_threads=1, server_cpus=cpus, load_threads=1, load_cpus=cpus,
        connections=1, keys=50000, distribution="uniform", operations=50000, seed=1,
        cache_sim=False)


def kind_of_build(larder):
    """What the figures depend on: the compiler and the libraries."""
    built_with = (pathlib.Path(larder).parent / "tests/built_with.txt").read_text().strip()
    libc = os.confstr("CS_GNU_LIBC_VERSION")
    # libc has several versions of memcpy and uses the widest that valgrind supports.
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    return f"{built_with}, {libc}" + (", avx2" if "avx2" in flags else "")


def count(row, settings, folder):
    (name, template), = templates_of(settings)
    threads, operations = callgrind.count(row, name, template, settings, folder)
    for profile in folder.iterdir():
        profile.unlink()
    # The worker.  The work of other threads depends on time, and so on the speed of the machine.
    return max(thread["Ir"] for thread in threads) / operations


def verdict(name, seen, committed):
    """A line about one row, and whether it is unchanged."""
    if committed is None:
        return f"{name}: {seen:.1f} instructions, and no figure to compare with", False
    change = seen / committed - 1
    line = f"{name}: {seen:.1f} instructions, {change:+.1%} of {committed:.1f}"
    if change > BAND:
        return f"{line}: DEARER than the band of {BAND:.0%}", False
    if change < -BAND:
        return f"{line}: CHEAPER than the band of {BAND:.0%}; commit the new figure", False
    return line, True


def main():
    arguments = read_arguments()
    if shutil.which("valgrind") is None:
        print("SKIPPED: there is no valgrind to count with")
        return SKIPPED
    kind = kind_of_build(arguments.larder)
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if kind not in figures and not arguments.update:
        print(f"SKIPPED: {FIGURES.name} has no figures of a build with {kind}; "
              "--update writes them")
        return SKIPPED
    settings = settings_of(arguments.larder)
    committed = figures.setdefault(kind, {})
    is_well = True
    with tempfile.TemporaryDirectory(prefix="larder-instructions-") as folder:
        for row in rows.rows_named(",".join(arguments.row or ROWS)):
            try:
                seen = count(row, settings, pathlib.Path(folder))
            except (GeneratorError, ServerError) as error:
                print(f"{row.name}: {error}")
                return 1
            line, is_same = verdict(row.name, seen, committed.get(row.name))
            print(line, flush=True)
            is_well = is_well and is_same
            committed[row.name] = round(seen, 1)
    if arguments.update:
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"wrote {FIGURES.name} for {kind}")
        return 0
    if not is_well:
        print("If that is meant, run tests/bench/instructions_test.py --update and commit "
              f"{FIGURES.name}.")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
