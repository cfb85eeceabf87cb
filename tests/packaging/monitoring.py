"""Shared by the tests of packaging/: the parsed rules and dashboard, the metrics in PromQL, and
promtool.

Rules are those of packaging/prometheus/larder.rules.yml; a dashboard's expressions stand in its
panels, its annotations and its variables.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES_FILE = ROOT / "packaging/prometheus/larder.rules.yml"
RULES_TEST_FILE = ROOT / "packaging/prometheus/larder.rules.test.yml"
DASHBOARD_FILE = ROOT / "packaging/grafana/larder.json"

# Values of Grafana's variables; any valid ones would do.
DASHBOARD_VARIABLES = {
    "$__rate_interval": "5m",
    "$job": ".+",
    "$instance": ".+",
}

_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_GROUPING = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\b(?:\s*\([^)]*\))?"
)
_WORDS = {"and", "or", "unless", "offset", "bool", "inf", "nan"}


def read_rules(path=RULES_FILE):
    """The rules of all groups, each as a dictionary."""
    groups = yaml.safe_load(path.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def read_rules_tests():
    return yaml.safe_load(RULES_TEST_FILE.read_text())["tests"]


def read_dashboard():
    return json.loads(DASHBOARD_FILE.read_text())


def panels_of(dashboard):
    """The panels with contents, without rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions_of(dashboard):
    """[(location, PromQL as Grafana sends it)]."""
    found = [
        (f"{panel['title']}, {target['refId']}", target["expr"])
        for panel in panels_of(dashboard) for target in panel["targets"]
    ]
    found += [(each["name"], each["expr"]) for each in dashboard["annotations"]["list"]]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, = re.fullmatch(r"label_values\((.+), \w+\)", variable["definition"]).groups()
            found.append((f"variable {variable['name']}", selector))
    return [(where, with_variables(expression)) for where, expression in found]


def with_variables(expression, values=DASHBOARD_VARIABLES):
    for name, value in values.items():
        expression = expression.replace(name, value)
    return expression


def metrics_in(expression):
    """The names of metrics that a PromQL expression reads."""
    text = _STRING.sub("", expression)
    text = re.sub(r"\{[^}]*\}", "", text)
    text = re.sub(r"\[[^\]]*\]", "", text)
    text = _GROUPING.sub(" ", text)
    # A name before a parenthesis is a function, a letter after a digit a unit of time.
    names = re.findall(r"(?<![\w:])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()", text)
    return {name for name in names if name.lower() not in _WORDS}


def promtool(*arguments, seconds_max=120):
    """(exit status, output)."""
    run = subprocess.run(
        ["promtool", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=seconds_max,
    )
    return run.returncode, run.stdout


def check_expressions(expressions):
    """promtool's errors about [(name, PromQL)], as rules, or None."""
    rules = [{"record": f"expression:{n}", "expr": expression}
             for n, (_, expression) in enumerate(expressions)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        status, said = promtool("check", "rules", file.name)
    return said if status else None
