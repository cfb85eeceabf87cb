#!/usr/bin/env python3
"""House rules that a compiler does not check, as a test.

Usage: scripts/tidy.py [--root DIRECTORY]

Prints one line per violation, "file:line: rule: what to do", and ends with status 1 if there
was any.  Every rule has a snippet in tests/tidy_test.py that must make it fail.
"""

import argparse
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from tidylib import classes, cpp  # noqa: E402

FLOORS_BELOW = {
    "base": {"base"},
    "slab": {"base", "slab"},
    "protocol": {"base", "protocol"},
    "client": {"base", "client"},
    "snapshot": {"base", "slab", "snapshot"},
    "server": {"base", "slab", "protocol", "client", "snapshot", "server"},
    "larderctl": {"base", "client", "snapshot", "larderctl"},
}

# Third-party headers that only the named files may include.
KEPT_TO = {
    "curl": {"server/cluster/etcd_http.cc"},
    "event2": {"server/net/event_loop.cc"},
    "nlohmann": {"larderctl/nodes_json.cc", "larderctl/transfer/json_items.cc",
                 "server/admin/stats_json.cc", "server/cluster/etcd_json.cc"},
    "openssl": {"client/tls.cc", "server/net/tls_context.cc", "server/net/tls_session.cc",
                "snapshot/block_cipher.cc", "snapshot/key_ring.cc", "snapshot/secret.cc"},
    "sasl": {"server/auth/sasl_session.cc"},
    "spdlog": {"server/log/log_queue.cc"},
}

# Lower layers first.  A header of a later layer may not be included from an earlier one; files
# of one layer may include each other.  "page_pool" stands for page_pool.h, page_pool.cc and for
# page_pool_<anything>, unless a longer name fits; a file that no layer names is free.
LAYERS = {
    "slab": [
        ["limits", "options", "key", "item", "size_classes", "address_space", "memory_budget",
         "bucket"],
        ["page_pool"],
        ["page_lists", "overflow_buckets"],
        ["index", "slab_class", "thread_cache"],
        ["item_sizes", "item_pin"],
        ["heap"],
        ["racy_chunk", "chunk_walk", "links", "thread_caches"],
        ["eviction"],
        ["page_drain"],
        ["chunk_supply", "index_growth"],
        ["item_writer", "page_balance", "dead_item_search", "inspection"],
        ["writes", "maintenance"],
        ["store"],
    ],
}

# server/'s folders, lowest first, and which others each may include.
WINGS = {
    "options": set(),
    "support": {"options"},
    "auth": {"options", "support"},
    "net": {"options", "support", "auth"},
    "log": {"options", "support", "auth", "net"},
    "cluster": {"options", "support", "auth", "net", "log"},
    "insight": {"options", "support"},
    "keep": {"options", "support", "auth", "net", "log"},
    "admin": {"options", "support", "auth", "net", "log", "cluster", "insight", "keep"},
    "command": {"options", "support", "auth", "net", "log", "cluster", "insight", "keep",
                "admin"},
    "worker": {"options", "support", "auth", "net", "log", "cluster", "insight", "keep", "admin",
               "command"},
    "http": {"options", "support", "net", "admin"},
}
SERVER_STEMS = {"control", "main", "maintenance", "process", "server", "server_events"}  # no wing's

CATCH_MACROS = (
    "CAPTURE|CATCH_[A-Z_]+|CHECK|CHECKED_ELSE|CHECKED_IF|CHECK_[A-Z_]+|FAIL|FAIL_CHECK|GENERATE|"
    "GENERATE_[A-Z]+|GIVEN|INFO|METHOD_AS_TEST_CASE|REQUIRE|REQUIRE_[A-Z_]+|SCENARIO|SECTION|"
    "STATIC_REQUIRE|SUCCEED|TEST_CASE|TEST_CASE_METHOD|TEMPLATE_TEST_CASE|THEN|UNSCOPED_INFO|"
    "WARN|WHEN"
)

