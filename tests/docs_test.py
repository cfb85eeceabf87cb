#!/usr/bin/env python3
"""Links and paths in the *.md files exist, and README.md links every page.

    python3 tests/docs_test.py

Checked are relative links with their headings, and paths of this tree in code spans and in the
commands of code blocks.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDERS = ("base", "client", "dashboard", "docs", "findings", "larderctl", "packaging", "protocol",
           "scripts", "server", "slab", "tests")
TREE_PATH = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./*-]*")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^\s*```")
NO_LINK_NEEDED = re.compile(r"docs/decisions/\d{4}-")  # linked by their index


def markdown_files(root):
    """Relative paths of the *.md files of the tree."""
    skipped = {".git", "build", "node_modules"}
    found = []
    for directory, children, names in os.walk(root):
        children[:] = sorted(set(children) - skipped)
        found += [os.path.relpath(os.path.join(directory, name), root)
                  for name in sorted(names) if name.endswith(".md")]
    return found


def prose_and_code(text):
    """The lines outside and inside of code blocks, each with its number."""
    prose, code, is_code = [], [], False
    for number, line in enumerate(text.split("\n"), 1):
        if FENCE.match(line):
            is_code = not is_code
            continue
        (code if is_code else prose).append((number, line))
    return prose, code


def slug_of(heading):
    """The anchor that GitHub gives to a heading."""
    text = LINK.sub(lambda link: link.group(0)[1:link.group(0).index("]")], heading)
    text = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return text.replace(" ", "-")


def anchors_of(path):
    prose, _ = prose_and_code(path.read_text(encoding="utf-8"))
    return {slug_of(line.lstrip("#")) for _, line in prose if line.startswith("#")}


def is_in_tree(root, path):
    """Whether a path exists; `*` matches any text."""
    if "*" in path:
        return any(root.glob(path))
    return (root / path).exists()


def check_link(root, page, target):
    """Why a relative link is broken, or None."""
    name, _, anchor = target.partition("#")
    path = (root / page).parent / name if name else root / page
    if not path.exists():
        return f"there is no {name}"
    if anchor and path.suffix == ".md" and anchor not in anchors_of(path):
        return f"{name or page} has no heading #{anchor}"
    return None


def paths_named(prose, code):
    for number, line in prose:
        for span in CODE_SPAN.findall(line):
            word = span.split()[0] if span.split() else ""
            if TREE_PATH.fullmatch(word.rstrip(":,")):
                yield number, word.rstrip(":,")
    for number, line in code:
        word = line.removeprefix("$ ").split(" ")[0]
        if word.startswith(("scripts/", "findings/")) and TREE_PATH.fullmatch(word):
            yield number, word


def faults_of(root):
    """One line for each fault."""
    faults, linked = [], set()
    pages = markdown_files(root)
    for page in pages:
        prose, code = prose_and_code((root / page).read_text(encoding="utf-8"))
        for number, line in prose:
            for target in LINK.findall(CODE_SPAN.sub("", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                reason = check_link(root, page, target)
                if reason:
                    faults.append(f"{page}:{number}: link: {reason}")
                name = target.partition("#")[0]
                if page == "README.md":
                    linked.add(os.path.normpath(name))
        for number, path in paths_named(prose, code):
            if not is_in_tree(root, path):
                faults.append(f"{page}:{number}: path: there is no {path}")
    for page in pages:
        if page.startswith("docs/") and page not in linked and not NO_LINK_NEEDED.match(page):
            faults.append(f"README.md: page: no link to {page}")
    return faults


SAMPLE = {
    "README.md": "[a](docs/a.md) [b](docs/a.md#two-words) [c](docs/a.md#no) [d](docs/none.md)\n"
                 "`server/main.cc` `server/none.cc` `server/*.cc` `build/x/larder`\n"
                 "```\n[e](not/looked/at.md)\nscripts/none 3\n```\n",
    "docs/a.md": "# A\n## Two `words`\n[up](../README.md) [here](#a) [web](https://a.example/)\n",
    "docs/lost.md": "# Lost\n",
    "server/main.cc": "",
}
SAMPLE_FAULTS = [
    "README.md:1: link: docs/a.md has no heading #no",
    "README.md:1: link: there is no docs/none.md",
    "README.md:2: path: there is no server/none.cc",
    "README.md:5: path: there is no scripts/none",
    "README.md: page: no link to docs/lost.md",
]


def sample_is_judged():
    """Whether each kind of fault is found, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SAMPLE.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = faults_of(Path(folder))
    if found != SAMPLE_FAULTS:
        sys.exit("\n".join(["docs_test: of the sample it found", *found]))


def main():
    sample_is_judged()
    faults = faults_of(PROJECT)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
