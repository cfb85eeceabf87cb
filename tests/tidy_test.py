#!/usr/bin/env python3
"""Runs scripts/tidy.py on small trees: a clean one must pass, broken ones must fail."""

import contextlib
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
TIDY = os.path.join(HERE, "..", "scripts", "tidy.py")
sys.path.insert(0, os.path.dirname(TIDY))
import tidy as rules_of_the_house  # noqa: E402  (its directory has just been named)

HEADER = "// What it is.\n#pragma once\n"

CLEAN = {
    "CMakeLists.txt": "set(SOURCES\n    slab/page_pool.cc\n    server/net/event_loop.cc)\n",
    "tests/CMakeLists.txt": "set(TESTS slab/page_pool_test.cc base/hash_test.cc)\n",
    "tests/mirror.txt": "server/net/event_loop.cc tests/base/hash_test.cc  # through the loop\n"
                        "server/command/executor.h tests/base/hash_test.cc\n",
    "base/hash.h": HEADER,
    "slab/page_pool.h": HEADER + '#include "base/hash.h"\n',
    "slab/page_pool.cc": '#include "slab/page_pool.h"\n',
    "server/command/executor.h": HEADER + '#include "slab/page_pool.h"\n',
    "server/net/event_loop.cc": "#include <event2/event.h>\n",
    "tests/base/hash_test.cc": "#include <catch2/catch.hpp>\n",
    "tests/slab/page_pool_test.cc": "",
}

LONG = "server/net/event_loop.cc"  # a file that may hold anything: it has no header


def function_of(line_count, head="void f() {", tail="}"):
    return "\n".join([head] + ["  g();"] * (line_count - 2) + [tail]) + "\n"


def class_of(member_count, member="  void f{}();\n", others=""):
    members = "".join(member.replace("{}", str(n)) for n in range(member_count))
    return "struct A {\n" + members + others + "};\n"


# rule -> trees that break it, each given as the files it changes (None deletes one).
BROKEN = {
    "floor": [
        {"base/hash.h": HEADER + '#include "slab/page_pool.h"\n'},
        {"slab/page_pool.h": HEADER + '#include "server/command/executor.h"\n'},
        {"slab/page_pool.h": HEADER + '#include "tests/helper.h"\n', "tests/helper.h": HEADER},
        {"slab/page_pool.h": HEADER + ' #  include "protocol/parse.h"\n',
         "protocol/parse.h": HEADER},
        {"protocol/parse.h": HEADER + '#include "slab/page_pool.h"\n'},
        {"client/ring.h": HEADER + '#include "protocol/parse.h"\n', "protocol/parse.h": HEADER},
        {"larderctl/table.h": HEADER + '#include "slab/page_pool.h"\n'},
    ],
    "order": [
        {"slab/page_pool.h": HEADER + '#include "slab/store.h"\n', "slab/store.h": HEADER},
        {"server/command/executor.h": HEADER + '#include "server/worker/worker.h"\n',
         "server/worker/worker.h": HEADER},
        {"server/options/options.h": HEADER + '#include "server/support/latency.h"\n',
         "server/support/latency.h": HEADER},
        {"server/http/page.h": HEADER + '#include "server/worker/worker.h"\n',
         "server/worker/worker.h": HEADER},
        {"server/worker/worker.h": HEADER + '#include "server/server.h"\n',
         "server/server.h": HEADER},
    ],
    "wing": [
        {"server/inbox.h": HEADER},
        {"server/kitchen/inbox.h": HEADER},
        {"server/net/deep/inbox.h": HEADER},
        {"server/page.html": "<p>"},
    ],
    "own-header-first": [
        {"slab/page_pool.cc": '#include <string>\n#include "slab/page_pool.h"\n'},
        {"slab/page_pool.cc": "int pages;\n"},
    ],
    "include-from-root": [{"server/net/event_loop.cc": '#include "event_loop.h"\n'}],
    "kept-to": [
        {"server/command/executor.h": HEADER + "#include <event2/event.h>\n"},
        {"slab/page_pool.h": HEADER + "#include <sasl/sasl.h>\n"},
    ],
    "catch-include": [
        {"base/hash.h": HEADER + "#include <catch2/catch.hpp>\n"},
        {"tests/helper.h": HEADER + "#include <catch2/catch.hpp>\n"},
    ],
    "catch-name": [{"base/hash.h": HEADER + "#define CHECK(x) (x)\n"}],
    "pragma-once": [
        {"base/hash.h": "// What it is.\n"},
        {"base/hash.h": "// What it is.\n#include <string>\n#pragma once\n"},
    ],
    "header-comment": [{"base/hash.h": "#pragma once\n// Too late.\n"}],
    "file-length": [{"base/hash.h": HEADER + "int a;\n" * 499},
                    {"scripts/run.sh": "true\n" * 501}],
    "header": [{"base/hash.h": HEADER + "int a;\n" * 249},
               {"tests/helper.h": HEADER + "\n" * 249}],
    "line-length": [{"base/hash.h": HEADER + "// " + "a" * 98 + "\n"},
                    {"scripts/run": "#!/bin/sh\n" + "a" * 101 + "\n"}],
    "function-length": [
        {LONG: function_of(71)},
        {LONG: "namespace a {\nclass B {\n public:\n" + function_of(71) + "};\n}\n"},
        {LONG: function_of(71, "template <class T>\nT f(T a) {")},
        {LONG: function_of(71, "B::B(int a)\n    : a_(a) {")},
        {LONG: function_of(71, "void f() {  // a brace in a comment: }")},
        {LONG: function_of(71, "void f() {\n  g(\"}\", '}', R\"(})\");")},
        {"tests/slab/page_pool_test.cc": function_of(71, 'TEST_CASE("a } in its name") {')},
    ],
    "members": [
        {"base/hash.h": HEADER + class_of(41)},
        {"base/hash.h": HEADER + class_of(40, others="  int a, b = 0;\n")},
        {LONG: "namespace a {\nnamespace {\n" + class_of(41, "  int a{}_ = 0;\n") + "}\n}\n"},
        {LONG: "class Outer {\n" + class_of(41) + "};\n"},
        {"tests/slab/page_pool_test.cc": class_of(41)},
    ],
    "unfinished": [
        {"base/hash.h": HEADER + "// FIX" + "ME later\n"},
        {"base/hash.h": HEADER + "// XX" + "X\n"},
        {"base/hash.h": HEADER + "// a St" + "ub\n"},
        {"scripts/run.py": "# Good enough for" + " now.\n"},
    ],
    "promise-without-condition": [
        {"base/hash.h": HEADER + "// TO" + "DO: faster\n"},
        {"base/hash.h": HEADER + "// TO" + "DO(): faster\n"},
    ],
    "machine-path": [
        {"base/hash.h": HEADER + "// see /wo" + "rk/notes\n"},
        {"README.md": "cd /ho" + "me/someone\n"},
        {"scripts/run.sh": "cat /tm" + "p/notes\n"},
        {"scripts/run.sh": "/op" + "t/tool/bin/tool\n"},
    ],
    "unlisted": [
        {"slab/store.cc": ""},
        {"tests/slab/store_test.cc": ""},
        {"tests/server/stop_test.py": ""},
        {"CMakeLists.txt": "# slab/page_pool.cc\nset(S server/net/event_loop.cc)\n"},
        {"CMakeLists.txt": "set(S old_slab/page_pool.cc server/net/event_loop.cc)\n"},
    ],
    "untested": [
        {"client/ring.h": HEADER},
        {"slab/pages.h": HEADER},
        {"slab/page_poolside.h": HEADER},
        {"tests/slab/page_pool_test.cc": None, "tests/CMakeLists.txt": "base/hash_test.cc"},
    ],
    "mirror": [{"tests/mirror.txt": "server/net/event_loop.cc tests/base/gone_test.cc\n"},
               {"tests/mirror.txt": "server/net/event_loop.cc\n"}],
}

