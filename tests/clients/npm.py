"""Where the npm packages of tests/clients/node are: scripts/test installs them below build/."""

import os
import sys
from pathlib import Path

from suites import program

MODULES = Path(__file__).resolve().parents[2] / "build" / "node" / "node_modules"


def node_for(package):
    """The command that runs a script with `package`; without it the test fails and says so."""
    if not (MODULES / package / "package.json").is_file():
        sys.exit(f"FAILED  {package} is not in {MODULES}: scripts/test installs it by npm ci")
    # Clients written for older versions of node are no reason for warnings here.
    os.environ["NODE_PATH"] = str(MODULES)
    os.environ["NODE_NO_WARNINGS"] = "1"
    return [program("node", "nodejs")]
