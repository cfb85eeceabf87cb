#!/usr/bin/env python3
"""Which builds and tests scripts/check selects for a change, with scripts/lib/touched.py."""

import os
import sys
import tempfile
import unittest

PROJECT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..")
sys.path.insert(0, os.path.join(PROJECT, "scripts", "lib"))
import touched  # noqa: E402  (its directory was added to the path above)

TREE = {
    "base/hash.h": "",
    "slab/page.h": '#include "base/hash.h"\n',
    "slab/page.cc": '#include "slab/page.h"\n',
    "client/ring.cc": "",
    "server/net/inbox.cc": "",
    "server/net/tls.cc": "",
    "server/worker/turn.h": '#include "slab/page.h"\n',
    "tests/base/hash_test.cc": '#include "base/hash.h"\n',
    "tests/slab/page_test.cc": '#include "slab/page.h"\n',
    "tests/client/ring_test.cc": "",
    "tests/server/net/inbox_test.cc": '#include "tests/support/sockets.h"\n',
    "tests/server/worker/turn_test.cc": '#include "server/worker/turn.h"\n',
    "tests/server/server_test.cc": "",
    "tests/support/sockets.h": "",
    "tests/mirror.txt": "# comment\nserver/net/tls.cc tests/clients/tls_test.py  # by a client\n",
}


class Check(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="larder-check-")
        self.addCleanup(directory.cleanup)
        self.root = directory.name
        for path, text in TREE.items():
            whole = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="ascii") as file:
                file.write(text)

    def expect(self, paths, builds, tests):
        found = touched.touched_by(paths, self.root)
        self.assertEqual({f"{preset} {target}" for preset, target in found.builds},
                         {"release larder", *builds})
        self.assertEqual(found.tests, set(tests))
        return found

    def test_without_changes_only_the_server_is_built(self):
        self.expect([], [], [])
        self.expect(["README.md", "docs/cluster.md", "CMakeLists.txt"], [], [])

    def test_a_source_has_the_tests_of_its_folder(self):
        self.expect(["slab/page.cc"], ["dev slab_test", "dev server_test"],
                    ["^dev: slab/", touched.TRANSCRIPTS])
        self.expect(["server/net/inbox.cc"],
                    ["dev server_net_test", "dev server_test", "dev larder"],
                    ["^dev: server/net/", touched.TRANSCRIPTS])
        self.expect(["server/main.cc"], ["dev server_test", "dev larder"],
                    ["^dev: server/[^/]*$", touched.TRANSCRIPTS])
        self.expect(["client/ring.cc"],
                    ["dev client_test", "dev larderctl", "release larderctl"], ["^dev: client/"])

    def test_the_mirror_file_names_more(self):
        self.expect(["server/net/tls.cc"],
                    ["dev server_net_test", "dev server_test", "dev larder", "release all"],
                    ["^dev: server/net/", "^(dev|release): clients/tls$", touched.TRANSCRIPTS])

    def test_a_header_has_the_tests_of_all_that_include_it(self):
        self.expect(["base/hash.h"],
                    ["dev larder_headers", "dev base_test", "dev slab_test",
                     "dev server_worker_test", "dev server_test", "dev larder"],
                    ["^dev: base/", "^dev: slab/", "^dev: server/worker/", touched.TRANSCRIPTS])
        self.expect(["tests/support/sockets.h"],
                    ["dev larder_headers", "dev server_net_test", "dev larder"],
                    ["^dev: server/net/"])

    def test_a_test_is_run_itself(self):
        self.expect(["tests/slab/page_test.cc"], ["dev slab_test"], ["^dev: slab/"])
        self.expect(["tests/server/log/watch_test.py"], ["dev larder"],
                    ["^(dev|release): server/log/watch$"])
        self.expect(["tests/clients/harness.py"], ["release all"], ["^(dev|release): clients/"])
        self.expect(["tests/transcripts/add.txt"], ["dev server_test"], [touched.TRANSCRIPTS])
        self.expect(["tests/tidy_test.py", "scripts/tidy.py"], [], [touched.HOUSE_TESTS])
        self.expect(["scripts/serve", "tests/serve_test.py"], [], ["^release: serve$"])

    def test_other_changes_are_named(self):
        words = "\n".join(touched.left_out(self.expect(
            ["tests/slab/page_test.cc"], ["dev slab_test"], ["^dev: slab/"]), self.root))
        self.assertIn("unit tests of base, client, server, server/net, server/worker\n", words)
        self.assertIn("the suite clients\n", words)
        self.assertIn("the presets tsan and fuzz", words)
        words = touched.left_out(touched.touched_by(["tests/clients/harness.py"], self.root),
                                 self.root)
        self.assertNotIn("the suite clients", words)

    def test_every_place_names_a_path_of_the_tree(self):
        for beginning, _, _ in touched.PLACES:
            folder, name = os.path.split(os.path.join(PROJECT, beginning))
            self.assertTrue([found for found in os.listdir(folder) if found.startswith(name)],
                            beginning)


if __name__ == "__main__":
    unittest.main()
