#!/usr/bin/python3
"""dalli 3, which uses only the binary protocol, against a running server, with SASL and without.

    python3 tests/clients/dalli_test.py --larder build/release/larder
"""

from functools import partial

from harness import Server
from sasl import SaslServer
from scripted import Mode, run_modes
from suites import program

if __name__ == "__main__":
    run_modes(
        __doc__.splitlines()[0],
        [program("ruby", "ruby")],
        "dalli_steps.rb",
        [Mode("plain", partial(Server, dialect="binary")), Mode("sasl", SaslServer)],
    )
