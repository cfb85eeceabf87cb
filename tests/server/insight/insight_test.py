#!/usr/bin/python3
"""-o hot_keys and -o miss_ratio_curve, as operators see them.

    python3 tests/server/insight/insight_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import http.client  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402

from harness import (  # noqa: E402
    Server,
    arguments,
    check,
    check_equal,
    end_with,
    free_port,
    passes,
)

HOT = b"hot%1"  # one byte is shown encoded
HOT_SHOWN = "hot%251"
OTHERS = 5000
BATCH = 100
LOAD_SECONDS = 3
# A pause between batches, so that every key can be sampled.
PAUSE_SECONDS = 0.01
FACTORS = [0.25, 0.5, 1, 2, 4]
# A tenth of the gets is for the hot key, and half of the others miss: 0.55, with a tolerance for
# the sampling on a machine that stalls and catches up.
HIT_RATIOS = (0.45, 0.65)


class InsightServer(Server):
    """A server with --http on a separate port."""

    def __init__(self, binary, options=()):
        self.http_port = free_port()
        super().__init__(binary, [*options, "--http", f"127.0.0.1:{self.http_port}"])

    def page(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            check_equal(response.status, 200, f"status of {path}")
            return response.read().decode()
        finally:
            connection.close()


def fill(client):
    for first in range(0, OTHERS, BATCH):
        client.send(b"".join(b"set k%d 0 0 10 noreply\r\n0123456789\r\n" % i
                             for i in range(first, first + BATCH)))
        time.sleep(PAUSE_SECONDS)
    client.set(HOT, b"ok")


def load(client, seconds):
    ends_at = time.monotonic() + seconds
    number = 0
    while time.monotonic() < ends_at:
        lines = []
        for i in range(BATCH):
            number += 7
            key = HOT if i % 10 == 0 else b"k%d" % (number % (2 * OTHERS))
            lines.append(b"mg %b k s q\r\n" % key)
        client.send(b"".join(lines) + b"mn\r\n")
        while client.line() != b"MN":
            pass
        time.sleep(PAUSE_SECONDS)


def nothing_is_estimated_by_default(server):
    with server.talk() as client:
        check_equal(client.stats("hotkeys"), {"hotkeys_status": "disabled"}, "stats hotkeys")
        check_equal(client.stats("curve"), {"curve_status": "disabled"}, "stats curve")
        check_equal(client.stats("larder")["hot_keys"], "no", "hot_keys in stats larder")
    page = json.loads(server.page("/stats.json"))
    check_equal(page["hot_keys"], {"enabled": False, "keys": []}, "hot_keys")
    check_equal(page["miss_ratio_curve"]["enabled"], False, "miss_ratio_curve")
    check("larder_estimated" not in server.page("/metrics"), "metrics of nothing")


def the_hot_key_and_the_hit_ratio_are_shown_on_every_page(server):
    with server.talk() as client:
        fill(client)
        load(client, LOAD_SECONDS)
        hot = client.stats("hotkeys")
        curve = client.stats("curve")
    check_equal(next(iter(hot)), HOT_SHOWN, "the first of the hot keys")
    rates = [float(rate) for rate in hot.values()]
    check(len(rates) == 1 or rates[0] > 50 * rates[1], f"rates {rates[:2]}")
    check(int(curve["sampled_requests"]) > 0, "nothing was sampled")
    for factor in FACTORS:  # everything fits
        ratio = float(curve[f"{factor}:hit_ratio"])
        check(HIT_RATIOS[0] < ratio < HIT_RATIOS[1], f"hit ratio {ratio} at {factor}")
    check_equal(curve["4:memory_bytes"], str(256 << 20), "memory at factor 4")

    page = json.loads(server.page("/stats.json"))
    check(page["hot_keys"]["enabled"], "hot_keys are not enabled")
    keys = page["hot_keys"]["keys"]
    check(1 <= len(keys) <= 20, f"{len(keys)} keys")
    check_equal(keys[0]["key"], HOT_SHOWN, "the first key")
    check(keys[0]["requests_per_second"] > 0, "its rate")
    points = page["miss_ratio_curve"]["points"]
    check_equal([point["memory_factor"] for point in points], FACTORS, "factors")
    check_equal(points[0]["memory_bytes"], 16 << 20, "memory_bytes")
    check(HIT_RATIOS[0] < points[2]["hit_ratio"] < HIT_RATIOS[1], f"{points[2]}")
    metrics = server.page("/metrics")
    for factor in FACTORS:
        check(f'larder_estimated_hit_ratio{{memory_factor="{factor}"}} 0.' in metrics,
              f"no estimate at {factor} in /metrics")
    check("hot%" not in metrics, "keys in /metrics")


TESTS = [
    (nothing_is_estimated_by_default, []),
    (the_hot_key_and_the_hit_ratio_are_shown_on_every_page, ["-o", "hot_keys,miss_ratio_curve"]),
]

if __name__ == "__main__":
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    end_with([
        passes(test, lambda: InsightServer(binary, ["-t", "2", *options]))
        for test, options in TESTS
    ])