LINES_PER_FILE_MAX = 500
LINES_PER_HEADER_MAX = 250
LINES_PER_FUNCTION_MAX = 70
MEMBERS_PER_CLASS_MAX = 40
COLUMNS_MAX = 100

SKIPPED_DIRECTORIES = {".git", "build", "__pycache__", "corpus"}
CODE_SUFFIXES = (".cc", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")
MIRROR_FILE = "tests/mirror.txt"

# Written in halves, so that this file does not contain what it forbids.
UNFINISHED = re.compile(r"\b(FIX" + r"ME|XX" + r"X|(?i:st" + r"ub|for" + r" now))\b")
PROMISE = re.compile(r"\bTO" + r"DO\b(?!\([^)]+\))")
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}-])/(?:work|farm|opt|home|root|tmp|var/tmp)/[A-Za-z0-9_.-]+")
MKDTEMP_TAIL = "X" * 6

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')
DEFINE_CATCH = re.compile(r"^\s*#\s*define\s+(" + CATCH_MACROS + r")\b")


class Report:
    """Collects violations of one tree."""

    def __init__(self):
        self.lines = []

    def add(self, path, line, rule, advice):
        self.lines.append(f"{path}:{line}: {rule}: {advice}")


def files_of(root):
    """Relative paths of every file in the tree, in a stable order."""
    found = []
    for directory, children, names in os.walk(root):
        children[:] = sorted(c for c in children if c not in SKIPPED_DIRECTORIES)
        for name in sorted(names):
            if name == ".git":  # a worktree's is a file
                continue
            found.append(os.path.relpath(os.path.join(directory, name), root))
    return found


def text_of(root, path):
    """The text of a file, or None if it is not text."""
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()
    except (UnicodeDecodeError, OSError):
        return None


def is_code(path, text):
    return path.endswith(CODE_SUFFIXES) or text.startswith("#!")


def floor_of(path):
    return path.split("/", 1)[0] if "/" in path else ""


def wing_of(path):
    """The folder below its floor: "net" of server/net/inbox.h, "" of server/main.cc."""
    return "/".join(path.split("/")[1:-1])


def stem_of(path):
    return os.path.splitext(os.path.basename(path))[0]


# ---- one rule each ------------------------------------------------------------------------


def check_lengths(path, lines, report):
    if len(lines) > LINES_PER_FILE_MAX:
        report.add(path, len(lines), "file-length",
                   f"{len(lines)} lines, at most {LINES_PER_FILE_MAX}; split off the second noun")
    elif path.endswith(".h") and len(lines) > LINES_PER_HEADER_MAX:
        report.add(path, len(lines), "header",
                   f"{len(lines)} lines, at most {LINES_PER_HEADER_MAX}; "
                   "a reader wants one noun and its contract")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            report.add(path, number, "line-length",
                       f"{len(line)} columns, at most {COLUMNS_MAX}; break the line")


def check_words(path, lines, report):
    for number, line in enumerate(lines, 1):
        unfinished = UNFINISHED.search(line)
        if unfinished:
            report.add(path, number, "unfinished",
                       f'"{unfinished.group(0)}" does not land; finish it or say what is so')
        promise = PROMISE.search(line)
        if promise:
            report.add(path, number, "promise-without-condition",
                       f"write {promise.group(0)}(condition for being done), or do it")


def check_machine_paths(path, lines, report):
    for number, line in enumerate(lines, 1):
        machine_path = MACHINE_PATH.search(line)
        if machine_path and not machine_path.group(0).endswith(MKDTEMP_TAIL):
            report.add(path, number, "machine-path",
                       f'"{machine_path.group(0)}" exists on one machine only; derive the path')


def check_header(path, lines, report):
    pragma = next((n for n, line in enumerate(lines, 1) if line.strip() == "#pragma once"), None)
    if pragma is None:
        report.add(path, 1, "pragma-once", "add `#pragma once` below the opening comment")
    elif any(INCLUDE.match(line) for line in lines[:pragma]):
        report.add(path, pragma, "pragma-once", "move it above the first #include")
    if not lines or not re.match(r"//\s*\S", lines[0]):
        report.add(path, 1, "header-comment",
                   "open with a comment: what this is, which threads may use it")


