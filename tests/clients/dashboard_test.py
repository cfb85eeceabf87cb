#!/usr/bin/python3
"""The dashboard in a headless browser: it shows the server's figures, on large and small screens,
in light and dark mode, and with keyboard control.

    python3 tests/clients/dashboard_test.py --larder build/release/larder

Exits with status 77 if Chromium is not installed.
"""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from harness import Server, arguments, check, check_equal, end_with, free_port, passes
from npm import DASHBOARD_MODULES, node_for

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "dashboard"
NODE_SCRIPTS = Path(__file__).resolve().parent / "node"
VIEW_SECONDS_MAX = 60
SKIPPED = 77

# Figures that are constant in a server without clients, by their place on the page.
TOTALS = (
    "cmd_get", "get_hits", "get_misses", "cmd_set", "delete_hits", "curr_items", "total_items",
    "evictions", "evicted_unfetched", "expired_unfetched",
)
QUANTILES = ("count", "p50_us", "p99_us", "p999_us")
TIME_CHARTS = {"operations", "latency", "hits", "evictions", "ages", "connections"}


class HttpServer(Server):
    """A server with --http."""

    def __init__(self, binary, options=()):
        self.http_port = free_port()
        super().__init__(binary, [*options, "--http", f"127.0.0.1:{self.http_port}"])
        self.address = f"http://127.0.0.1:{self.http_port}/"

    def get(self, path=""):
        return urllib.request.urlopen(self.address + path, timeout=10)

    def stats_json(self):
        return json.load(self.get("stats.json"))


def chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser")


def look(server, view):
    """The contents of the page in one of the views of dashboard_browser.js, without errors."""
    options = ["--disable-gpu", "--disable-dev-shm-usage"]
    if os.getuid() == 0:
        options.append("--no-sandbox")
    script = NODE_SCRIPTS / "dashboard_browser.js"
    command = [*node_for("playwright-core", DASHBOARD_MODULES), script, server.address, view]
    looked = subprocess.run(
        [*command, chromium(), *options], capture_output=True, text=True, timeout=VIEW_SECONDS_MAX
    )
    check_equal(looked.returncode, 0, f"status of the browser's script ({looked.stderr[-2000:]})")
    seen = json.loads(looked.stdout)
    check_equal(seen["complaints"], [], "what the browser's console says")
    paths = {url.removeprefix(server.address) for url in seen["requests"]}
    check_equal({p for p in paths if not p.startswith("data:")}, {"", "stats.json"}, "requests")
    return seen


def load(server, rounds=400):
    """Sends commands of all kinds, in several size classes, with more data than memory."""
    with server.talk() as client:
        for n in range(rounds):
            client.set(b"large%d" % n, b"x" * 40_000)
            client.set(b"small%d" % n, b"v" * (n % 900))
            client.get(b"small%d" % n)
            client.get(b"none")
            client.ask(b"touch small%d 0" % n)
            if n % 4 == 0:
                client.ask(b"delete small%d" % n)
                client.ask(b"incr none 1")


def the_page_is_built_from_its_sources(server):
    # The result of `sha256sum FILES | sha256sum`.
    lines = b""
    for path in sorted(each.relative_to(SOURCES).as_posix() for each in SOURCES.rglob("*")
                       if each.is_file() and "node_modules" not in each.parts):
        digest = hashlib.sha256((SOURCES / path).read_bytes()).hexdigest()
        lines += f"{digest}  {path}\n".encode()
    page = (ROOT / "server/http/dashboard_page.html").read_text(encoding="utf-8")
    made_of = re.search(r"^sources (\w+)$", page, re.M)
    check(made_of, "the page has no hash of its sources")
    check_equal(made_of.group(1), hashlib.sha256(lines).hexdigest(),
                "sources of server/http/dashboard_page.html; run scripts/dashboard")
    check("Permission is hereby granted" in page, "the licence of what is bundled is missing")
    check_equal(server.get().read().decode(), page, "the page that is served")


def the_page_may_load_only_its_own_figures(server):
    policy = server.get().headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    check_equal(rules["default-src"], "'none'", "what may be loaded by default")
    check_equal(rules["connect-src"], "'self'", "what may be asked")
    for kind in ("script-src", "style-src"):
        check(re.fullmatch(r"'sha256-[\w+/]+=*'", rules[kind]), f"{kind} is {rules[kind]}")
    check_equal(server.get("stats.json").headers["Content-Security-Policy"], None, "policy of JSON")


def intervals_and_units_are_right(server):
    script = NODE_SCRIPTS / "dashboard_figures.mjs"
    node = node_for("playwright-core", DASHBOARD_MODULES)
    ran = subprocess.run(
        [*node, script, SOURCES / "src"], capture_output=True, text=True, timeout=30
    )
    check_equal((ran.returncode, ran.stdout), (0, "done\n"), f"the script ({ran.stderr[-2000:]})")


