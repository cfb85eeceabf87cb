#!/usr/bin/python3
"""Compares `larderctl ring --hash rendezvous` with pymemcache's HashClient and unmodified hasher.

    python3 tests/clients/pymemcache_ring_test.py --larderctl build/release/larderctl --keys 100000
"""

import sys

from harness import TestFailure
from rings import compare, draw_keys, our_nodes, ring_arguments, seeded
from suites import library

hash_client = library("pymemcache.client.hash", "python3-pymemcache")

SERVER_COUNTS = (1, 3, 5, 25, 47, 50)
# It is slow: the hash is calculated in Python, character by character, for each server.
KEYS = 1000
ASCII_MAX = 126


def servers_of(count):
    """(host, port) of `count` servers, some at the default port and some with IPv6."""
    return [
        (f"fd00::{n}" if n % 5 == 4 else f"10.1.0.{n + 1}", 11211 if n % 3 == 0 else 11000 + n)
        for n in range(count)
    ]


def written(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def main():
    arguments = ring_arguments(__doc__.splitlines()[0], KEYS)
    for count in SERVER_COUNTS:
        servers = servers_of(count)
        keys = draw_keys(seeded(arguments.seed, count), arguments.keys, ASCII_MAX)
        client = hash_client.HashClient(servers)
        names = {f"{host}:{port}": written(host, port) for host, port in servers}
        theirs = [names[client.hasher.get_node(key.decode("ascii"))] for key in keys]
        ours = our_nodes(arguments.larderctl, "rendezvous", names.values(), keys)
        compare(f"pymemcache, {count} servers", keys, ours, theirs)


if __name__ == "__main__":
    try:
        main()
    except TestFailure as failure:
        sys.exit(f"FAILED  {failure}")
