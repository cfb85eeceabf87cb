"""One run of larder-load against one server, with hooks before and after the measured part."""

import dataclasses
import json
import selectors
import subprocess
import time

from benchlib.rows import KEY_SIZE


LOAD_FAILURES = 3  # larder-load's exit status when a reply was not as expected


class GeneratorError(Exception):
    """A run without a valid result for this server; the text is the reason."""


def load_words(server, options, *words):
    """A command line of larder-load, on its CPUs."""
    return ["taskset", "-c", options.load_cpus, options.load, "--server", server.address,
            "--seed", str(options.seed), *map(str, words)]


def arguments(row, server, options, fill, operations=None):
    """The command line of larder-load for one row."""
    words = load_words(server, options) + [
        "--workload", row.workload, "--depth", str(row.depth),
        "--connections", str(options.connections), "--threads", str(options.load_threads),
        "--keys", str(options.keys), "--key-size", str(row.key_size),
        "--value-size", str(row.value_size), "--distribution", options.distribution,
        "--hold",
    ]
    if operations is None:
        words += ["--seconds", str(options.seconds), "--warmup-seconds", str(options.warmup)]
    else:
        words += ["--operations", str(operations), "--warmup-seconds", "0"]
    if server.is_floor:
        return words + ["--unchecked"]
    if row.misses:
        words.append("--allow-misses")
    return words + (["--fill"] if fill else [])


class _Lines:
    """Reads lines from a process, each before a deadline."""

    def __init__(self, process, seconds_max):
        self._pipe = process.stdout
        self._give_up = time.monotonic() + seconds_max
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)

    def next(self):
        # larder-load prints whole lines and then waits, so a readable pipe has a line or the end.
        if not self._selector.select(max(0, self._give_up - time.monotonic())):
            raise GeneratorError("the load did not end in time")
        return self._pipe.readline()


def _reason(report, stderr):
    if report is None:
        lines = stderr.strip().splitlines()
        return lines[0] if lines else "the load ended without a report"
    why = report["first_failure"] or "no operation was answered"
    return f"{report['failures']} failures in {report['phase']}, first: {why}"


def report_of(words, seconds_max):
    """Runs larder-load to its end and returns its report, including failures."""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds_max, check=False)
    except subprocess.TimeoutExpired:
        raise GeneratorError("the load did not end in time") from None
    if done.returncode not in (0, LOAD_FAILURES):
        raise GeneratorError(_reason(None, done.stderr))
    return json.loads(done.stdout)


def run(words, before, after, seconds_max):
    """Runs larder-load; calls before() and after() while no request is outstanding.

    Returns its report.  Raises GeneratorError unless every reply was as expected.
    """
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = _Lines(process, seconds_max)
            report = None
            while True:
                line = lines.next()
                if line in ("ready\n", "done\n"):
                    (before if line == "ready\n" else after)()
                    process.stdin.write("\n")
                    process.stdin.flush()
                    continue
                if line:
                    report = json.loads(line)
                break
            process.stdin.close()
            stderr = process.stderr.read()
            status = process.wait(10)
        finally:
            if process.poll() is None:
                process.kill()
    if status != 0 or report is None:
        raise GeneratorError(_reason(report, stderr))
    return report


def run_row(row, server, options, fill, before, after, seconds_max, operations=None):
    """Stores the keys of a row if required, and runs the row as run() does."""
    if fill and row.misses:
        stored = dataclasses.replace(row, key_size=KEY_SIZE, misses=False)
        run(arguments(stored, server, options, fill=True, operations=1), _nothing, _nothing,
            seconds_max)
        fill = False
    report = run(arguments(row, server, options, fill, operations), before, after, seconds_max)
    if row.misses and report["misses"] != report["operations"]:
        raise GeneratorError(f"{report['operations'] - report['misses']} hits where all are misses")
    return report


def _nothing():
    pass
