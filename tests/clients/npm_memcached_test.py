#!/usr/bin/python3
"""The npm package memcached, which uses the text protocol, against a running server.

    python3 tests/clients/npm_memcached_test.py --larder build/release/larder
"""

from harness import Server
from npm import node_for
from scripted import Mode, run_modes

if __name__ == "__main__":
    run_modes(
        __doc__.splitlines()[0],
        node_for("memcached"),
        "node/memcached_steps.js",
        [Mode("text", Server)],
    )
