#!/usr/bin/python3
"""Sends random command streams to Larder and to a reference memcached; compares every reply.

    python3 tests/differential/run.py --larder build/release/larder

Exit status 0 means: no differences except those that allowed.py explains.  A difference is shrunk
to a short list of commands that shows it on fresh servers, and printed with both replies.
"""

import argparse
import random
import re
import subprocess
import sys
import time
from pathlib import Path

# The directory of the harness and the binary packets.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

from allowed import LONE_B, applicable  # noqa: E402
from binary_dialect import BinaryDialect  # noqa: E402
from commands import batches  # noqa: E402
from compare import Comparer  # noqa: E402
from exchange import Pair  # noqa: E402
from harness import TestFailure  # noqa: E402
from meta_dialect import MetaDialect  # noqa: E402
from shrink import Shrinker  # noqa: E402
from text_dialect import TextDialect  # noqa: E402
from wires import WIRES  # noqa: E402

DIALECTS = {"binary": BinaryDialect, "meta": MetaDialect, "text": TextDialect}
BATCH_SIZE_MAX = 60

# memcached's queue maintainer keeps references to recently read items for a moment.  A number is
# edited in place, and padded to its old length, only without other references: with the
# maintainer the replies of the reference would not be reproducible.
STEADY_OPTIONS = ["-o", "no_lru_maintainer"]

# Counters of `stats` that follow from the commands alone, not from when the server cleans up.
COUNTERS = [
    "cmd_get",
    "cmd_set",
    "cmd_flush",
    "cmd_touch",
    "cmd_meta",
    "get_hits",
    "get_misses",
    "delete_hits",
    "delete_misses",
    "incr_hits",
    "incr_misses",
    "decr_hits",
    "decr_misses",
    "cas_hits",
    "cas_misses",
    "cas_badval",
    "touch_hits",
    "touch_misses",
    "store_too_large",
    "store_no_memory",
    "total_items",
    "evictions",
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--larder", required=True, help="the server under test")
    parser.add_argument("--reference", default="/usr/bin/memcached", help="the server to follow")
    parser.add_argument("--commands", type=int, default=200_000)
    parser.add_argument("--seed", type=int, help="default: a fresh one, printed")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="text")
    parser.add_argument("--threads", type=int, help="worker threads of both servers")
    parser.add_argument("--divergences", type=int, default=3, help="stop after this many")
    parser.add_argument(
        "--larder-option",
        action="append",
        default=[],
        help="one more option word for the server under test only (repeatable)",
    )
    return parser.parse_args()


def version_of(binary):
    """The version a memcached reports, as numbers; Larder's reads the same."""
    text = subprocess.run([binary, "-V"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    if match is None:
        sys.exit(f"{binary} -V does not tell a version: {text!r}")
    return tuple(map(int, match.groups()))


class Run:
    """One whole comparison: a pair of servers, replaced by a fresh one after each divergence."""

    def __init__(self, options):
        self.options = options
        self.rules, self.withheld = applicable(version_of(options.reference))
        self.comparer = Comparer()
        self.unexplained = 0
        self.sent = 0
        self.history = []
        # The causes printed so far: a cause that comes again is counted, not printed.
        self.causes = set()

    def new_pair(self):
        dialect = DIALECTS[self.options.dialect]
        threads = self.options.threads or dialect.THREADS
        common = ["-m", "64", "-t", str(threads), *STEADY_OPTIONS]
        servers = self.options.reference, self.options.larder
        return Pair(*servers, dialect.WIRES, common, self.options.larder_option)

    def run(self, seed):
        rng = random.Random(seed)
        withheld = [feature.feature for feature in self.withheld]
        dialect = DIALECTS[self.options.dialect](rng, withheld)
        stream = batches(
            dialect.next, rng, self.options.commands, dialect.WIRES, BATCH_SIZE_MAX
        )
        pair = self.new_pair()
        try:
            for batch in stream:
                self.history.append(batch)
                self.sent += len(batch.commands)
                divergence = self._divergence(pair, batch)
                if divergence is None:
                    continue
                self._report(divergence, pair)
                pair.end(cleanly=False)
                if self.unexplained >= self.options.divergences:
                    return
                pair = self.new_pair()
                self.history = []
            if not self.withheld:
                # An older reference, which answers some commands differently, also counts so.
                self._compare_counters(pair)
            pair.end(cleanly=True)
        finally:
            pair.end(cleanly=False)

    def _divergence(self, pair, batch):
        try:
            return self.comparer.compare(pair, *pair.run(batch, self.rules))
        except OSError as error:
            return self.comparer.failure(f"a connection failed: {error}")

    def _compare_counters(self, pair):
        rows = [side.server.stats() for side in pair.sides]
        for name in COUNTERS:
            reference, subject = (row.get(name) for row in rows)
            if reference != subject and not self._explains_counter(name, reference, subject):
                self.unexplained += 1
                print(f"DIVERGENCE counter {name}: reference {reference}, subject {subject}")

    def _explains_counter(self, name, reference, subject):
        """Whether it counts requests that one server refuses; their number is unknown."""
        refused = self.comparer.rule_uses[LONE_B]
        return name == "cmd_meta" and 0 <= int(reference) - int(subject) <= refused

    def _report(self, divergence, pair):
        self.unexplained += 1
        print(f"\nDIVERGENCE {self.unexplained} after {self.sent} commands: {divergence.what}")
        for name, side in zip(("reference", "subject"), pair.sides):
            if not side.server.is_running():
                status = side.server.process.returncode
                print(f"  {name} ended, status {status}:\n{side.server.stderr_tail()}")
        shrunk = Shrinker(self.new_pair, self.rules).shrink(self.history)
        if shrunk is None:
            print("  (did not happen again on fresh servers; the last batch was)")
            show(self.history[-1:], divergence)
            return
        cause = tuple(command.parts for batch in shrunk[0] for command in batch.commands)
        if cause in self.causes:
            print(f"  (as before: {shrunk[0][-1].commands[-1].describe()})")
            return
        self.causes.add(cause)
        show(*shrunk)


def show(batches_to_show, divergence):
    """Prints commands, batch by batch, and what each server replied."""
    for batch in batches_to_show:
        print(f"  -- batch on connection {batch.link}")
        for command in batch.commands[-30:]:
            print(f"  > {command.describe()}")
    print(f"  {divergence.what}")
    for name, reply in (("reference", divergence.reference), ("subject  ", divergence.subject)):
        for unit in reply or [b""]:
            print(f"  {name} < {WIRES[divergence.wire].shown(unit)} ({len(unit)})")


def main():
    options = parse_arguments()
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"seed {seed}", flush=True)
    run = Run(options)
    started = time.monotonic()
    try:
        run.run(seed)
    except TestFailure as error:
        run.unexplained += 1
        print(f"DIVERGENCE {error}")
    seconds = time.monotonic() - started
    for rule in run.rules:
        print(f"allowed {run.comparer.rule_uses[rule.name]:6d}  {rule.name}: {rule.reason}")
    for feature in run.withheld:
        print(f"not sent        {feature.feature}: {feature.reason}")
    print(
        f"seed {seed}: {run.sent} commands in {seconds:.1f} s, {run.unexplained} unexplained"
    )
    sys.exit(1 if run.unexplained else 0)


if __name__ == "__main__":
    main()