def check_catch_names(path, lines, report):
    for number, line in enumerate(lines, 1):
        defined = DEFINE_CATCH.match(line)
        if defined:
            report.add(path, number, "catch-name",
                       f"Catch2 owns the macro {defined.group(1)}; choose another name")


def layer_of(floor, stem):
    fitting = [(len(name), rank) for rank, names in enumerate(LAYERS.get(floor, []))
               for name in names if stem == name or stem.startswith(name + "_")]
    return max(fitting)[1] if fitting else None


def check_floor(path, number, target, report):
    """`path` includes "target", a header of ours."""
    floor, target_floor = floor_of(path), floor_of(target)
    if floor not in FLOORS_BELOW:
        return
    if target_floor not in FLOORS_BELOW[floor]:
        report.add(path, number, "floor",
                   f'{floor}/ may not include "{target}"; it may see '
                   + ", ".join(sorted(FLOORS_BELOW[floor])))
    if floor == target_floor:
        own, other = layer_of(floor, stem_of(path)), layer_of(floor, stem_of(target))
        if own is not None and other is not None and other > own:
            report.add(path, number, "order",
                       f'{stem_of(path)} stands below {stem_of(target)} in {floor}/ and may not '
                       "include it")
    if floor == target_floor == "server":
        own, other = wing_of(path), wing_of(target)
        if own in WINGS and other != own and other not in WINGS[own]:
            report.add(path, number, "order",
                       f'server/{own}/ may not include "{target}"; it may see '
                       + (", ".join(sorted(WINGS[own])) or "no other wing"))


def check_own_header(root, path, lines, report):
    """A .cc begins with its header, so that compiling it shows that the header needs no other."""
    own = os.path.splitext(path)[0] + ".h"
    if not path.endswith(".cc") or not os.path.isfile(os.path.join(root, own)):
        return
    number, first = next(((number, INCLUDE.match(line).group(2))
                          for number, line in enumerate(lines, 1) if INCLUDE.match(line)), (1, ""))
    if first != own:
        report.add(path, number, "own-header-first", f'include "{own}" before anything else')


def check_wing(path, report):
    """A file of server/ is in a wing, or one of the few that stand above all of them."""
    wing = wing_of(path)
    if wing not in WINGS and not (wing == "" and stem_of(path) in SERVER_STEMS):
        report.add(path, 1, "wing",
                   "a file of server/ belongs to one of its folders: " + ", ".join(WINGS))


def check_includes(root, path, lines, report):
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if not include:
            continue
        bracket, target = include.groups()
        if bracket == '"':
            if not os.path.isfile(os.path.join(root, target)):
                report.add(path, number, "include-from-root",
                           f'"{target}" is no file seen from the root of the tree')
            else:
                check_floor(path, number, target, report)
            continue
        package = floor_of(target)
        if package in KEPT_TO and floor_of(path) in FLOORS_BELOW and path not in KEPT_TO[package]:
            report.add(path, number, "kept-to",
                       f"<{target}> is for {' and '.join(sorted(KEPT_TO[package]))} only")
        if package == "catch2" and not (path.startswith("tests/") and path.endswith(".cc")):
            report.add(path, number, "catch-include", "only a .cc in tests/ includes Catch2")


# ---- the shape of the code ------------------------------------------------------------------


def check_functions(path, text, report):
    for first, last in cpp.functions_of(text):
        if last - first + 1 > LINES_PER_FUNCTION_MAX:
            report.add(path, first, "function-length",
                       f"{last - first + 1} lines, at most {LINES_PER_FUNCTION_MAX}; "
                       "name the steps and call them")


