"""Shared by tests that compare rings: server sets, keys, and larderctl's node for each key."""

import argparse
import random
import subprocess

from harness import TestFailure, check

RUN_SECONDS_MAX = 120
KEY_SIZE_MAX = 250


def ring_arguments(description, keys):
    """The command line of these tests; `keys` are for each set of servers."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--larderctl", required=True, help="the tool to test")
    parser.add_argument("--keys", type=int, default=keys, metavar="N",
                        help=f"keys for each set of servers ({keys})")
    parser.add_argument("--seed", type=int, default=1, help="of the keys (1)")
    return parser.parse_args()


def draw_keys(generator, count, byte_max):
    """Distinct keys: typical keys of applications, and arbitrary bytes up to `byte_max`."""
    keys = {}
    while len(keys) < count:
        if len(keys) % 4:
            key = b"user:%d" % generator.randrange(10**9)
        else:
            size = generator.randrange(1, KEY_SIZE_MAX + 1)
            key = bytes(generator.choices(range(33, byte_max + 1), k=size))
            key = key.replace(b"\x7f", b"_")
        keys[key] = None
    return list(keys)


def our_nodes(larderctl, kind, servers, keys):
    """larderctl's node for each key; `servers` are "host:port[:weight]"."""
    command = [larderctl, "ring", "--hash", kind, "--servers", ",".join(servers), "--keys", "-"]
    done = subprocess.run(command, input=b"\n".join(keys) + b"\n", capture_output=True,
                          timeout=RUN_SECONDS_MAX, check=False)
    check(done.returncode == 0, f"{command}: {done.stderr.decode()}")
    nodes = done.stdout.decode().splitlines()
    check(len(nodes) == len(keys), f"{len(nodes)} lines for {len(keys)} keys")
    return nodes


def compare(what, keys, ours, theirs):
    """Fails if a key has different nodes in the two programs."""
    different = [number for number in range(len(keys)) if ours[number] != theirs[number]]
    print(f"{what}: {len(different)} of {len(keys)} keys differ", flush=True)
    if different:
        first = different[0]
        raise TestFailure(
            f"{what}: {keys[first]!r} is on {ours[first]} here and on {theirs[first]} there"
        )


def seeded(seed, *names):
    """A random generator whose seed depends on `names`."""
    return random.Random(f"{seed} {names}")
