"""Latencies of the slowest requests, at a load below the server's maximum.

Requests are paced: each has a due time, from which its latency is measured.  Rounds are
interleaved, each with newly started servers; the printed figures are medians over the rounds.
"""

import contextlib
import dataclasses
import statistics

from benchlib import generator, neighbours, progress
from benchlib.server import ServerError
from benchlib.table import print_aligned

QUANTILES = ("p50", "p99", "p999")
WARMUP_SECONDS = 0.5
QUIET_CONNECTIONS = 10
SECONDS_MORE_MAX = 120  # for the fill, and for a slow server

SITUATIONS = {
    "alone": None,
    "pipelining": neighbours.pipelining,
    "multigets": neighbours.multigets,
    "never-reading": neighbours.never_reading,
    "set-storm": neighbours.storm,
}


@dataclasses.dataclass
class Cell:
    """One server in one situation: a report per round, or the reason why there are none."""

    reports: list = dataclasses.field(default_factory=list)
    deeds: str = ""  # the neighbour's operations in the last round
    reason: str = ""

    def median(self, field):
        return statistics.median(report[field] for report in self.reports)

    def quantile(self, name):
        return self.median(f"{name}_microseconds")

    def remark(self):
        """Describes unexpected replies and requests that were not sent; empty if none."""
        failed = [report for report in self.reports if report["failures"]]
        if self.reason:
            return f"not run: {self.reason}"
        if not failed:
            return ""
        return (f"{sum(report['failures'] for report in failed)} failures in {len(failed)} of "
                f"{len(self.reports)} rounds, first: {failed[0]['first_failure']}")


def _in_turn(start_server, templates, rounds):
    """(title, started server) of every round; each begins with another server."""
    for number in range(rounds):
        start = number % len(templates)
        for name, template in templates[start:] + templates[:start]:
            with start_server(name, template) as server:
                yield f"round {number + 1}/{rounds} {name}", server


@contextlib.contextmanager
def _telling(cell):
    """An error in the block becomes the reason of the cell."""
    try:
        yield
    except (generator.GeneratorError, ServerError, OSError) as error:
        cell.reports.clear()
        cell.reason = str(error)


def _run(server, options, *words):
    words = generator.load_words(server, options, *words, "--seconds", options.seconds,
                                 "--warmup-seconds", WARMUP_SECONDS)
    report = generator.report_of(words, 3 * (options.seconds + WARMUP_SECONDS) + SECONDS_MORE_MAX)
    if report["operations"] == 0:
        raise generator.GeneratorError(f"nothing was answered: {report['first_failure']}")
    return report


def _latency_cells(cell, against):
    """Quantiles, the longest wait, each quantile's ratio, and the generator's own lateness."""
    if not cell.reports:
        return ["-"] * (2 * len(QUANTILES) + 2)
    cells = [f"{cell.quantile(name):.0f}" for name in QUANTILES]
    cells.append(f"{max(report['max_microseconds'] for report in cell.reports):.0f}")
    for name in QUANTILES:
        known = against is not None and against.reports and against.quantile(name) > 0
        cells.append(f"{cell.quantile(name) / against.quantile(name):.2f}" if known else "-")
    return cells + [f"{cell.quantile('late_p99'):.0f}"]


LATENCY_HEAD = ["p50 us", "p99 us", "p99.9 us", "max us", "p50 x", "p99 x", "p99.9 x", "late p99"]


def _print(lines, remarks, left_count):
    progress.clear()
    print_aligned(lines, left_count)
    for remark in remarks:
        print(f"- {remark}")


def half(start_server, templates, options):
    """Latencies at one rate for all servers: a share of the yardstick's maximum."""
    shape = ("--fill", "--workload", options.workload, "--connections", options.connections,
             "--keys", options.keys)
    yardstick = options.yardstick or templates[0][0]

    def measure(cells, *words):
        for title, server in _in_turn(start_server, templates, options.rounds):
            cell = cells[server.name]
            if not cell.reason:
                progress.show(title)
                with _telling(cell):
                    cell.reports.append(_run(server, options, *shape, *words))
        return cells

    peaks = measure({name: Cell() for name, _ in templates})
    if not peaks[yardstick].reports:
        raise generator.GeneratorError(f"{yardstick}: {peaks[yardstick].reason}")
    rate = options.share * peaks[yardstick].median("ops_per_second")
    paced = measure({name: Cell(reason=peaks[name].reason) for name, _ in templates},
                    "--rate", f"{rate:.1f}")

    lines = [["server", "ops/s", "peak ops/s"] + LATENCY_HEAD]
    for name, _ in templates:
        cell = paced[name]
        speeds = [f"{cells[name].median('ops_per_second'):.0f}" if cells[name].reports else "-"
                  for cells in (paced, peaks)]
        lines.append([name] + speeds + _latency_cells(cell, paced[yardstick]))
    _print(lines, [f"{name}: {cell.remark()}" for name, cell in paced.items() if cell.remark()],
           left_count=1)
    print(f"- {rate:.0f} operations per second, {options.share:g} of {yardstick}'s peak; "
          f"x: against {yardstick}")
    return {name: dataclasses.asdict(cell) for name, cell in paced.items()}


def neighbour(start_server, templates, options):
    """Latencies of a few quiet clients, alone and beside each kind of neighbour."""
    shape = ("--connections", QUIET_CONNECTIONS, "--rate", options.quiet_rate, "--allow-misses",
             "--keys", neighbours.MULTIGET_KEYS)
    cells = {(name, situation): Cell() for name, _ in templates for situation in SITUATIONS}
    for title, server in _in_turn(start_server, templates, options.rounds):
        for situation, make in SITUATIONS.items():
            cell = cells[server.name, situation]
            if cell.reason:
                continue
            progress.show(f"{title} {situation}")
            with _telling(cell):
                if make is None:
                    cell.reports.append(_run(server, options, "--fill", *shape))
                    continue
                with make(server, options, options.seconds + WARMUP_SECONDS) as other:
                    report = _run(server, options, *shape)
                cell.reports.append(report)
                cell.deeds = other.deeds()

    lines = [["server", "beside"] + LATENCY_HEAD + ["neighbour did"]]
    for (name, situation), cell in cells.items():
        lines.append([name, situation] + _latency_cells(cell, cells[name, "alone"])
                     + [cell.deeds or "-"])
    _print(lines, [f"{name} {situation}: {cell.remark()}"
                   for (name, situation), cell in cells.items() if cell.remark()], left_count=2)
    print(f"- {QUIET_CONNECTIONS} connections, {options.quiet_rate} gets per second in all; "
          "x: against alone")
    return {f"{name} {situation}": dataclasses.asdict(cell)
            for (name, situation), cell in cells.items()}
