"""tests/conformance.txt: which of memcached's test files Larder must pass; why not others."""

import re
from typing import NamedTuple, Optional

LINE = re.compile(r"(?P<name>\S+\.t)\s+"
                  r"(?:run(?P<environment>(?:\s+[A-Z_]+=\S+)*)|out\s+(?P<reason>\S.*))$")


class Plan(NamedTuple):
    """How one file is treated."""

    reason: Optional[str]  # why it is excluded; None if it is run
    environment: dict  # additional variables for this file


class ManifestError(Exception):
    """The manifest is invalid, or does not match the checkout."""


def read(path):
    """{file name: its Plan}, in the order of the lines."""
    files = {}
    with open(path, encoding="utf-8") as lines:
        for number, text in enumerate(lines, 1):
            line = text.split("#", 1)[0].strip()
            if not line:
                continue
            match = LINE.match(line)
            if match is None:
                raise ManifestError(f"{path}:{number}: a line is "
                                    "`<file>.t run [<NAME>=<value>]...` or "
                                    f"`<file>.t out <reason>`, not {line!r}")
            if match["name"] in files:
                raise ManifestError(f"{path}:{number}: {match['name']} stands there twice")
            words = (match["environment"] or "").split()
            files[match["name"]] = Plan(match["reason"],
                                        dict(word.split("=", 1) for word in words))
    return files


def disagreements(files, present):
    """One line for every file that only the manifest or only the checkout has."""
    return ([f"{name} is in the checkout and not in the manifest"
             for name in sorted(present - set(files))]
            + [f"{name} is in the manifest and not in the checkout"
               for name in sorted(set(files) - present)])
