"""Results as text and as JSON."""

import dataclasses
import statistics

HEAD = ("row", "server", "ns/op", "min-max", "ratio", "of floor", "ops/s", "p50", "p99", "p99.9",
        "busy", "load ns/op")

FLOOR_NAME = "floor"


def median(result, field):
    """The median of one field of a result's samples; None without samples."""
    values = [getattr(sample, field) for sample in result.samples]
    return statistics.median(values) if values else None


def ratio(result, yardstick):
    """CPU per operation against the yardstick's in the same row; None if either has none."""
    own = median(result, "cpu_ns_per_op")
    other = median(yardstick, "cpu_ns_per_op") if yardstick else None
    return own / other if own is not None and other else None


def _cells(result, yardstick, floor):
    if not result.samples:
        return [result.row, result.server] + ["-"] * (len(HEAD) - 2)
    costs = [sample.cpu_ns_per_op for sample in result.samples]
    against = ratio(result, yardstick)
    above = ratio(result, floor)
    return [
        result.row,
        result.server,
        f"{median(result, 'cpu_ns_per_op'):.0f}",
        f"{min(costs):.0f}-{max(costs):.0f}",
        "-" if against is None else f"{against:.3f}",
        "-" if above is None else f"{above:.2f}",
        f"{median(result, 'ops_per_second'):.0f}",
        f"{median(result, 'p50'):.0f}",
        f"{median(result, 'p99'):.0f}",
        f"{median(result, 'p999'):.0f}",
        f"{100 * median(result, 'server_busy'):.0f}%",
        f"{median(result, 'generator_ns_per_op'):.0f}",
    ]


def print_aligned(lines, left_count=2):
    """Prints rows of cells in columns: the first ones to the left, numbers to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [cell.ljust(width) if i < left_count else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())


def result_of(results, row, server_name):
    """One server's result in a row, or None."""
    for result in results:
        if result.row == row and result.server == server_name:
            return result
    return None


def print_results(results, yardstick_name):
    """One line per row and server, then why a cell is empty."""
    print_aligned([list(HEAD)] + [
        _cells(result, result_of(results, result.row, yardstick_name),
               result_of(results, result.row, FLOOR_NAME)) for result in results])
    for result in results:
        if result.reason:
            print(f"- {result.row} {result.server}: not run: {result.reason}")


def as_json(results, yardstick_name):
    """Everything measured, every round of it, for json.dump()."""
    rows = []
    for result in results:
        rows.append({
            "row": result.row,
            "server": result.server,
            "reason": result.reason,
            "cpu_ns_per_op_median": median(result, "cpu_ns_per_op"),
            "ratio": ratio(result, result_of(results, result.row, yardstick_name)),
            "of_floor": ratio(result, result_of(results, result.row, FLOOR_NAME)),
            "rounds": [dataclasses.asdict(sample) for sample in result.samples],
        })
    return rows
