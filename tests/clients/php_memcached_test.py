#!/usr/bin/python3
"""php-memcached, which uses libmemcached, against a running server: text, binary and SASL.

    python3 tests/clients/php_memcached_test.py --larder build/release/larder
"""

from functools import partial

from harness import Server
from sasl import SaslServer
from scripted import Mode, run_modes
from suites import program

if __name__ == "__main__":
    run_modes(
        __doc__.splitlines()[0],
        [program("php", "php-cli")],
        "php_memcached_steps.php",
        [
            Mode("text", Server),
            Mode("binary", partial(Server, dialect="binary")),
            Mode("sasl", SaslServer),
        ],
    )
