"""Interleaved rounds: every server is measured once per round, and all of them keep running."""

import dataclasses

from benchlib import generator, progress
from benchlib.server import ServerError

RUN_SECONDS_MORE = 120
FILLED_PER_SECOND_MIN = 20_000


@dataclasses.dataclass
class Sample:
    """The measurement of one server in one round."""

    cpu_ns_per_op: float
    generator_ns_per_op: float
    server_busy: float  # share of one CPU
    ops_per_second: float
    p50: float  # microseconds, like the others
    p99: float
    p999: float


@dataclasses.dataclass
class Result:
    """The result of one server in one row: samples, or the reason why there are none."""

    row: str
    server: str
    samples: list
    reason: str = ""


def measure(row, server, options, fill):
    """One timed part.  Raises generator.GeneratorError when the server cannot do this row."""
    readings = []

    def read():
        readings.append(server.cpu_nanoseconds())

    seconds_max = (2 * (options.seconds + options.warmup) + RUN_SECONDS_MORE
                   + options.keys / FILLED_PER_SECOND_MIN)
    report = generator.run_row(row, server, options, fill, read, read, seconds_max)
    cpu = readings[1] - readings[0]
    operations = report["operations"]
    return Sample(
        cpu_ns_per_op=cpu / operations,
        generator_ns_per_op=report["generator_cpu_nanoseconds"] / operations,
        server_busy=cpu / 1e9 / report["seconds"],
        ops_per_second=report["ops_per_second"],
        p50=report["p50_microseconds"],
        p99=report["p99_microseconds"],
        p999=report["p999_microseconds"],
    )


def _reason_against(row, options):
    """Why a row cannot be measured on any server; empty when it can."""
    needed = row.memory_megabytes(options.keys)
    if needed <= options.memory:
        return ""
    return (f"{options.keys} items of {row.key_size + row.value_size} bytes may need --memory "
            f"{needed:.0f}, and then are all there to be found")


def run_row(row, servers, options):
    """All rounds of one row; returns a Result per server, in the servers' order."""
    results = {server.name: Result(row.name, server.name, [], _reason_against(row, options))
               for server in servers}
    for number in range(options.rounds):
        # Each round starts with a different server, so that none always follows the same one.
        start = number % len(servers)
        for server in servers[start:] + servers[:start]:
            result = results[server.name]
            if result.reason:
                continue
            progress.show(f"{row.name} round {number + 1}/{options.rounds} {server.name}")
            try:
                if number == 0:
                    server.start_again_if_ended()
                result.samples.append(measure(row, server, options, fill=number == 0))
            except generator.GeneratorError as error:
                result.samples.clear()
                result.reason = str(error)
                if server.ends_within(1):
                    result.reason = f"the server ended: {server.last_words()}; {error}"
            except ServerError as error:  # it ended in an earlier row and does not start again
                result.reason = str(error)
    progress.clear()
    return list(results.values())