def the_numbers_are_those_of_the_server(server):
    load(server)
    stats, answer = server.stats(), server.stats_json()
    seen = look(server, "desktop")
    figures = seen["whole"]["figures"]
    check_equal(seen["whole"]["status"], "Live", "status")
    for row in TOTALS:
        check_equal(figures[f"total-{row}"], stats[row], f"{row} on the page")
        words = seen["whole"]["words"][f"total-{row}"]
        check_equal(words, f"{int(stats[row]):,}", f"{row} in words")
    check(int(stats["evictions"]) > 0, "nothing was evicted")
    ratio = int(stats["get_hits"]) / int(stats["cmd_get"])
    check(abs(float(figures["tile-hits"]) - ratio) < 1e-9, f"{figures['tile-hits']}, not {ratio}")
    check_equal(float(figures["tile-memory"]), answer["larder"]["memory_used_bytes"], "memory")
    kinds = answer["latency"]["kinds"]
    for kind in ("get", "set", "delete", "touch", "incr"):
        check_equal([float(each) for each in seen["whole"]["latencies"][kind]],
                    [kinds[kind][name] for name in QUANTILES], f"latencies of {kind}")
    check_equal(float(figures["tile-latency"]), kinds["get"]["p99_us"], "p99 of gets")


def charts_have_descriptions_and_tables(server):
    load(server)
    answer = server.stats_json()
    seen = look(server, "desktop")
    check_equal(len(seen["drawings"]), len(TIME_CHARTS) + 1, "charts")
    for canvases, label in seen["drawings"]:
        check(canvases == 1 and label, f"{label!r} has {canvases} drawings")
    for name in TIME_CHARTS:
        rows = seen["tables"][name]
        check(rows and re.fullmatch(r"\d\d:\d\d:\d\d", rows[0][0]), f"the table of {name}: {rows}")
    classes = [slab for slab in answer["slabs"].values()
               if isinstance(slab, dict) and slab["total_pages"]]
    check_equal(len(seen["tables"]["classes"]), len(classes), "size classes")


def it_shows_current_activity(server):
    load(server)
    ends = threading.Event()

    def go_on():
        while not ends.is_set():
            load(server)

    clients = threading.Thread(target=go_on)
    clients.start()
    try:
        interval = look(server, "desktop")["interval"]["figures"]
    finally:
        ends.set()
        clients.join()
    for tile in ("operations", "hits", "latency", "evictions", "connections"):
        check(float(interval[f"tile-{tile}"] or 0) > 0, f"{tile} under load: {interval}")
    # Without requests the figures of an interval are zero.
    quiet = look(server, "desktop")["interval"]
    check_equal(float(quiet["figures"]["tile-operations"]), 0, "operations without load")
    check_equal(quiet["figures"]["tile-hits"], "", "hit ratio of no gets")


def it_has_a_light_and_a_dark_mode(server):
    seen = look(server, "themes")
    themes = [look["theme"] for look in seen["looks"]]
    check_equal(themes, ["auto", "light", "dark", "auto"], "themes by the button")
    by_system, light, dark, again = [
        sum(map(int, re.findall(r"\d+", look["ground"])[:3])) for look in seen["looks"]
    ]
    check(light > 600 and dark < 150, f"light is {light} and dark {dark} of 765")
    check_equal((by_system, again), (dark, dark), "what the system prefers")
    check_equal(seen["remembered"]["theme"], "light", "theme after a reload")


def it_fits_a_phone_screen(server):
    load(server, 50)
    seen = look(server, "phone")
    for state in ("drawn", "tabled"):
        check(seen[state]["width"] <= 390, f"{state}, the page is {seen[state]['width']} wide")


def it_can_be_used_with_the_keyboard(server):
    seen = look(server, "keyboard")
    check(seen["controls"] > 15, f"only {seen['controls']} controls")
    check_equal(seen["reached"], list(range(seen["controls"])), "controls by Tab, in their order")
    check_equal(seen["unnamed"], [], "controls without a name")
    check_equal(seen["landmarks"], [1, 1, 1, 1], "landmarks")
    check(seen["paused"]["status"].startswith("Paused at "), seen["paused"]["status"])


def it_shows_disabled_features_and_an_unreachable_server(server):
    seen = look(server, "features")
    for option in ("-o hot_keys", "-o miss_ratio_curve"):
        check(option in seen["without"]["text"], f"{option} is not spoken of")
        check(option not in seen["with"]["text"], f"{option} is still spoken of")
    check_equal(seen["with"]["keys"], ["<img src=x onerror=alert(1)>", "user:%00%25"], "hot keys")
    check_equal(seen["images"], 0, "elements made of a key")
    check_equal(seen["rates"], ["12/s", "2/s"], "rates of hot keys")
    check("25.0\u00a0% instead of 37.5\u00a0%" in seen["curve"], seen["curve"])
    check_equal([row[2].replace("\u00a0", " ") for row in seen["rows"]],
                ["43.8 %", "37.5 %", "25.0 %"], "the curve's table")
    silent = seen["silent"]
    check(silent["status"].startswith("No answer since "), silent["status"])
    check(silent["title"].startswith("No answer from "), f"title {silent['title']!r}")
    check(" · was up " in silent["facts"] and " · up " not in silent["facts"], silent["facts"])


