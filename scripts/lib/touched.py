"""Which builds and tests a change touches, for scripts/check.

    git diff --name-only | python3 scripts/lib/touched.py

Reads the changed files' paths, one a line.  Prints a line for each thing to do:

    build <preset> <target>   dev for what is tested there, release for what users run
    test <regular expression> for ctest -R; names of tests begin with their preset
    left <words>              what scripts/test runs in addition
"""

import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..")
FLOORS = ("base", "slab", "snapshot", "protocol", "client", "server", "larderctl")
SERVES = ("base", "slab", "snapshot", "protocol", "server")  # the folders of the server
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
MIRROR_FILE = "tests/mirror.txt"
HOUSE_TESTS = "^release: (tidy_test|tidy_classes_test|failures_test|check_test|conformance_test)$"
TRANSCRIPTS = "^dev: server/transcripts_test$"

# What a path prefix affects besides the unit tests: targets of release, tests.  The first matching
# prefix counts.
PLACES = [
    ("server/http/dashboard", ["larder"], ["^release: clients/dashboard$"]),
    ("dashboard/", ["larder"], ["^release: clients/dashboard$"]),
    ("scripts/dashboard", ["larder"], ["^release: clients/dashboard$"]),
    ("packaging/client", ["all"], ["^release: packaging/client_package$"]),
    ("packaging/", ["larder"], ["^release: packaging/(dashboard|prometheus|rules)$"]),
    ("scripts/serve", ["larder"], ["^release: serve$"]),
    ("scripts/cluster", ["larder", "larderctl"], ["^release: cluster/script$"]),
    ("scripts/bench", ["all"], ["^release: (load|plot|scripts|eviction|curve|store_.*)$"]),
    ("tests/bench/", ["all"], ["^release: (load|plot|scripts|eviction|curve|store_.*)$"]),
    ("tests/transcripts/", [], [TRANSCRIPTS]),
    ("scripts/", [], [HOUSE_TESTS]),
]

# Suites of scripts/test that are reported if none of their tests runs, and a test name in each.
SUITES = [
    ("serve", "release: serve"), ("clients", "release: clients/"),
    ("package", "release: packaging/client_package"), ("monitoring", "release: packaging/rules"),
    ("differential", "release: differential/"), ("bench", "release: load"),
    ("cluster", "dev: cluster/membership"),
]


class Touched:
    """The builds and tests to run; sets avoid duplicates."""

    def __init__(self):
        self.builds = {("release", "larder")}
        self.tests = set()
        self.units = set()  # "slab", "server/net", "server"

    def add_unit(self, unit):
        """Adds the unit tests of a floor or wing, and the Python tests in the same folder."""
        self.units.add(unit)
        self.builds.add(("dev", unit.replace("/", "_") + "_test"))
        if unit == "server":
            self.tests.add("^dev: server/[^/]*$")
        else:
            self.tests.add(f"^dev: {unit}/")
        if unit.startswith("server"):
            self.builds.add(("dev", "larder"))
        if unit in ("client", "larderctl"):
            self.builds |= {("dev", "larderctl"), ("release", "larderctl")}


def unit_of(path):
    """The floor or wing of a file or unit test; "" for other files."""
    path = path.removeprefix("tests/")
    floor = path.split("/", 1)[0]
    if floor not in FLOORS or "/" not in path:
        return ""
    folders = path.split("/")[1:-1]
    return f"server/{folders[0]}" if floor == "server" and folders else floor


def units(root):
    """Every floor and wing that has unit tests."""
    found = set()
    for directory, _, names in os.walk(os.path.join(root, "tests")):
        for name in names:
            if name.endswith("_test.cc"):
                found.add(unit_of(os.path.relpath(os.path.join(directory, name), root)))
    return found - {""}


def includes(root):
    """{header: files that include it} of the tree."""
    users = {}
    for top in (*FLOORS, "tests"):
        for directory, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith((".cc", ".h")):
                    path = os.path.relpath(os.path.join(directory, name), root)
                    with open(os.path.join(root, path), encoding="utf-8") as file:
                        for header in INCLUDE.findall(file.read()):
                            users.setdefault(header, set()).add(path)
    return users


def users_of(header, users):
    """Files that include a header, directly or indirectly."""
    found, waiting = set(), [header]
    while waiting:
        new = users.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def mirrors(root):
    """{file: test that covers it} of the mirror file."""
    with open(os.path.join(root, MIRROR_FILE), encoding="utf-8") as file:
        lines = [line.split("#", 1)[0].split() for line in file]
    return dict(words for words in lines if len(words) == 2)


def add_test(touched, path):
    """A test's own file, or one that Python tests share."""
    unit = unit_of(path)
    if path.endswith((".cc", ".h")):
        if unit:
            touched.add_unit(unit)
        return
    if not path.endswith(".py"):
        return
    folder, name = os.path.split(path.removeprefix("tests/"))
    if not folder:
        touched.tests.add("^release: serve$" if name == "serve_test.py" else HOUSE_TESTS)
        return
    one = name.removesuffix("_test.py") + "$" if name.endswith("_test.py") else ""
    touched.tests.add(f"^(dev|release): {folder}/{one}")
    # Tests of server/ and larderctl/ run in dev, those of cluster/ in both, the others in release.
    if folder.startswith(("server", "cluster")):
        touched.builds.add(("dev", "larder"))
    if folder.startswith("larderctl"):
        touched.builds.add(("dev", "larderctl"))
    if not folder.startswith(("server", "larderctl")):
        touched.builds.add(("release", "all"))


def add_path(touched, path, users, covering):
    for beginning, targets, tests in PLACES:
        if path.startswith(beginning):
            touched.builds |= {("release", target) for target in targets}
            touched.tests |= set(tests)
            if TRANSCRIPTS in tests:
                touched.builds.add(("dev", "server_test"))
            break
    else:
        if path.startswith("tests/"):
            add_test(touched, path)
    if path.split("/", 1)[0] in FLOORS:
        touched.add_unit(unit_of(path))
        if path in covering:
            add_test(touched, covering[path])
        if path.startswith(SERVES):
            touched.builds.add(("dev", "server_test"))
            touched.tests.add(TRANSCRIPTS)
    if path.endswith(".h"):
        touched.builds.add(("dev", "larder_headers"))
        for user in users_of(path, users):
            if unit_of(user):
                touched.add_unit(unit_of(user))


def touched_by(paths, root=ROOT):
    touched, users, covering = Touched(), includes(root), mirrors(root)
    for path in paths:
        add_path(touched, path, users, covering)
    # A floor that is tested only by another floor's tests has no executable.
    known = units(root)
    touched.builds -= {("dev", unit.replace("/", "_") + "_test") for unit in touched.units - known}
    touched.units &= known
    return touched


def left_out(touched, root=ROOT):
    """Describes what scripts/test runs in addition."""
    others = sorted(units(root) - touched.units)
    words = [f"unit tests of {', '.join(others)}"] if others else []
    words += [f"the suite {name}" for name, test in SUITES
              if not any(re.search(regex, test) for regex in touched.tests)]
    return words + ["the presets tsan and fuzz"]


def main():
    touched = touched_by([line.strip() for line in sys.stdin if line.strip()])
    for preset, target in sorted(touched.builds):
        print("build", preset, target)
    for regex in sorted(touched.tests):
        print("test", regex)
    for words in left_out(touched):
        print("left", words)


if __name__ == "__main__":
    main()
