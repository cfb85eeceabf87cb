"""Locations of the npm packages of tests/clients/node and dashboard/, which scripts/test installs
below build/."""

import os
import sys
from pathlib import Path

from suites import program

BUILD = Path(__file__).resolve().parents[2] / "build"
MODULES = BUILD / "node" / "node_modules"
DASHBOARD_MODULES = BUILD / "dashboard" / "node_modules"


def node_for(package, modules=MODULES):
    """The command that runs a script with `package`; fails the test if it is not installed."""
    if not (modules / package / "package.json").is_file():
        sys.exit(f"FAILED  {package} is not in {modules}: scripts/test installs it by npm ci")
    # Warnings about clients written for older versions of node are not of interest here.
    os.environ["NODE_PATH"] = str(modules)
    os.environ["NODE_NO_WARNINGS"] = "1"
    return [program("node", "nodejs")]
