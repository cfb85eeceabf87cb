#!/usr/bin/python3
"""The npm package memjs, which uses the binary protocol, with SASL and without.

    python3 tests/clients/npm_memjs_test.py --larder build/release/larder
"""

from functools import partial

from harness import Server
from npm import node_for
from sasl import SaslServer
from scripted import Mode, run_modes

if __name__ == "__main__":
    run_modes(
        __doc__.splitlines()[0],
        node_for("memjs"),
        "node/memjs_steps.js",
        [Mode("plain", partial(Server, dialect="binary")), Mode("sasl", SaslServer)],
    )
