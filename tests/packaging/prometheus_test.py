#!/usr/bin/python3
"""A real Prometheus scrapes a Larder under load: its samples are correct, every panel of the
dashboard has data, and alerts fire when they should.

    python3 tests/packaging/prometheus_test.py --larder build/release/larder [--seconds 600]
"""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "clients"), str(TESTS / "server" / "http")]

import json  # noqa: E402
import math  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import urllib.parse  # noqa: E402
import urllib.request  # noqa: E402

from harness import arguments, check, check_equal, end_with, free_port, wait_until  # noqa: E402
from http_harness import HttpServer  # noqa: E402
from monitoring import RULES_FILE, expressions_of, read_dashboard, read_rules  # noqa: E402

SCRAPE_SECONDS = 1
FOR_SECONDS = 3
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0
ALERT_SECONDS_MAX = 30.0
# Counters are visible after the next scrape, recorded rules after the following evaluation.
SETTLE_SECONDS = 3 * SCRAPE_SECONDS
GETS_PER_TURN, SETS_PER_TURN, TURN_SECONDS = 9, 2, 0.02
# One such write a turn; together they are twice the memory of the server.
LARGE_SIZE, LARGE_KEYS = 50_000, 300
WINDOW_SECONDS = 10
# All of them, except if the machine stalls for a second.
SCRAPED_MIN = 0.8
# Relative to the load's rate: the ends of a window are up to one interval away from scrapes.
RATE_TOLERANCE = 0.25


