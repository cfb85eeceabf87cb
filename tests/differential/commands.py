"""Commands as data: what a dialect generates and the exchange sends.

A command is a tuple of parts.  Most parts are bytes; two kinds are written out only when the
command is sent, a `Filler` because keeping megabytes of random values would not fit, a `CasOf`
because each server hands out CAS ids of its own.

Each command belongs to a wire: "text" or "binary".  A connection uses only one of them.
"""

import random
from dataclasses import dataclass, field, replace

FILLER_SIZE_MAX = 1 << 20
_FILLER_BYTES = random.Random(20).randbytes(2 * FILLER_SIZE_MAX)

# Used if no id of the key is known: higher than any id that a server generates.
UNKNOWN_CAS = b"9223372036854775809"


@dataclass(frozen=True)
class Filler:
    """`size` arbitrary bytes; equal fields mean equal bytes."""

    offset: int
    size: int

    def render(self, _cas_ids):
        return _FILLER_BYTES[self.offset : self.offset + self.size]

    def __repr__(self):
        return f"<{self.size} bytes of filler from {self.offset}>"


@dataclass(frozen=True)
class CasOf:
    """The CAS id a server showed for `key`, `age` sightings before its newest."""

    key: bytes
    age: int = 0

    def render(self, cas_ids):
        ids = cas_ids.newest_last(self.key)
        return ids[-1 - self.age] if self.age < len(ids) else UNKNOWN_CAS

    def __repr__(self):
        return f"<CAS id of {self.key!r}, {self.age} sightings old>"


@dataclass(frozen=True)
class PackedCasOf(CasOf):
    """The same as the eight bytes of a binary header."""

    def render(self, cas_ids):
        return int(super().render(cas_ids)).to_bytes(8, "big")


@dataclass(frozen=True)
class Command:
    """One command, or a few that only make sense together, as sent on the wire.

    `reads` and `edits` name keys: a server may edit a number in place only while no reply that
    shows it is waiting to be sent, so a batch never edits what it has read (see `batches`).
    """

    parts: tuple
    wire: str = "text"
    reads: tuple = ()
    edits: bytes = None
    # The reply depends on earlier replies having left: the command must open its batch.
    opens_batch: bool = False
    # The server is expected to close: no marker follows, and the bytes go out in one write.
    closes: bool = False
    # No reply is expected; how long to wait before both servers count as silent.
    silence_seconds: float = None
    # Seeds the places where its bytes are split into writes, so that it is split the same in any
    # company it is sent.
    cut_seed: int = 0

    def render(self, cas_ids):
        return b"".join(
            part if isinstance(part, bytes) else part.render(cas_ids) for part in self.parts
        )

    def describe(self):
        """The command for a human, large values shortened."""
        return " + ".join(
            _shorten(part) if isinstance(part, bytes) else repr(part) for part in self.parts
        )


def cuts_of(command, size, share):
    """Where, if at all, the `size` rendered bytes of `command` are cut into writes."""
    rng = random.Random(command.cut_seed)
    if rng.random() >= share:
        return []
    start = rng.randrange(size + 1)
    if rng.random() < 0.7:
        return [start]
    # A stretch in small steps.
    step_max = rng.choice((1, 3, 40))
    cuts = []
    while start <= size and len(cuts) < 40:
        cuts.append(start)
        start += rng.randrange(1, step_max + 1)
    return cuts


def _shorten(data, size_max=160):
    if len(data) <= size_max:
        return repr(data)
    return f"{data[:size_max // 2]!r}...{data[-size_max // 2:]!r} ({len(data)} bytes)"


@dataclass
class Batch:
    """Commands sent without waiting in between, on connection number `link`."""

    commands: list
    link: int
    # Which part of the commands is cut, from none to every one; see `cuts_of`.
    cut_share: float
    # How long to wait between two writes, so that a server receives them separately.
    pause_seconds: float
    reads: set = field(default_factory=set)

    @property
    def wire(self):
        return self.commands[0].wire

    def takes(self, command):
        """Whether `command` may follow the commands that are already here."""
        if not self.commands:
            return True
        if command.wire != self.wire:
            return False
        if self.commands[-1].closes or self.commands[-1].silence_seconds:
            return False
        if command.opens_batch or command.closes or command.silence_seconds:
            return False
        return command.edits not in self.reads

    def add(self, command):
        self.commands.append(command)
        self.reads.update(command.reads)


def batches(next_command, rng, command_count, wires, batch_size_max):
    """Yields batches with `command_count` commands in all from the dialect's generator.

    `wires` is the wire of each connection, by its number.
    """

    def new_batch(wire):
        cut_share = rng.choice((0, 0, 0.05, 0.05, 0.3, 1))
        pause_seconds = 0.0003 if rng.random() < 0.02 else 0
        links = [link for link, spoken in enumerate(wires) if spoken == wire]
        return Batch([], rng.choice(links), cut_share, pause_seconds)

    batch, limit = None, batch_size_max
    for _ in range(command_count):
        command = replace(next_command(), cut_seed=rng.getrandbits(32))
        if batch and (not batch.takes(command) or len(batch.commands) >= limit):
            yield batch
            # Mostly deep pipelines for speed, now and then a lone command.
            limit = rng.choice((1, batch_size_max, batch_size_max, batch_size_max))
            batch = None
        batch = batch or new_batch(command.wire)
        batch.add(command)
    if batch:
        yield batch
