"""How servers use their memory: how many items it holds, how expired items are removed, and how
fast it adapts to a changing load.  Each function yields lines of a table."""

import itertools
import random
import subprocess
import time

from benchlib import generator
from benchlib.text_client import TextClient

KEY_SIZE = 13
POLL_SECONDS = 0.02
FILL_SECONDS_MAX = 900
SETS_PER_SEND = 500


def rss_bytes(pid):
    """The current resident memory of the process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
    return 0


def _set_command(key, exptime, value):
    return b"set %s 0 %d %d noreply\r\n%s\r\n" % (key, exptime, len(value), value)


def fill_until_eviction(server, value_size, options):
    """(items, resident bytes) when the first eviction was seen."""
    key_count = int(options.memory * (1 << 20) / (KEY_SIZE + value_size) * 1.05)
    words = generator.load_words(
        server, options, "--fill", "--keys", key_count, "--key-size", KEY_SIZE, "--value-size",
        value_size, "--connections", 2, "--depth", 64, "--operations", 1, "--warmup-seconds", 0,
        "--allow-misses")
    give_up = time.monotonic() + FILL_SECONDS_MAX
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as load:
        try:
            with TextClient(server.address) as client:
                while time.monotonic() < give_up:
                    is_over = load.poll() is not None
                    stats = client.stats()
                    if int(stats["evictions"]) > 0:
                        return int(stats["curr_items"]), rss_bytes(server.pid)
                    if is_over:
                        break
                    time.sleep(POLL_SECONDS)
        finally:
            load.kill()
    raise RuntimeError(f"{server.name}: no eviction was seen")


def density(start_server, templates, options):
    """Overhead per item by value size."""
    yield f"{'value':>6} " + "".join(f"{name + ' items':>18}{'overhead B':>12}{'RSS/-m':>8}"
                                     for name, _ in templates)
    for value_size in options.values:
        line = f"{value_size:6} "
        for name, template in templates:
            with start_server(name, template) as server:
                items, resident = fill_until_eviction(server, value_size, options)
            limit = options.memory << 20
            overhead = limit / items - KEY_SIZE - value_size
            line += f"{items:18,}{overhead:12.1f}{resident / limit:8.3f}"
        yield line


def expiry(start_server, templates, options):
    """Items with a TTL of two seconds: when their memory is free again, and its CPU time."""
    for name, template in templates:
        with start_server(name, template) as server, TextClient(server.address) as client:
            before_fill = time.monotonic()
            for start in range(0, options.items, SETS_PER_SEND):
                client.send_quietly(b"".join(
                    _set_command(b"%013d" % number, 2, b"v" * 100)
                    for number in range(start, start + SETS_PER_SEND)))
            client.settle()
            filled = time.monotonic()
            yield (f"{name}: {client.stats()['curr_items']} items after "
                   f"{filled - before_fill:.1f} s of sets, {rss_bytes(server.pid) >> 20} MB")
            cpu_before = server.cpu_nanoseconds()
            left = options.items
            while left > 0 and time.monotonic() < filled + options.patience:
                time.sleep(0.25)
                left = int(client.stats()["curr_items"])
            yield (f"{name}: {left} left {time.monotonic() - filled:.1f} s after the last set, "
                   f"{(server.cpu_nanoseconds() - cpu_before) / 1e9:.2f} s of CPU, "
                   f"{rss_bytes(server.pid) >> 20} MB")


class _Mix:
    """Cache-aside over keys whose popularity falls with their rank (Zipf), in batches."""

    def __init__(self, label, value_size, key_count, seed, exponent=0.9):
        weights = [1 / (rank + 1) ** exponent for rank in range(key_count)]
        self._sums = list(itertools.accumulate(weights))
        self._keys = [b"%s%d" % (label, number * 7919 % key_count) for number in range(key_count)]
        self._value = b"v" * value_size
        self._random = random.Random(seed)

    def ask(self, client, count):
        """The hits of this many requests; missing keys are set."""
        keys = self._random.choices(self._keys, cum_weights=self._sums, k=count)
        there = client.get_many(keys)
        missing = [key for key in keys if key not in there]
        client.send_quietly(b"".join(_set_command(key, 0, self._value) for key in missing))
        return count - len(missing)


def _run(client, mixes, seconds):
    """The hit ratio of a load of this many seconds."""
    asked = hits = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for mix in mixes:
            asked += 50
            hits += mix.ask(client, 50)
    return hits / asked


def shift(start_server, templates, options):
    """Hit ratios after the sizes of values change, compared with those of a new server."""
    scale = options.memory << 10
    small = (b"s", 100, scale * 12)
    large = (b"l", 1000, scale * 2)
    phases = [("100 B", [small]), ("1 kB", [large]), ("both", [small, large])]
    for name, template in templates:
        with start_server(name, template) as server, TextClient(server.address) as client:
            for title, parts in phases:
                mixes = [_Mix(*part, seed=options.seed) for part in parts]
                ratios = [_run(client, mixes, options.seconds / 12) for _ in range(12)]
                with start_server(name, template) as fresh, TextClient(fresh.address) as other:
                    mixes = [_Mix(*part, seed=options.seed) for part in parts]
                    fresh_ratio = [_run(other, mixes, options.seconds / 12) for _ in range(12)][-1]
                yield (f"{name}: {title:>5}: " + " ".join(f"{ratio:.3f}" for ratio in ratios)
                       + f"   fresh {fresh_ratio:.3f}")


def churn(start_server, templates, options):
    """Resident memory while items of many sizes are stored and removed."""
    sizes = random.Random(options.seed)
    for name, template in templates:
        with start_server(name, template) as server, TextClient(server.address) as client:
            most = 0
            start = time.monotonic()
            number = 0
            while time.monotonic() < start + options.seconds:
                # The mean size changes over time, so that pages must change their class.
                middle = 10 ** sizes.uniform(1.5, 4)
                for _ in range(200):
                    commands = []
                    for _ in range(100):
                        number += 1
                        size = int(min(100_000, middle * sizes.uniform(0.5, 2)))
                        commands.append(_set_command(b"k%d" % (number % 5_000_000),
                                                     sizes.choice((0, 0, 5, 60)), b"v" * size))
                        if number % 5 == 0:
                            commands.append(b"delete k%d noreply\r\n" % sizes.randrange(number))
                    client.send_quietly(b"".join(commands))
                client.settle()
                most = max(most, rss_bytes(server.pid))
            stats = client.stats()
            yield (f"{name}: {number:,} sets in {options.seconds} s, {stats['evictions']} "
                   f"evictions: RSS at most {most / (options.memory << 20):.4f} of -m")
