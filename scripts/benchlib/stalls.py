"""How long requests wait while something big goes on beside them."""

import json
import subprocess
import threading
import time

from benchlib import generator
from benchlib.text_client import TextClient


class _Prober:
    """Asks for one key over and over and keeps the longest waits, in milliseconds."""

    def __init__(self, address):
        self._client = TextClient(address)
        self._is_over = False
        self._waits = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over = True
        self._thread.join()
        self._client.__exit__()

    def _run(self):
        while not self._is_over:
            before = time.perf_counter()
            self._client.ask(b"get probe\r\n")
            self._waits.append((time.perf_counter() - before) * 1e3)
            time.sleep(0.0005)

    def __str__(self):
        waits = sorted(self._waits)
        if not waits:
            return "no probe was answered"
        def quantile(part):
            return waits[int(len(waits) * part)]
        return (f"{len(waits)} probes, median {quantile(0.5):.2f} ms, p99 {quantile(0.99):.2f}, "
                f"p99.9 {quantile(0.999):.2f}, longest {waits[-1]:.2f}")


def _load(server, options, *words):
    """larder-load's report."""
    command = generator.load_words(server, options, "--allow-misses", *words)
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=1800)
    return json.loads(result.stdout)


def _latencies(report):
    return "  ".join(f"{name} {report[name + '_microseconds']:.0f} us"
                     for name in ("p50", "p99", "p999"))


def growth(start_server, templates, options):
    """The longest waits while the index grows to --items, and while the same keys are set again."""
    shape = ("--keys", options.items, "--value-size", 10, "--connections", 2, "--depth", 16,
             "--warmup-seconds", 0)
    for name, template in templates:
        with start_server(name, template) as server:
            with _Prober(server.address) as prober:
                before = time.monotonic()
                _load(server, options, "--fill", "--operations", 1, *shape)
                seconds = time.monotonic() - before
            yield f"{name}: growing  {seconds:.0f} s: {prober}"
            with _Prober(server.address) as prober:
                _load(server, options, "--workload", "set", "--seconds", seconds, *shape)
            yield f"{name}: grown    {seconds:.0f} s: {prober}"


def dump(start_server, templates, options):
    """Latencies of gets, alone and beside a metadump of --items items."""
    shape = ("--keys", options.items, "--value-size", 10, "--connections", 10, "--depth", 1,
             "--warmup-seconds", 1, "--seconds", options.seconds)
    for name, template in templates:
        with start_server(name, template) as server:
            yield f"{name}: alone    {_latencies(_load(server, options, '--fill', *shape))}"
            counted = []
            is_over = threading.Event()

            def read_dumps(address=server.address, counts=counted, over=is_over):
                while not over.is_set():
                    with TextClient(address) as client:
                        answer = client.ask(b"lru_crawler metadump all\r\n", b"\r\nEND\r\n")
                    counts.append(answer.count(b"\n") - 1)

            reader = threading.Thread(target=read_dumps)
            reader.start()
            report = _load(server, options, *shape)
            is_over.set()
            reader.join()
            yield f"{name}: dumping  {_latencies(report)}  ({counted} items in dumps)"


def pressure(start_server, templates, options):
    """Latencies of sets whose keys fit in memory, and of sets that each have to evict."""
    capacity = (options.memory << 20) // 113
    for name, template in templates:
        for title, key_count in (("fitting ", capacity // 2), ("evicting", capacity * 8)):
            shape = ("--keys", key_count, "--connections", 10, "--depth", 1, "--warmup-seconds", 1)
            with start_server(name, template) as server:
                report = _load(server, options, "--workload", "set", "--fill", "--seconds",
                               options.seconds, *shape)
                with TextClient(server.address) as client:
                    evictions = client.stats()["evictions"]
            yield f"{name}: {title} {_latencies(report)}  ({evictions} evictions)"