def check_classes(path, text, report):
    """At most so many members of its own, whether functions or data, public or private.

    Overloads count once; nested types, friends and aliases do not count, inherited members neither.
    A struct of options or counters is no exception: it is easier to find one's way in a few groups
    of fields than in a table of fifty."""
    for each in classes.classes_of(text):
        count = each.member_count()
        if count > MEMBERS_PER_CLASS_MAX:
            report.add(path, each.line, "members",
                       f"{each.name} has {count} members, at most {MEMBERS_PER_CLASS_MAX}; "
                       "make what has a state of its own a class")


# ---- what must exist beside a file ----------------------------------------------------------


def check_listed(paths, texts, report):
    """Every .cc and Python test is named in a CMakeLists.txt: tests in theirs, else the root's.

    What tests/*.cmake and <floor>/sources.cmake name counts as named by the one that includes
    them."""
    lists = {"CMakeLists.txt": "\n".join(
        texts.get(path) or "" for path in paths
        if path == "CMakeLists.txt" or re.fullmatch(r"\w+/sources\.cmake", path))}
    lists["tests/CMakeLists.txt"] = "\n".join(
        texts.get(path) or "" for path in paths
        if path == "tests/CMakeLists.txt" or re.fullmatch(r"tests/\w+\.cmake", path))
    for path in paths:
        is_python_test = path.startswith("tests/") and path.endswith("_test.py")
        if not path.endswith(".cc") and not is_python_test:
            continue
        list_path, name = "CMakeLists.txt", path
        if path.startswith("tests/"):
            list_path, name = "tests/CMakeLists.txt", path[len("tests/"):]
        listed = re.search(r"(?<![\w./-])(?:tests/)?" + re.escape(name) + r"(?![\w./-])",
                           re.sub(r"#[^\n]*", "", lists[list_path]))
        if not listed:
            report.add(path, 1, "unlisted", f"add {name} to {list_path}, or delete the file")


def covers(test, mirror):
    """store_test and store_stress_test cover store, and store_test covers store_write as well."""
    noun = test[:-len("_test")]
    return test.endswith("_test") and ((noun + "_").startswith(mirror + "_")
                                       or (mirror + "_").startswith(noun + "_"))


def check_mirrored(root, paths, texts, report):
    """Every file of a floor has tests/<floor>/<stem>_test.*, or a line in the mirror file."""
    elsewhere = {}
    for number, line in enumerate((texts.get(MIRROR_FILE) or "").splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if len(words) != 2 or not all(os.path.isfile(os.path.join(root, w)) for w in words):
            report.add(MIRROR_FILE, number, "mirror",
                       "a line is `<file> <test that covers it>`, and both exist")
            continue
        elsewhere[words[0]] = number
    tests = {os.path.splitext(path)[0] for path in paths if path.startswith("tests/")}
    for path in paths:
        if floor_of(path) not in FLOORS_BELOW or not path.endswith((".cc", ".h")):
            continue
        mirror = "tests/" + os.path.splitext(path)[0]
        if path not in elsewhere and not any(covers(test, mirror) for test in tests):
            report.add(path, 1, "untested",
                       f"write {mirror}_test.cc, or name its test in {MIRROR_FILE}")


def check_tree(root):
    report = Report()
    paths = files_of(root)
    texts = {path: text_of(root, path) for path in paths}
    for path in paths:
        text = texts[path]
        if text is None:
            continue
        lines = text.splitlines()
        check_machine_paths(path, lines, report)
        if is_code(path, text):
            check_lengths(path, lines, report)
            check_words(path, lines, report)
        if path.endswith((".cc", ".h")):
            check_includes(root, path, lines, report)
            check_own_header(root, path, lines, report)
            check_catch_names(path, lines, report)
            check_functions(path, text, report)
            check_classes(path, text, report)
        if path.endswith(".h"):
            check_header(path, lines, report)
        if floor_of(path) == "server":
            check_wing(path, report)
    check_listed(paths, texts, report)
    check_mirrored(root, paths, texts, report)
    return report.lines


def main():
    parser = argparse.ArgumentParser(description="Checks the house rules of this tree.")
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    violations = check_tree(os.path.realpath(parser.parse_args().root))
    print("\n".join(violations) if violations else "tidy: no violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
