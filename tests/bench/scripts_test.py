#!/usr/bin/env python3
"""Short runs of scripts/bench, -tail and -connections; they report what cannot be measured.

Usage: scripts_test.py --larder PATH --load PATH
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
SCRIPTS = os.path.join(HERE, "..", "..", "scripts")
RUN_SECONDS_MAX = 100
PROGRAMS = []  # --larder PATH --load PATH

sys.path.insert(0, HERE)
import load_test  # noqa: E402  (only found once the path above is set)


def serve(port, manner):
    """A peer that is correct except for meta gets, which it `refuses` or which make it exit."""
    def lie(_, reply):
        if not reply.startswith((b"VA ", b"EN\r\n")):
            return reply
        if manner == "dies":
            os._exit(7)
        return b"ERROR\r\n"

    load_test.Server(lie, port=port)
    signal.pause()


def peer(name, manner):
    return ["--peer", f"{name}={sys.executable} {os.path.realpath(__file__)} --serve {{port}} "
                      f"--manner {manner}"]


def run(script, *words):
    """Standard output and the contents of --json."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "results.json")
        done = subprocess.run(
            [sys.executable, os.path.join(SCRIPTS, script), *PROGRAMS, *words, "--json", path,
             "--load-cpus", "0"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
        if done.returncode != 0:
            raise AssertionError(f"{script} ended with {done.returncode}: {done.stderr}")
        with open(path, encoding="utf-8") as file:
            return done.stdout, json.load(file)


class BenchTest(unittest.TestCase):
    LITTLE = ("--rounds", "2", "--seconds", "0.1", "--warmup", "0.05", "--keys", "200",
              "--connections", "4", "--no-floor")

    def measured(self, *words):
        """(row, server) -> its result; and standard output."""
        text, report = run("bench", *self.LITTLE, *words)
        return {(result["row"], result["server"]): result for result in report["results"]}, text

    def test_a_row_that_a_peer_does_not_support_is_skipped(self):
        results, text = self.measured("--rows", "get-1,mg-16,set-1", *peer("other", "refuses"))
        for row in ("get-1", "mg-16", "set-1"):
            self.assertEqual(len(results[row, "larder"]["rounds"]), 2)
        self.assertEqual(len(results["get-1", "other"]["rounds"]), 2)
        self.assertEqual(len(results["set-1", "other"]["rounds"]), 2)
        self.assertEqual(results["mg-16", "other"]["rounds"], [])
        self.assertRegex(text, r"(?m)^- mg-16 other: not run: .*ERROR")

    def test_a_peer_that_exited_in_a_row_is_restarted_for_the_next_one(self):
        results, text = self.measured("--rows", "mg-16,set-1", *peer("other", "dies"))
        self.assertRegex(text, r"(?m)^- mg-16 other: not run: the server ended")
        self.assertEqual(len(results["set-1", "other"]["rounds"]), 2)

    def test_values_have_the_requested_size(self):
        results, _ = self.measured("--rows", "set-1", "--value-size", "5000")
        self.assertEqual(list(results), [("set-1 5000B", "larder")])
        # Ten thousand of them do not fit into 64 MB, and are not attempted.
        results, text = self.measured("--rows", "get-1", "--value-size", "5000", "--memory", "64",
                                      "--keys", "10000")
        self.assertEqual(results["get-1 5000B", "larder"]["rounds"], [])
        self.assertRegex(text, r"not run: 10000 items of 5013 bytes may need --memory \d\d")


def run_paced(what, *words):
    """The report of bench-tail, and the requested rates in order: on a busy machine the load cannot
    keep them in so short a time."""
    load = PROGRAMS[PROGRAMS.index("--load") + 1]
    with tempfile.TemporaryDirectory() as folder:
        asked, telling = os.path.join(folder, "asked"), os.path.join(folder, "load")
        with open(telling, "w", encoding="utf-8") as script:
            script.write(f'#!/bin/sh\necho "$@" >> {asked}\nexec {load} "$@"\n')
        os.chmod(telling, 0o755)
        _, report = run("bench-tail", what, "--rounds", "1", *words, "--load", telling)
        with open(asked, encoding="utf-8") as file:
            said = file.read().split()
    return report, [word for before, word in zip(said, said[1:]) if before == "--rate"]


class TailTest(unittest.TestCase):
    def test_half_is_the_same_rate_for_all_servers(self):
        report, rates = run_paced("half", "--seconds", "0.5", "--keys", "200", "--connections",
                                  "4", *peer("other", "refuses"))
        self.assertEqual(set(report["results"]), {"larder", "other"})
        for name, cell in report["results"].items():
            self.assertEqual((name, len(cell["reports"]), cell["reason"]), (name, 1, ""))
        self.assertEqual(len(rates), 2)
        self.assertEqual(rates[0], rates[1])
        self.assertGreater(float(rates[0]), 0)

    def test_every_neighbour_sent_requests(self):
        report, rates = run_paced("neighbour", "--seconds", "0.4", "--memory", "16",
                                  "--quiet-rate", "200")
        cells = report["results"]
        situations = ("alone", "pipelining", "multigets", "never-reading", "set-storm")
        self.assertEqual([float(rate) for rate in rates], [200.0] * len(situations))
        for situation in situations:
            with self.subTest(situation=situation):
                cell = cells[f"larder {situation}"]
                self.assertEqual((len(cell["reports"]), cell["reason"]), (1, ""))
                self.assertGreater(cell["reports"][0]["operations"], 0)
                self.assertRegex(cell["deeds"], "^$" if situation == "alone" else r"^[1-9]")


class ConnectionsTest(unittest.TestCase):
    def test_short_and_idle_connections_are_measured(self):
        text, report = run("bench-connections", "--rounds", "2", "--connections", "100", "--idle",
                           "60", *peer("other", "refuses"))
        for name in ("larder", "other"):
            costs = report["nanoseconds_per_connection"][name]
            self.assertEqual(len(costs), 2)
            self.assertGreater(min(costs), 1000)
        self.assertEqual(set(report["bytes_per_idle_connection"]), {"larder", "other"})
        row = re.search(r"(?m)^larder +(\d+) +\d+-\d+ +(\d+\.\d+) +-?\d+$", text)
        self.assertIsNotNone(row, text)
        other = statistics.median(report["nanoseconds_per_connection"]["other"])
        self.assertAlmostEqual(float(row[2]), int(row[1]) / other, delta=0.002)

    def test_a_server_that_accepts_fewer_connections_is_reported(self):
        text, report = run("bench-connections", "--rounds", "0", "--idle", "50", "--larder",
                           "none", "--peer", f"few={PROGRAMS[1]} -l 127.0.0.1 -p {{port}} -c 20"
                           + (" -u root" if os.geteuid() == 0 else ""))
        self.assertEqual(report["bytes_per_idle_connection"], {})
        self.assertRegex(text, r"(?m)^- few idle: not run: ")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--larder")
    parser.add_argument("--load")
    parser.add_argument("--serve", type=int)
    parser.add_argument("--manner")
    known, rest = parser.parse_known_args()
    if known.serve:
        serve(known.serve, known.manner)
    PROGRAMS += ["--larder", known.larder, "--load", known.load]
    unittest.main(argv=sys.argv[:1] + rest)
