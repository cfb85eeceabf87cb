#!/usr/bin/env python3
"""scripts/bench draws its JSON results: every row, every server, and the machine."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BENCH = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "scripts", "bench")
SVG = "{http://www.w3.org/2000/svg}"
RUN_SECONDS_MAX = 60


def result(row, server, costs, reason=""):
    middle = sorted(costs)[len(costs) // 2] if costs else None
    return {"row": row, "server": server, "reason": reason, "cpu_ns_per_op_median": middle,
            "rounds": [{"cpu_ns_per_op": cost} for cost in costs]}


DOCUMENT = {
    "date": "2031-02-03",
    "machine": {"cpu": "Abacus & Sons 9000 <fast>", "cores": 7},
    "versions": {"larder": "9.8.7", "old": "1.2.3", "other": ""},
    "settings": {"yardstick": "old", "rounds": 3, "seconds": 2.5, "connections": 50,
                 "keys": 100000, "distribution": "zipf:0.99", "server_threads": 1},
    "results": [
        result("get-16", "larder", [40, 50, 60]),
        result("get-16", "old", [99, 100, 101]),
        result("get-16", "other", [], "it answers nonsense"),
        result("get-16", "floor", [25, 25, 25]),
        result("set-1 10B", "larder", [150, 150, 151]),
        result("set-1 10B", "old", [200, 200, 200]),
        result("set-1 10B", "other", [330, 330, 330]),
        result("unheard-of", "larder", [11, 11, 11]),
        result("unheard-of", "old", [], "it answers nonsense"),
    ],
}


def run_bench(*words, python=(sys.executable,)):
    return subprocess.run([*python, BENCH, *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=RUN_SECONDS_MAX)


class PlotTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.json = os.path.join(folder.name, "results.json")
        self.svg = os.path.join(folder.name, "picture.svg")
        self.save(DOCUMENT)

    def save(self, document):
        with open(self.json, "w", encoding="utf-8") as file:
            json.dump(document, file)

    def texts(self):
        """All texts in the picture, in order."""
        done = run_bench("--plot", self.svg, "--from-json", self.json)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        tree = xml.etree.ElementTree.parse(self.svg)
        return [" ".join("".join(text.itertext()).split()) for text in tree.iter(SVG + "text")]

    def test_every_row_and_server_is_named(self):
        texts = self.texts()
        for name in ("get-16", "set-1 10B", "unheard-of", "larder", "old", "other", "floor"):
            self.assertEqual(texts.count(name), 1, (name, texts))

    def test_each_bar_shows_its_ratio_to_the_baseline(self):
        ratios = [text for text in self.texts() if re.fullmatch(r"\d\.\d\d", text)]
        self.assertEqual(ratios, ["0.50", "0.75", "1.00", "1.00", "1.65", "0.25"])

    def test_a_missing_ratio_is_marked(self):
        texts = self.texts()
        self.assertEqual(texts.count("not run"), 2)
        self.assertEqual(texts.count("nothing to compare with"), 1)

    def test_the_title_shows_the_date_the_machine_and_the_versions(self):
        text = "\n".join(self.texts())
        for part in ("ratio to old", "2031-02-03", "larder 9.8.7", "old 1.2.3", "7 cores",
                     "Abacus & Sons 9000 <fast>", "100,000 keys", "zipf:0.99",
                     "3 rounds of 2.5 s"):
            self.assertIn(part, text)

    def test_the_background_is_solid_and_the_picture_is_reproducible(self):
        self.texts()
        with open(self.svg, encoding="utf-8") as file:
            first = file.read()
        self.assertRegex(first, r'(?s)id="patch_1".{0,300}fill: #ffffff')
        self.texts()
        with open(self.svg, encoding="utf-8") as file:
            self.assertEqual(file.read(), first)

    def test_a_png_is_drawn_too(self):
        picture = self.svg.replace(".svg", ".png")
        done = run_bench("--plot", picture, "--from-json", self.json)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(picture, "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")

    def test_invalid_results_give_an_error_without_a_traceback(self):
        without = dict(DOCUMENT, settings=dict(DOCUMENT["settings"], yardstick=None))
        for document, words, said in (
                (without, (), "no peer to compare with"),
                ({"results": []}, (), "not what --json writes"),
                (DOCUMENT, ("--plot", "picture.pdf"), ".svg or .png")):
            with self.subTest(said=said):
                self.save(document)
                done = run_bench("--plot", self.svg, "--from-json", self.json, *words)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_without_matplotlib_the_error_names_the_package(self):
        # An interpreter without the system's packages.
        done = run_bench("--plot", self.svg, "--from-json", self.json,
                         python=(sys.executable, "-S"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("apt-get install python3-matplotlib", done.stderr)
        self.assertFalse(os.path.exists(self.svg))


if __name__ == "__main__":
    unittest.main()
