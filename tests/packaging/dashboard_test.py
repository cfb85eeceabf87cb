#!/usr/bin/python3
"""The Grafana dashboard: its PromQL is valid and Larder exports all its metrics, and also those of
other dashboards and alerts for memcached_exporter.

    python3 tests/packaging/dashboard_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "clients"), str(TESTS / "server" / "http")]

import re  # noqa: E402

from harness import arguments, check, check_equal, end_with, passes  # noqa: E402
from http_harness import HttpServer, load  # noqa: E402
from monitoring import (  # noqa: E402
    check_expressions,
    expressions_of,
    metrics_in,
    panels_of,
    read_dashboard,
)

GRID_WIDTH = 24

# The metrics that the alerts and the dashboard of the memcached mixin in grafana/jsonnet-libs read,
# as of August 2026, and the labels by which they select.
MIXIN_METRICS = {
    "memcached_commands_total": {"command": "get", "status": "hit"},
    "memcached_connections_total": {},
    "memcached_current_bytes": {},
    "memcached_current_connections": {},
    "memcached_current_items": {},
    "memcached_items_evicted_total": {},
    "memcached_items_total": {},
    "memcached_max_connections": {},
    "memcached_process_system_cpu_seconds_total": {},
    "memcached_process_user_cpu_seconds_total": {},
    "memcached_read_bytes_total": {},
    "memcached_slab_items_outofmemory_total": {"slab": None},
    "memcached_up": {},
    "memcached_uptime_seconds": {},
    "memcached_version": {"version": None},
    "memcached_written_bytes_total": {},
}


def every_expression_parses(server):
    expressions = expressions_of(read_dashboard())
    check(len(expressions) > 30, f"only {len(expressions)} expressions")
    check_equal(check_expressions(expressions), None, "what promtool says")
    check(check_expressions([("broken", "sum by (")]), "promtool takes anything")


def every_metric_shown_is_exported(server):
    load(server)
    served = {name for name, _ in server.metrics()}
    for where, expression in expressions_of(read_dashboard()):
        names = metrics_in(expression)
        check(names, f"{where} shows nothing")
        check_equal(names - served, set(), f"names in «{where}» that are not served")


def every_label_named_is_exported(server):
    load(server)
    labels_of = {}
    for name, labels in server.metrics():
        labels_of.setdefault(name, set()).update(label for label, _ in labels)
    for panel in panels_of(read_dashboard()):
        for target in panel["targets"]:
            known = {"job", "instance"}.union(
                *(labels_of[name] for name in metrics_in(target["expr"])))
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", target["expr"]):
                named |= set(labels.split(", "))
            named |= set(re.findall(r"(\w+)=~?\"", target["expr"]))
            check_equal(named - known, set(), f"labels in «{panel['title']}» that are not served")


def every_panel_has_a_place_a_description_and_a_unit(server):
    dashboard = read_dashboard()
    ids = [panel["id"] for panel in dashboard["panels"]]
    check_equal(len(set(ids)), len(ids), "ids of panels")
    taken = set()
    for panel in dashboard["panels"]:
        grid = panel["gridPos"]
        cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"])
                 for y in range(grid["y"], grid["y"] + grid["h"])}
        check(not cells & taken, f"«{panel['title']}» lies over another panel")
        check(max(x for x, _ in cells) < GRID_WIDTH, f"«{panel['title']}» is out of the grid")
        taken |= cells
    for panel in panels_of(dashboard):
        check(panel["description"].endswith("."), f"«{panel['title']}» has no description")
        unit = panel["fieldConfig"]["defaults"].get("unit") or panel["options"]["yAxis"]["unit"]
        check(unit, f"«{panel['title']}» has no unit")


def source_job_and_instance_can_be_selected(server):
    dashboard = read_dashboard()
    variables = {each["name"]: each["type"] for each in dashboard["templating"]["list"]}
    check_equal(variables, {"datasource": "datasource", "job": "query", "instance": "query"},
                "variables")
    check(dashboard["schemaVersion"] >= 39, "the schema is an old one")
    for panel in panels_of(dashboard):
        for each in (panel, *panel["targets"]):
            check_equal(each["datasource"], {"type": "prometheus", "uid": "${datasource}"},
                        f"source of «{panel['title']}»")
    shown = [target["expr"] for panel in panels_of(dashboard) for target in panel["targets"]]
    for expression in shown + [each["expr"] for each in dashboard["annotations"]["list"]]:
        for selector in re.findall(r"\b(?:memcached|larder|process)_\w+(\{[^}]*\})?", expression):
            check('job=~"$job", instance=~"$instance"' in selector,
                  f"all instances are shown by {expression}")


def the_metrics_of_the_memcached_mixin_are_exported(server):
    load(server)
    metrics = server.metrics()
    for name, wanted in MIXIN_METRICS.items():
        found = [dict(labels) for each, labels in metrics if each == name]
        check(
            any(all(key in labels and value in (None, labels[key])
                    for key, value in wanted.items()) for labels in found),
            f"/metrics has no {name} with {wanted}",
        )


ALL = [
    every_expression_parses,
    every_metric_shown_is_exported,
    every_label_named_is_exported,
    every_panel_has_a_place_a_description_and_a_unit,
    source_job_and_instance_can_be_selected,
    the_metrics_of_the_memcached_mixin_are_exported,
]

if __name__ == "__main__":
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    end_with([passes(test, lambda: HttpServer(binary, ["-t", "2", "-m", "8"])) for test in ALL])