def it_shows_the_node_and_the_host(server):
    answer = server.stats_json()
    host = answer["process"]["host"]
    check_equal((host, answer["process"]["node"]), (socket.gethostname(), ""), "host and node")
    whole = look(server, "desktop")["whole"]
    check_equal(whole["title"], f"{host} · Larder", "title")
    check(f"Larder {host} (127.0.0.1:{server.http_port})" in " ".join(whole["text"].split()),
          whole["text"][:200])
    check(whole["facts"].startswith(f"Larder {answer['larder']['server_version']} · up "),
          whole["facts"])


def counts_and_rates_are_distinguished(server):
    load(server, 50)
    seen = look(server, "desktop")
    for words in ("Operations per second", "Evictions per second", "Connections now",
                  "Counts since the start"):
        check(words in seen["whole"]["text"], f"{words} is not on the page")
    check(re.search(r"\bin the last \d+ s\b", seen["interval"]["text"]), "no time for counts")
    check("since the start" in seen["whole"]["text"], "no time for counts since the start")
    ever = server.stats()
    for row in ("get_hits", "evictions"):
        check_equal(seen["interval"]["figures"][f"total-{row}"], ever[row], f"{row} in all")


def it_highlights_problems(server):
    # Requests may be slow on a busy machine.
    def marked(seen):
        return [each for each in seen["bad"] if each != "health-slow-box"]

    calm = look(server, "desktop")["whole"]
    check_equal(marked(calm), [], "what is marked on a server that is well")
    check_equal(calm["figures"]["health-state"], "serving", "state")
    check_equal(calm["figures"]["health-cluster"], "none", "cluster")
    check(float(calm["figures"]["health-rss"]) > 1 << 20, "resident memory")
    check(0 <= float(calm["figures"]["health-cpu"]) < 64, "cores")
    now = look(server, "troubles")["now"]
    figures = now["figures"]
    times = int(figures["health-memory"])
    check(times >= 2, f"{times} failures were seen")
    check_equal(int(figures["health-refused"]), 3 * times, "connections refused meanwhile")
    check_equal(int(figures["health-logins"]), 2 * times, "logins failed meanwhile")
    check_equal(figures["health-state"], "draining", "state")
    check_equal(figures["health-cluster"], "shop", "cluster")
    check("3 nodes, etcd away" in now["text"], "etcd is not spoken of")
    check_equal(marked(now), [f"health-{name}-box" for name in
                              ("state", "refused", "memory", "logins", "cluster")], "marked")
    check_equal(now["status"], "Draining", "status")
    check_equal(now["title"], "cache-7.example:11211 · Larder", "title of a node")


def rare_commands_are_visible_and_the_time_axis_is_linear(server):
    gets, deletes, nothing = look(server, "troubles")["drawn"]
    for name, line in (("gets", gets), ("deletes", deletes), ("touches", nothing)):
        check(line["count"] > 0, f"{name} are not drawn")
        # The page was opened a moment ago, and the chart covers five minutes.
        check(line["left"] > 0.8, f"{name} begin at {line['left']:.2f} of the drawing")
    check(deletes["height"] - nothing["height"] > 0.04,
          f"deletes are drawn at {deletes['height']:.3f}, none at {nothing['height']:.3f}")
    check(gets["height"] > deletes["height"], "more is higher")


def it_fits_every_width_without_gaps(server):
    load(server, 50)
    looks = look(server, "widths")["looks"]
    check_equal(len(looks), 6, "looks")
    for seen in looks:
        name = f"{seen['width']} px, {seen['colorScheme']}"
        check(seen["needed"] <= seen["width"], f"{name}: the page is {seen['needed']} wide")
        check(all(abs(hole) <= 2 for hole in seen["holes"]), f"{name}: holes {seen['holes']}")


WITHOUT_BROWSER = [
    the_page_is_built_from_its_sources,
    the_page_may_load_only_its_own_figures,
    intervals_and_units_are_right,
]
IN_A_BROWSER = [
    the_numbers_are_those_of_the_server,
    charts_have_descriptions_and_tables,
    it_shows_current_activity,
    it_has_a_light_and_a_dark_mode,
    it_fits_a_phone_screen,
    it_can_be_used_with_the_keyboard,
    it_shows_disabled_features_and_an_unreachable_server,
    it_shows_the_node_and_the_host,
    counts_and_rates_are_distinguished,
    it_highlights_problems,
    rare_commands_are_visible_and_the_time_axis_is_linear,
    it_fits_every_width_without_gaps,
]

if __name__ == "__main__":
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    tests = WITHOUT_BROWSER + (IN_A_BROWSER if chromium() else [])
    outcomes = [passes(test, lambda: HttpServer(binary, ["-m", "8", "-t", "2"])) for test in tests]
    if all(outcomes) and not chromium():
        print("skipped: there is no Chromium; scripts/test installs it")
        sys.exit(SKIPPED)
    end_with(outcomes)
