#!/usr/bin/env python3
"""Runs scripts/conformance on checkouts of a few lines, and the timedrun it hands to them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
CONFORMANCE = os.path.join(ROOT, "scripts", "conformance")
TIMEDRUN = os.path.join(ROOT, "scripts", "conformancelib", "timedrun.py")

PASSING = 'print "1..2\\nok 1\\nok 2\\n";\n'
FAILING = 'print "1..2\\nok 1\\nnot ok 2 - the second claim\\n";\n'
SKIPPING = 'print "1..0 # skipped: no such feature\\n";\n'
TOO_FEW = 'print "1..3\\nok 1\\n";\n'
SLOW = 'print "1..1\\nok 1\\n"; sleep 60;\n'
STARTING = """\
print "1..2\\n";
my $said = `./timedrun 10 ./memcached-debug hello`;
print $said eq "server hello\\n" ? "ok 1\\n" : "not ok 1 - it said $said\\n";
open(my $file, ">", "t/written") or die;
print "ok 2\\n";
"""

FOREVER = "while :; do sleep 0.01; done"
SERVER = "#!/bin/sh\necho server $*\n"


class Checkout:
    """A directory with t/*.t, a manifest and a server, to run scripts/conformance in."""

    def __init__(self, files, manifest):
        self._directory = tempfile.TemporaryDirectory()
        self.root = self._directory.name
        os.mkdir(os.path.join(self.root, "t"))
        for name, text in {"manifest": manifest, "server": SERVER,
                           **{f"t/{name}": text for name, text in files.items()}}.items():
            with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod(os.path.join(self.root, "server"), 0o755)

    def run(self, *options):
        """(exit status, output) of scripts/conformance."""
        path = {name: os.path.join(self.root, name) for name in ("manifest", "server")}
        run = subprocess.run(
            [sys.executable, CONFORMANCE, self.root, "--manifest", path["manifest"],
             "--server", path["server"], *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return run.returncode, run.stdout

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self._directory.cleanup()


class Conformance(unittest.TestCase):
    def outcome(self, files, manifest, *options):
        with Checkout(files, manifest) as checkout:
            return checkout.run(*options)

    def test_passed_and_excluded_tests_are_reported(self):
        status, output = self.outcome(
            {"a.t": PASSING, "b.t": FAILING}, "a.t run\nb.t out asks for the moon  # and stars\n")
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"(?m)^passed   a\.t +2 tests")
        self.assertRegex(output, r"(?m)^left out b\.t +asks for the moon$")
        self.assertTrue(output.endswith("1 passed, 0 failed, 1 left out, 0 amiss\n"), output)

    def test_a_file_that_is_to_run_must_pass(self):
        for text, why in ((FAILING, "not ok 2 - the second claim"), (TOO_FEW, "failed"),
                          (SKIPPING, "skipped itself: no such feature")):
            with self.subTest(why):
                status, output = self.outcome({"a.t": PASSING, "b.t": text}, "a.t run\nb.t run\n")
                self.assertEqual(status, 1, output)
                self.assertRegex(output, r"(?m)^FAILED   b\.t ")
                self.assertIn(why, output)
                self.assertIn("1 passed, 1 failed, 0 left out, 0 amiss", output)

    def test_a_file_runs_in_the_environment_its_line_asks_for(self):
        seen = 'print "1..1\\n", ($ENV{WISH} // "") eq "a=b" ? "" : "not ", "ok 1\\n";\n'
        files = {"a.t": seen, "b.t": seen}
        status, output = self.outcome(files, "a.t run WISH=a=b OTHER=1\nb.t run\n")
        self.assertEqual(status, 1, output)
        self.assertRegex(output, r"(?m)^passed   a\.t ")
        self.assertRegex(output, r"(?m)^FAILED   b\.t ")

    def test_a_file_that_takes_too_long_fails(self):
        begin = time.monotonic()
        status, output = self.outcome({"a.t": SLOW}, "a.t run\n", "--seconds", "1")
        self.assertEqual(status, 1, output)
        self.assertIn("still ran after 1.0 seconds", output)
        self.assertLess(time.monotonic() - begin, 30)

    def test_a_file_missing_in_the_manifest_is_reported(self):
        status, output = self.outcome({"a.t": PASSING, "b.t": PASSING}, "a.t run\n")
        self.assertEqual(status, 1, output)
        self.assertIn("b.t is in the checkout and not in the manifest", output)
        self.assertIn("1 passed, 0 failed, 0 left out, 1 amiss", output)

    def test_a_file_missing_in_the_checkout_is_reported(self):
        for line in ("b.t run", "b.t out too old"):
            with self.subTest(line):
                status, output = self.outcome({"a.t": PASSING}, f"a.t run\n{line}\n")
                self.assertEqual(status, 1, output)
                self.assertIn("b.t is in the manifest and not in the checkout", output)
                self.assertIn("1 passed, 0 failed", output)

    def test_a_manifest_is_read_strictly(self):
        for manifest in ("a.t\n", "a.t out\n", "a.t walk\n", "a.t run fast\n", "a run\n",
                         "a.t run SSL_TEST\n", "a.t run ssl=1\n",
                         "a.t run\na.t run\n"):
            with self.subTest(manifest):
                status, output = self.outcome({"a.t": PASSING}, manifest)
                self.assertEqual(status, 1, output)
                self.assertRegex(output, r"^conformance: \S*manifest:[12]: ")

    def test_selected_files_run_even_if_the_manifest_excludes_them(self):
        files = {"a.t": FAILING, "b.t": PASSING, "c.t": PASSING}
        manifest = "a.t run\nb.t out later\nc.t run\n"
        status, output = self.outcome(files, manifest, "--only", "b", "c.t")
        self.assertEqual(status, 0, output)
        self.assertIn("2 passed, 0 failed, 0 left out", output)
        status, output = self.outcome(files, manifest, "--only", "d")
        self.assertEqual(status, 1, output)
        self.assertIn("there is no d.t", output)

    def test_a_file_finds_what_it_expects_and_leaves_the_checkout_alone(self):
        with Checkout({"a.t": STARTING}, "a.t run\n") as checkout:
            status, output = checkout.run()
            self.assertEqual(status, 0, output)
            self.assertEqual(os.listdir(os.path.join(checkout.root, "t")), ["a.t"])

    def test_without_a_checkout_it_says_how_to_get_one(self):
        for words in ([], [os.path.join(ROOT, "tests")]):
            with self.subTest(words):
                run = subprocess.run([sys.executable, CONFORMANCE, *words], timeout=60,
                                     stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn("memcached 1.6.45", run.stderr)


class Timedrun(unittest.TestCase):
    def start(self, seconds, script):
        """Starts a timedrun of a shell, which runs when this returns."""
        process = subprocess.Popen(
            [sys.executable, TIMEDRUN, str(seconds), "sh", "-c", "echo; " + script],
            stdout=subprocess.PIPE)
        process.stdout.readline()
        self.addCleanup(process.stdout.close)
        return process

    def test_it_exits_with_the_status_of_its_command(self):
        self.assertEqual(self.start(10, "exit 7").wait(10), 7)
        self.assertEqual(self.start(10, "kill -9 $$").wait(10), 128 + 9)

    def test_it_stops_a_command_that_takes_too_long(self):
        begin = time.monotonic()
        self.assertEqual(self.start(1, "exec sleep 30").wait(20), 128 + signal.SIGTERM)
        self.assertLess(time.monotonic() - begin, 20)

    def test_it_forwards_signals(self):
        for name in ("HUP", "INT", "USR1", "TERM"):
            with self.subTest(name):
                process = self.start(10, f"trap 'exit 3' {name}; echo; {FOREVER}")
                process.stdout.readline()
                process.send_signal(getattr(signal, "SIG" + name))
                self.assertEqual(process.wait(10), 3)

    def test_the_third_signal_kills_the_command(self):
        process = self.start(30, f"trap '' INT TERM; echo; {FOREVER}")
        process.stdout.readline()
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.2)
        self.assertEqual(process.wait(10), 128 + signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
