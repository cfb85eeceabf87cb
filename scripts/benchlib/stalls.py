"""Latencies of requests while a large operation is in progress."""

from benchlib import generator
from benchlib.background import BackgroundClient
from benchlib.text_client import TextClient

LOAD_SECONDS_MAX = 1800


class _DumpReader(BackgroundClient):
    """Reads metadumps one after another, as fast as possible, and counts their items."""

    END = b"\nEND\r\n"

    def __init__(self, address):
        super().__init__(address)
        self._item_count = 0

    def act(self):
        self.client.send_quietly(b"lru_crawler metadump all\r\n")
        tail = b""
        while not self.is_over.is_set() and tail != self.END:
            piece = self.client.receive()
            if piece.startswith(b"BUSY "):  # it has started a crawl itself
                self.is_over.wait(0.01)
                break
            self._item_count += piece.count(b"\n")
            tail = (tail + piece[-len(self.END):])[-len(self.END):]
        return True

    def __str__(self):
        return f"{self._item_count} items in dumps"


def _load(server, options, *words):
    """larder-load's report, which includes sets that a server refused under pressure."""
    return generator.report_of(
        generator.load_words(server, options, "--allow-misses", *words), LOAD_SECONDS_MAX)


def _latencies(report):
    text = "  ".join(f"{name} {report[name + '_microseconds']:.0f} us"
                     for name in ("p50", "p99", "p999", "max"))
    if report["failures"]:
        text += f"  {report['failures']} failures, first: {report['first_failure']}"
    return text


def growth(start_server, templates, options):
    """Latencies of sets while the index grows to --items, and of the same sets once it has."""
    # 3 n random sets of n keys miss one key in twenty.
    shape = ("--workload", "set", "--keys", options.items, "--value-size", 10, "--connections", 2,
             "--depth", 16, "--operations", 3 * options.items, "--warmup-seconds", 0)
    for name, template in templates:
        with start_server(name, template) as server:
            for phase in ("growing", "grown  "):
                report = _load(server, options, *shape)
                with TextClient(server.address) as client:
                    items = client.stats()["curr_items"]
                yield f"{name}: {phase} {_latencies(report)}  ({items} items)"


def dump(start_server, templates, options):
    """Latencies of gets, alone and beside a metadump of --items items."""
    shape = ("--keys", options.items, "--value-size", 10, "--connections", 10, "--depth", 1,
             "--warmup-seconds", 1, "--seconds", options.seconds)
    for name, template in templates:
        with start_server(name, template) as server:
            yield f"{name}: alone    {_latencies(_load(server, options, '--fill', *shape))}"
            with _DumpReader(server.address) as reader:
                report = _load(server, options, *shape)
            yield f"{name}: dumping  {_latencies(report)}  ({reader})"


def pressure(start_server, templates, options):
    """Latencies of sets whose keys fit in memory, and of sets that each have to evict."""
    capacity = (options.memory << 20) // 113
    for name, template in templates:
        for title, key_count in (("fitting ", capacity // 2), ("evicting", capacity * 8)):
            shape = ("--workload", "set", "--keys", key_count, "--connections", 10)
            with start_server(name, template) as server:
                _load(server, options, "--depth", 16, "--operations", capacity * 2, *shape)
                report = _load(server, options, "--seconds", options.seconds, *shape)
                with TextClient(server.address) as client:
                    evictions = client.stats()["evictions"]
            yield f"{name}: {title} {_latencies(report)}  ({evictions} evictions)"