class Prometheus:
    """A Prometheus on loopback that scrapes one HttpServer and has Larder's rules."""

    def __init__(self, target):
        self.port = free_port()
        self._directory = tempfile.TemporaryDirectory()
        home = Path(self._directory.name)
        rules = re.sub(r"(\bfor:) \w+", rf"\1 {FOR_SECONDS}s", RULES_FILE.read_text())
        (home / "larder.rules.yml").write_text(rules)
        (home / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {SCRAPE_SECONDS}s, "
            f"evaluation_interval: {SCRAPE_SECONDS}s}}\n"
            "rule_files: [larder.rules.yml]\n"
            "scrape_configs:\n"
            "  - job_name: larder\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{target.http_port}']}}]\n"
        )
        self._log = (home / "log").open("w+")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={home / 'prometheus.yml'}",
             f"--storage.tsdb.path={home / 'data'}",
             f"--web.listen-address=127.0.0.1:{self.port}"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=home,
        )

    def page(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def is_ready(self):
        check(self.process.poll() is None, f"Prometheus ended:\n{self.log_tail()}")
        try:
            return "Ready" in self.page("/-/ready")
        except OSError:
            return False

    def ask(self, path, **parameters):
        answer = json.loads(self.page(f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        check_equal(answer["status"], "success", f"answer to {path} {parameters}")
        return answer["data"]

    def query(self, expression):
        """The current samples: [(labels, value)]."""
        return [(one["metric"], float(one["value"][1]))
                for one in self.ask("query", query=expression)["result"]]

    def value(self, expression):
        samples = self.query(expression)
        check_equal(len(samples), 1, f"samples of {expression}")
        return samples[0][1]

    def samples_of(self, series, seconds):
        """The scraped samples: [(time, value)]."""
        one, = self.ask("query", query=f"{series}[{seconds}s]")["result"]
        return [(float(at), float(value)) for at, value in one["values"]]

    def alerts(self):
        """{name: {state}}."""
        states = {}
        for alert in self.ask("alerts")["alerts"]:
            states.setdefault(alert["labels"]["alertname"], set()).add(alert["state"])
        return states

    def log_tail(self):
        self._log.seek(0)
        return self._log.read()[-4000:]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
        self._directory.cleanup()


class SteadyLoad(threading.Thread):
    """Gets and writes of existing keys, a few at a time, until it is stopped; and writes of large
    values, which evict each other and are written again.

    `gets` contains times and the number of gets that had been answered by then.
    """

    def __init__(self, server):
        super().__init__(daemon=True)
        self._server = server
        self._is_over = threading.Event()
        self.gets = [(time.time(), 0)]
        self.failure = None

    def run(self):
        try:
            with self._server.talk() as client:
                done = turns = 0
                due = time.monotonic()
                while not self._is_over.is_set():
                    for n in range(SETS_PER_TURN):
                        client.set(b"steady%d" % n, b"v" * 100)
                    for n in range(GETS_PER_TURN):
                        client.get(b"steady%d" % (n % SETS_PER_TURN))
                    client.set(b"large%d" % (turns % LARGE_KEYS), b"v" * LARGE_SIZE)
                    turns += 1
                    done += GETS_PER_TURN
                    self.gets.append((time.time(), done))
                    due += TURN_SECONDS
                    time.sleep(max(0.0, due - time.monotonic()))
        except Exception as error:
            self.failure = error

    def end(self):
        self._is_over.set()
        self.join(30)
        check(self.failure is None, f"the load failed: {self.failure}")

    def done_at(self, moment):
        """How many gets had been answered at `moment`."""
        return max((done for at, done in self.gets if at <= moment), default=0)


def every_scrape_has_correct_counts(prometheus, work, before, window):
    """Each stored count lies between the true counts shortly before and after the scrape."""
    gets = prometheus.samples_of(
        'memcached_commands_total{command="get",status="hit"}', window)
    check(len(gets) >= window / SCRAPE_SECONDS * 0.6, f"{len(gets)} scrapes in {window} s")
    for at, value in gets:
        low, high = work.done_at(at), work.done_at(at + SCRAPE_SECONDS) + GETS_PER_TURN
        check(low <= value - before <= high, f"{value - before} gets at {at}, not {low}..{high}")


def rates_equal_those_of_the_load(prometheus, work):
    series = 'memcached_commands_total{command="get",status="hit"}'
    now = time.time()
    stored = prometheus.value(f"rate({series}[{WINDOW_SECONDS}s])")
    done = (work.done_at(now) - work.done_at(now - WINDOW_SECONDS)) / WINDOW_SECONDS
    check(done > 0, "the load did nothing")
    check(abs(stored - done) <= RATE_TOLERANCE * done, f"rate is {stored}, the load's {done}")
    timed = prometheus.value(
        f'rate(larder_command_duration_seconds_count{{command="get"}}[{WINDOW_SECONDS}s])')
    check(abs(timed - done) <= RATE_TOLERANCE * done, f"{timed} are timed, of {done}")
    p99 = prometheus.value('instance_command:larder_command_duration_seconds:p99_rate5m'
                           '{command="get"}')
    check(0 < p99 < 9, f"the recorded p99 is {p99}")


# Series and the equivalent row of `stats` or `stats latency`.
SERIES_OF_STATS = {
    'memcached_commands_total{command="get",status="hit"}': "get_hits",
    'memcached_commands_total{command="get",status="miss"}': "get_misses",
    "sum(larder_worker_sets_total)": "cmd_set",
    "memcached_items_evicted_total": "evictions",
    "memcached_current_items": "curr_items",
    'larder_command_duration_seconds_count{command="get"}': "get:count",
    'larder_command_duration_seconds_bucket{command="set",le="+Inf"}': "set:count",
}
# Counters that moving pages between classes changes without any requests.
UNSTEADY = {"evictions", "curr_items"}


def counters_equal_those_of_stats(prometheus, server):
    """Compares them on an idle server; called when the load has ended."""
    time.sleep(SCRAPE_SECONDS)
    with server.talk() as client:
        before = client.stats() | client.stats("latency")
        time.sleep(SETTLE_SECONDS)
        stored = {series: prometheus.value(series) for series in SERIES_OF_STATS}
        after = client.stats() | client.stats("latency")
    for series, row in SERIES_OF_STATS.items():
        low, high = sorted(float(rows[row]) for rows in (before, after))
        check(row in UNSTEADY or low == high, f"{row} went from {low} to {high} at rest")
        check(low <= stored[series] <= high, f"{series} is {stored[series]}, not {low}..{high}")


def every_rule_works(prometheus):
    groups = prometheus.ask("rules")["groups"]
    found = [rule for group in groups for rule in group["rules"]]
    check_equal(sorted(rule["name"] for rule in found),
                sorted(rule.get("record") or rule["alert"] for rule in read_rules()), "rules")
    for rule in found:
        check_equal(rule["health"], "ok", f"health of {rule['name']}: {rule.get('lastError')}")
    for rule in read_rules():
        if "record" in rule:
            values = [value for _, value in prometheus.query(rule["record"])]
            check(any(not math.isnan(value) for value in values), f"{rule['record']} is empty")


def every_panel_has_data(prometheus):
    dashboard = read_dashboard()
    quiet = {each["name"] for each in dashboard["annotations"]["list"]}
    for where, expression in expressions_of(dashboard):
        if where not in quiet:
            check(prometheus.query(expression), f"«{where}» shows nothing: {expression}")


def alert_becomes_pending_and_fires(prometheus, name):
    seen = set()

    def is_firing():
        seen.update(prometheus.alerts().get(name, ()))
        return "firing" in seen

    wait_until(is_firing, name, ALERT_SECONDS_MAX)
    check("pending" in seen, f"{name} was never pending")


def watched(prometheus, server, seconds):
    wait_until(prometheus.is_ready, "Prometheus", START_SECONDS_MAX)
    wait_until(lambda: prometheus.query("up") != [], "the first scrape")
    with server.talk() as client:
        check_equal(client.ask(b"flush_all 10000"), b"OK", "answer to a flush of later")
        check_equal(client.get(b"none"), None, "a key that is not there")
    before = int(server.stats()["get_hits"])
    work = SteadyLoad(server)
    work.start()
    try:
        time.sleep(seconds)
        check_equal(prometheus.value('up{job="larder"}'), 1, "up")
        scraped = prometheus.value(f"avg_over_time(up[{seconds}s])")
        check(scraped > SCRAPED_MIN, f"{scraped} of the scrapes were answered in time")
        every_scrape_has_correct_counts(prometheus, work, before, seconds - 2)
        rates_equal_those_of_the_load(prometheus, work)
        every_rule_works(prometheus)
        every_panel_has_data(prometheus)
    finally:
        work.end()
    counters_equal_those_of_stats(prometheus, server)
    # Thrashing memory, and a flush at the beginning; there are no other problems, unless the
    # machine is so busy that workers wait for it.
    alerts = prometheus.alerts()
    alerts.pop("LarderSlow", None)
    check_equal(
        alerts,
        {name: {"firing"} for name in
         ("LarderEvictsYoungItems", "LarderFlushed", "LarderFullAndEvicting")},
        "alerts under load",
    )
    server.process.kill()
    server.process.wait()
    alert_becomes_pending_and_fires(prometheus, "LarderDown")
    check_equal(prometheus.value('up{job="larder"}'), 0, "up of the dead")
    down, = [each for each in prometheus.ask("alerts")["alerts"]
             if each["labels"]["alertname"] == "LarderDown"]
    address = f"127.0.0.1:{server.http_port}"
    check_equal(down["labels"]["instance"], address, "who is down")
    check_equal(down["annotations"]["summary"], f"Larder {address} cannot be scraped.", "summary")


def main():
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20, help="how long the load is to run")
    options = parser.parse_args()
    name = f"Prometheus watches {options.seconds} s of load"
    server = HttpServer(options.larder, ["-t", "2", "-m", "8"])
    try:
        with Prometheus(server) as prometheus:
            watched(prometheus, server, options.seconds)
        print(f"ok      {name}", flush=True)
        outcome = True
    except Exception as error:
        print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
        outcome = False
    finally:
        server.kill()
    end_with([outcome])


if __name__ == "__main__":
    main()
