#!/usr/bin/python3
"""The Prometheus rules: they are valid, each alert fires exactly when it should, and Larder exports
all metrics that they read.

    python3 tests/packaging/rules_test.py --larder build/release/larder
"""

import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "clients"), str(TESTS / "server" / "http")]

import re  # noqa: E402

from harness import arguments, check, check_equal, end_with, passes  # noqa: E402
from http_harness import HttpServer, load  # noqa: E402
from monitoring import (  # noqa: E402
    RULES_FILE,
    RULES_TEST_FILE,
    metrics_in,
    promtool,
    read_rules,
    read_rules_tests,
)

SEVERITIES = {"critical", "warning", "info"}
# The labels that identify the source of an alert.
PLACES = ("{{ $labels.instance }}", "{{ $labels.cluster }}")
SERVED_WITH_TLS = {"larder_tls_certificate_expiry_timestamp_seconds"}
# No etcd listens there; the node still exports the metrics of a cluster.
IN_A_CLUSTER = ["--cluster", "test", "--etcd", "http://127.0.0.1:1", "--advertise", "127.0.0.1:1",
                "--drain-seconds", "0"]
DESCRIPTION_SIZE_MIN = 80  # a shorter description does not say what to do


def promtool_accepts_the_rules(server):
    status, said = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES_FILE)
    check_equal(status, 0, f"status of promtool check rules, which said {said}")


def alerts_fire_in_their_cases_only(server):
    status, said = promtool("test", "rules", RULES_TEST_FILE)
    check_equal(status, 0, f"status of promtool test rules, which said {said}")


def each_alert_has_a_case_that_fires_and_one_that_does_not(server):
    outcomes = {}
    for test in read_rules_tests():
        for case in test["alert_rule_test"]:
            outcomes.setdefault(case["alertname"], set()).add(bool(case["exp_alerts"]))
    alerts = [rule["alert"] for rule in read_rules() if "alert" in rule]
    check_equal(len(set(alerts)), len(alerts), "names of alerts")
    check_equal(outcomes, {alert: {False, True} for alert in alerts}, "outcomes in the cases")


def each_alert_describes_the_problem_and_the_remedy(server):
    for rule in read_rules():
        if "alert" not in rule:
            continue
        name, notes = rule["alert"], rule["annotations"]
        check(name.startswith("Larder"), f"{name} does not tell whose it is")
        check(rule["labels"]["severity"] in SEVERITIES, f"severity of {name}")
        for note in ("summary", "description"):
            check(any(place in notes[note] for place in PLACES), f"{note} of {name} has no place")
        check(notes["summary"].endswith("."), f"summary of {name} is no sentence")
        check(len(notes["description"]) > DESCRIPTION_SIZE_MIN, f"description of {name}")


def all_metrics_in_rules_are_exported_or_recorded(server):
    load(server)
    served = {name for name, _ in server.metrics()} | {"up"} | SERVED_WITH_TLS
    rules = read_rules()
    recorded = set()
    for rule in rules:
        names = metrics_in(rule["expr"])
        check(names, f"{rule} reads nothing")
        check_equal(names - served - recorded, set(), f"unknown names in {rule['expr']}")
        recorded |= {rule["record"]} if "record" in rule else set()
        # Recorded series are already limited to this job.
        for selector in re.findall(r"\b(?:memcached|larder|process)_\w+(\{[^}]*\})?",
                                   re.sub(r"instance\w*:[\w:]+", "", rule["expr"])):
            check('job="larder"' in selector, f"any job's metrics are read in {rule['expr']}")


ALL = [
    promtool_accepts_the_rules,
    alerts_fire_in_their_cases_only,
    each_alert_has_a_case_that_fires_and_one_that_does_not,
    each_alert_describes_the_problem_and_the_remedy,
    all_metrics_in_rules_are_exported_or_recorded,
]

if __name__ == "__main__":
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    with tempfile.TemporaryDirectory() as folder:
        options = ["-t", "2", "-m", "8", "--snapshot-dir", folder, *IN_A_CLUSTER]
        outcomes = [passes(test, lambda: HttpServer(binary, options)) for test in ALL]
    end_with(outcomes)
