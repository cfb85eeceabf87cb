#!/usr/bin/python3
"""larderctl as a process: its output, its exit status, and the picture that it draws.

    python3 tests/larderctl/ring_test.py --larderctl build/dev/larderctl
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SVG = "{http://www.w3.org/2000/svg}"
RUN_SECONDS_MAX = 60
EXIT_CANNOT, EXIT_USAGE = 1, 64

BINARY = ""


def run(*words, given=b"", environment=None):
    return subprocess.run([BINARY, *words], input=given, capture_output=True, check=False,
                          timeout=RUN_SECONDS_MAX, env=environment)


def nodes(count, port=11211):
    return ",".join(f"10.0.0.{n + 1}:{port}" for n in range(count))


class LarderctlTest(unittest.TestCase):
    maxDiff = None

    def printed(self, *words, **more):
        done = run(*words, **more)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def refused(self, status, said, *words, **more):
        done = run(*words, **more)
        self.assertEqual((done.returncode, done.stdout), (status, b""), words)
        self.assertEqual(done.stderr.decode(), said)

    def moved(self, *words):
        """The fraction of all keys that moves."""
        text = self.printed("ring", *words)
        return float(re.search(r"([\d.]+) % of all keys move", text).group(1)) / 100


class CommandTest(LarderctlTest):
    def test_help_and_version(self):
        self.assertRegex(self.printed("--version"), r"^larderctl \d+\.\d+\.\d+\n$")
        self.assertIn("\n  ring ", self.printed("--help"))
        self.assertEqual(self.printed("-h"), self.printed("--help"))
        self.assertIn("--servers LIST", self.printed("ring", "--help"))

    def test_usage_errors(self):
        self.refused(EXIT_USAGE, "larderctl: a command is missing\nlarderctl --help says more\n")
        self.refused(EXIT_USAGE, "larderctl: unknown command rings\n"
                     "larderctl --help says more\n", "rings")
        for said, words in (
                ("--servers is missing", ()),
                ("unknown option --serves", ("--serves", "a:1")),
                ("unknown option -s", ("-s", "a:1")),
                ("unexpected argument a:1", ("a:1",)),
                ("--servers needs a value", ("--servers",)),
                ("a:1 is in the list twice", ("--servers", "a:1,a:1")),
                ("a:1 is in the list twice", ("--servers", "a:1,b:1", "--add", "a:1")),
                ("the ring has no nodes", ("--servers", "a:1", "--remove", "a:1")),
                ("a:1 has a weight, which jump does not support",
                 ("--servers", "a:1:2,b:1", "--hash", "jump"))):
            with self.subTest(said=said):
                self.refused(EXIT_USAGE, f"larderctl ring: {said}\n"
                             "larderctl ring --help says more\n", "ring", *words)


class TableTest(LarderctlTest):
    def test_shares(self):
        self.assertEqual(self.printed("ring", "--servers", "10.0.0.1:11211,[::1]:11212:2"), SHARES)

    def test_an_added_node(self):
        self.assertEqual(self.printed("ring", "--hash", "rendezvous", "--sample", "1000",
                                      "--servers", nodes(2), "--add", "10.0.0.3:11211"), ADDED)

    def test_moves_are_near_one_nth(self):
        # With points the result depends on their positions, otherwise only on the sampled keys.
        kinds = dict.fromkeys(("ketama", "ketama-plain", "twemproxy", "spymemcached"), 0.35)
        kinds.update(rendezvous=0.02, jump=0.02)
        for kind, margin in kinds.items():
            for count in (3, 5, 10):
                words = ("--hash", kind, "--sample", "200000")
                moved = self.moved(*words, "--servers", nodes(count - 1),
                                   "--add", f"10.0.0.{count}:11211")
                self.assertAlmostEqual(moved * count, 1, delta=margin, msg=f"{kind}, {count}")
                back = self.moved(*words, "--servers", nodes(count),
                                  "--remove", f"10.0.0.{count}:11211")
                self.assertEqual(back, moved, f"{kind}: the way back")

    def test_a_seed_repeats_a_sample(self):
        words = ("ring", "--hash", "jump", "--servers", nodes(3), "--sample", "1000", "--seed")
        self.assertEqual(self.printed(*words, "7"), self.printed(*words, "7"))
        self.assertNotEqual(self.printed(*words, "7"), self.printed(*words, "8"))


class KeysTest(LarderctlTest):
    def test_each_input_line_gives_an_output_line(self):
        # As in libmemcached: 8 and 8, for the names localhost and localhost:11212.
        keys = b"key1\nkey2\r\n\nkey3\nkey4"
        ports = [line.rpartition(":")[2] for line in self.printed(
            "ring", "--servers", "localhost:11211:8,localhost:11212:8", "--keys", "-",
            given=keys).splitlines()]
        self.assertEqual(ports[:2] + ports[3:], ["11212", "11211", "11212", "11212"])
        self.assertEqual(len(ports), 5)

    def test_keys_of_a_file_are_bytes(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"\xff\x80\x01\0x\n" * 3)
            file.flush()
            text = self.printed("ring", "--servers", "[::1]:7", "--keys", file.name)
        self.assertEqual(text, "[::1]:7\n" * 3)
        self.assertEqual(self.printed("ring", "--servers", "a:1", "--keys", "-"), "")

    def test_files_that_cannot_be_read(self):
        self.refused(EXIT_CANNOT, "larderctl ring: cannot read nowhere: No such file or "
                     "directory\n", "ring", "--servers", "a:1", "--keys", "nowhere")
        self.refused(EXIT_CANNOT, "larderctl ring: failed to read all keys\n",
                     "ring", "--servers", "a:1", "--keys", ".")

    def test_a_full_disk_is_reported(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BINARY, "ring", "--servers", "a:1", "--keys", "-"],
                                  input=b"k\n" * 9, stdout=full, stderr=subprocess.PIPE,
                                  timeout=RUN_SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, EXIT_CANNOT)
        self.assertEqual(done.stderr, b"larderctl ring: cannot write to standard output: "
                         b"No space left on device\n")


class PlotTest(LarderctlTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.svg = os.path.join(folder.name, "ring's.svg")

    def drawn(self, *words):
        """All texts in the picture."""
        self.printed("ring", *words, "--plot", self.svg)
        tree = xml.etree.ElementTree.parse(self.svg)
        return [" ".join("".join(text.itertext()).split()) for text in tree.iter(SVG + "text")]

    def test_every_node_is_named(self):
        texts = self.drawn("--servers", nodes(50))
        for node in nodes(50).split(","):
            self.assertEqual(texts.count(node), 1, node)
        self.assertIn("ketama, 50 nodes: exact shares of the ring", texts)
        self.assertIn("share", texts)

    def test_a_change_has_two_bars(self):
        texts = self.drawn("--servers", "_a:1,b:1", "--add", "c_d:1", "--remove", "b:1")
        for text in ("_a:1", "b:1", "c_d:1", "before", "after", "fair"):
            self.assertEqual(texts.count(text), 1, text)

    def test_without_gnuplot_the_error_names_the_package(self):
        with open(self.svg, "w", encoding="ascii") as file:
            file.write("old")
        done = run("ring", "--servers", "a:1", "--plot", self.svg,
                   environment={**os.environ, "PATH": self.folder})
        self.assertEqual(done.returncode, EXIT_CANNOT)
        self.assertEqual(done.stderr.decode(), "larderctl ring: --plot needs gnuplot: on Debian, "
                         "apt-get install gnuplot-nox\n")
        with open(self.svg, encoding="ascii") as file:
            self.assertEqual(file.read(), "old")

    def test_a_failing_gnuplot_does_not_change_the_file(self):
        program = os.path.join(self.folder, "gnuplot")
        with open(program, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho half\nexit 3\n")
        os.chmod(program, 0o755)
        done = run("ring", "--servers", "a:1", "--plot", self.svg,
                   environment={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        self.assertEqual(done.returncode, EXIT_CANNOT)
        self.assertIn("gnuplot could not draw", done.stderr.decode())
        self.assertFalse(os.path.exists(self.svg))

    def test_an_unwritable_file_is_an_error(self):
        done = run("ring", "--servers", "a:1", "--plot", os.path.join(self.folder, "no", "a.svg"))
        self.assertEqual(done.returncode, EXIT_CANNOT)
        self.assertIn("a.svg: No such file or directory\n", done.stderr.decode())


SHARES = """\
ketama, 2 nodes: exact shares of the ring

node                weight  points      share       fair
10.0.0.1:11211           1     104    33.43 %    33.33 %
[::1]:11212              2     212    66.57 %    66.67 %
"""

ADDED = """\
rendezvous, 3 nodes: shares of 1000 keys, seed 1

node                weight      share      after       fair      loses      gains
10.0.0.1:11211           1    50.90 %    32.80 %    33.33 %    18.10 %     0.00 %
10.0.0.2:11211           1    49.10 %    32.50 %    33.33 %    16.60 %     0.00 %
10.0.0.3:11211           1          -    34.70 %    33.33 %          -    34.70 %

with 10.0.0.3:11211: 34.70 % of all keys move, where about 1/3 = 33.33 % is expected
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--larderctl", required=True)
    arguments, rest = parser.parse_known_args()
    BINARY = os.path.realpath(arguments.larderctl)
    unittest.main(argv=[sys.argv[0], *rest])
