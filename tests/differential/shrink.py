"""Finds a short list of commands that still makes two fresh servers answer differently."""

import time
from dataclasses import replace

from compare import Comparer
from harness import TestFailure

SECONDS_MAX = 60.0


class Shrinker:
    """Replays batches against fresh pairs made by `new_pair()`."""

    def __init__(self, new_pair, rules):
        self.new_pair = new_pair
        self.rules = rules
        self._deadline = 0.0
        # The last replay that diverged: it need not diverge every time.
        self._found = None

    def shrink(self, history):
        """(batches, divergence) of the shortest replay that time allowed to find.

        None when not even the whole history diverges again.
        """
        self._deadline = time.monotonic() + SECONDS_MAX
        batches = self._shortest_suffix(history)
        if batches is None:
            return None
        batches = self._remove_parts(batches, self._is_divergent)
        self._remove_commands(batches)
        return self._found

    def replay(self, batches):
        """The first divergence that `batches` cause on a fresh pair, or None."""
        comparer = Comparer()
        pair = self.new_pair()
        try:
            for batch in batches:
                divergence = comparer.compare(pair, *pair.run(batch, self.rules))
                if divergence is not None:
                    return divergence
            return None
        except (OSError, TestFailure) as error:
            # A server that dies between batches shows up as a refused connection.
            return comparer.failure(str(error))
        finally:
            pair.end(cleanly=False)

    def _is_divergent(self, batches):
        divergence = self.replay(batches)
        if divergence is not None:
            self._found = batches, divergence
        return divergence is not None

    def _time_is_up(self):
        return time.monotonic() > self._deadline

    def _shortest_suffix(self, history):
        size = 1
        while True:
            suffix = history[-size:]
            if self._is_divergent(suffix):
                return suffix
            if size >= len(history):
                return None
            size = min(size * 4, len(history))

    def _remove_parts(self, parts, is_divergent):
        """Delta debugging: drops ever smaller runs of `parts` while the divergence stays."""
        size = max(1, len(parts) // 2)
        while not self._time_is_up():
            start, shrunk = 0, False
            while start < len(parts) and not self._time_is_up():
                rest = parts[:start] + parts[start + size :]
                if rest and is_divergent(rest):
                    parts, shrunk = rest, True
                else:
                    start += size
            if size == 1 and not shrunk:
                break
            size = max(1, size // 2)
        return parts

    def _remove_commands(self, batches):
        placed = [(batch, command) for batch in batches for command in batch.commands]
        self._remove_parts(placed, lambda rest: self._is_divergent(regroup(rest)))


def regroup(placed):
    """Batches again from (batch, command) pairs; commands of one batch stay together."""
    batches, origin = [], None
    for batch, command in placed:
        if batch is not origin:
            batches.append(replace(batch, commands=[]))
            origin = batch
        batches[-1].commands.append(command)
    return batches