# Trees that look broken and are correct.
ALLOWED = {
    "a promise with its condition": {"base/hash.h": HEADER + "// TO" + "DO(C++23): expected\n"},
    "a temporary directory's template": {
        "base/hash.h": HEADER + 'char path[] = "/tm' + 'p/larder-' + "X" * 6 + '";\n'},
    "a path below a variable": {"scripts/run.sh": 'cd "$top/wo' + 'rk/x"\n'},
    "the longest function": {LONG: function_of(70)},
    "a long namespace": {LONG: "namespace a {\n" + "int a;\n" * 90 + "}\n"},
    "a long class": {"base/hash.h": HEADER + "template <class T>\nclass A {\n" + "T a;\n" * 90
                                    + "};\n"},
    "the longest header": {"base/hash.h": HEADER + "int a;\n" * 248},
    "a source longer than a header may be": {LONG: "int a;\n" * 251},
    "the largest class": {"base/hash.h": HEADER + class_of(40)},
    "a class with overloads, types and friends": {
        "base/hash.h": HEADER + class_of(40, others="  void f1(int);\n  struct B { int b; };\n"
                                                    "  friend class C;\n  using D = int;\n")},
    "classes side by side": {LONG: class_of(30) + class_of(30)},
    "a long table": {LONG: "constexpr int kTable[] = {\n" + "  1,\n" * 90 + "};\n"},
    "two functions in a row": {LONG: function_of(60) + function_of(60)},
    "the longest line": {"base/hash.h": HEADER + "// " + "a" * 97 + "\n"},
    "a file split off from one with a test": {
        "slab/page_pool_growth.cc": "",
        "CMakeLists.txt": CLEAN["CMakeLists.txt"] + "slab/page_pool_growth.cc\n"},
    "a test that covers by its prefix": {
        "tests/slab/page_pool_test.cc": None, "tests/slab/page_pool_stress_test.cc": "",
        "tests/CMakeLists.txt": "slab/page_pool_stress_test.cc base/hash_test.cc"},
}


@contextlib.contextmanager
def tree(changes):
    """The root of the clean tree with `changes`."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **changes}.items():
            if text is None:
                continue
            whole = os.path.join(root, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as file:
                file.write(text)
        yield root


def violations(changes):
    with tree(changes) as root:
        return rules_of_the_house.check_tree(root)


def tidy(changes):
    """Runs tidy on the clean tree with `changes`; returns (exit status, output)."""
    with tree(changes) as root:
        run = subprocess.run([sys.executable, TIDY, "--root", root], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return run.returncode, run.stdout


class Tidy(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        self.assertEqual(tidy({}), (0, "tidy: no violations\n"))

    def test_a_broken_tree_fails(self):
        status, output = tidy({"base/hash.h": "#pragma once\n"})
        self.assertEqual(status, 1, output)
        self.assertIn("base/hash.h:1: header-comment: ", output)

    def test_each_broken_rule_is_named_and_nothing_else(self):
        for rule, trees in BROKEN.items():
            for changes in trees:
                with self.subTest(rule=rule, changes=changes):
                    found = violations(changes)
                    rules = {line.split(": ")[1] for line in found}
                    self.assertIn(rule, rules, found)
                    # A new file without a test or a listing breaks those rules too.
                    self.assertLessEqual(rules, {rule, "untested", "unlisted"}, found)

    def test_trees_that_only_look_broken_pass(self):
        for name, changes in ALLOWED.items():
            with self.subTest(name):
                self.assertEqual(violations(changes), [])


if __name__ == "__main__":
    unittest.main()
