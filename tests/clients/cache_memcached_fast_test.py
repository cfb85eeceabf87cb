#!/usr/bin/python3
"""Perl's Cache::Memcached::Fast, which uses the text protocol, against a running server.

    python3 tests/clients/cache_memcached_fast_test.py --larder build/release/larder
"""

from harness import Server
from scripted import Mode, run_modes
from suites import program

if __name__ == "__main__":
    run_modes(
        __doc__.splitlines()[0],
        [program("perl", "perl")],
        "cache_memcached_fast_steps.pl",
        [Mode("text", Server)],
    )
