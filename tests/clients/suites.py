"""Shared by the tests of client libraries: suites, packages, errors."""

import importlib
import os
import shutil
import sys
from dataclasses import dataclass
from typing import Callable

from harness import TestFailure, arguments, end_with, passes


@dataclass
class Suite:
    """Tests that need the same kind of server; `start(binary)` starts one."""

    name: str
    start: Callable
    tests: list


def run_suites(description, suites):
    """Runs each test of each suite against its own server and exits the process."""
    binary = arguments(description).parse_args().larder
    end_with(
        [
            passes(test, lambda: suite.start(binary), f"{suite.name} ")
            for suite in suites
            for test in suite.tests
        ]
    )


def library(module, package):
    """The Python module of a client; if it is missing the test fails and names the package."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        sys.exit(f"FAILED  {error}: install {package}, as scripts/test does")


def program(name, package):
    """The path of a client's program; if it is missing the test fails and names the package."""
    # Servers are in sbin, which is only in root's PATH.
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        sys.exit(f"FAILED  there is no {name}: install {package}, as scripts/test does")
    return found


def raised(kind, action):
    """The error of `kind`, a class or a tuple of classes, that `action` raises."""
    try:
        action()
    except kind as error:
        return error
    raise TestFailure(f"{kind} was not raised")
