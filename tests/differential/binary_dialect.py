"""Generates random commands of the binary protocol, and runs of classic text commands between
them on another connection, so that both meet the same items.

Like the text dialect, every command leaves a correct server in step with the stream at its end,
unless the server must close.  The opaque of a command identifies its key (binary_replies.py).
"""

import struct

from binary_oddities import BinaryOddities
from binary_packets import HEADER, REQUEST_MAGIC
from binary_replies import BINARY_KEYS, opaque_for
from commands import Command, PackedCasOf
from text_dialect import TextDialect
from text_values import (
    GOOD_DELTAS,
    GOOD_EXPTIMES,
    GOOD_FLAGS,
    LARGE_KEYS,
    MISSING_KEYS,
    NUMBER_KEYS,
    NUMBER_VALUES,
    SMALL_KEYS,
    filler,
    large_size,
)

GET, SET, ADD, REPLACE, DELETE, INCR, DECR, QUIT, FLUSH, GETQ, NOOP, VERSION = range(0x0C)
GETK, GETKQ, APPEND, PREPEND, STAT = range(0x0C, 0x11)
TOUCH, GAT, GATQ, GATK, GATKQ = 0x1C, 0x1D, 0x1E, 0x23, 0x24
# The quiet opcodes, except those of retrievals.
QUIET = {SET: 0x11, ADD: 0x12, REPLACE: 0x13, DELETE: 0x14, INCR: 0x15, DECR: 0x16}
QUIET |= {QUIT: 0x17, FLUSH: 0x18, APPEND: 0x19, PREPEND: 0x1A}

# In addition to the exptimes of the text protocol, which has negative ones: a time in 2106.
EXPTIMES = [int(time) for time in GOOD_EXPTIMES] + [0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
PAST_EXPTIMES = [2592001, 2678400, 1000000000]
DO_NOT_CREATE = 0xFFFFFFFF
FLAGS = [int(flags) for flags in GOOD_FLAGS]
# Above every id that a server generates.
WRONG_IDS = [1 << 60, (1 << 64) - 1]
NO_CAS = bytes(8)

TEXT_SHARE = 0.3
RUN_LENGTH_MAX = 40


class BinaryDialect:
    """An endless source of commands; the same `rng` state gives the same commands."""

    WIRES = ("text", "binary", "binary")
    THREADS = 4

    def __init__(self, rng, withheld=()):
        self.rng = rng
        self.withheld = frozenset(withheld)
        self.text = TextDialect(rng, withheld)
        self.deltas = self._numbers(GOOD_DELTAS)
        self.initials = self._numbers(NUMBER_VALUES)
        choices = [
            (self.write, 300),
            (self.get, 250),
            (self.get_and_touch, 120),
            (self.arithmetic, 150),
            (self.remove, 60),
            (self.join, 60),
            (self.multiget, 40),
            (self.large_write, 1.5),
            (self.large_get, 1.5),
            *BinaryOddities(self).choices(),
        ]
        self._generators = [generator for generator, _ in choices]
        self._weights = [weight for _, weight in choices]
        self._speaks_text = False
        self._run_left = 0

    def next(self):
        if self._run_left == 0:
            self._speaks_text = self.chance(TEXT_SHARE)
            self._run_left = self.rng.randrange(1, RUN_LENGTH_MAX)
        self._run_left -= 1
        if self._speaks_text:
            return self.text.next()
        return self.rng.choices(self._generators, self._weights)[0]()

    def _numbers(self, words):
        return [int(word) for word in self.text.unless_huge(words)]

    # Pieces of a packet.

    def chance(self, probability):
        return self.rng.random() < probability

    def key(self):
        if self.chance(0.1):
            return self.rng.choice(BINARY_KEYS)
        return self.text.key()

    def stored_key(self):
        if self.chance(0.1):
            return self.rng.choice(BINARY_KEYS)
        return self.text.stored_key()

    def quiet(self, opcode, chance=0.35):
        return QUIET[opcode] if self.chance(chance) else opcode

    def exptime(self):
        return self.rng.choice(PAST_EXPTIMES if self.chance(0.06) else EXPTIMES)

    def cas(self, key, chance):
        """Usually none, otherwise the current or an old id of the key, or an unused one."""
        if not self.chance(chance):
            return NO_CAS
        kind = self.rng.random()
        if kind < 0.6:
            return PackedCasOf(key)
        if kind < 0.85:
            return PackedCasOf(key, age=self.rng.randrange(1, 4))
        return self.rng.choice(WRONG_IDS).to_bytes(8, "big")

    def packet(self, opcode, key=b"", extras=b"", value=(), value_size=0, cas=NO_CAS):
        """The parts of a well-formed packet; `value` is parts, of `value_size` bytes in all."""
        body_size = len(extras) + len(key) + value_size
        sizes = len(key), len(extras), body_size
        return self.odd_packet(opcode, *sizes, (extras + key, *value), key, cas)

    def odd_packet(
        self, opcode, key_size, extras_size, body_size, body, key=b"", cas=NO_CAS, magic=None
    ):
        """The parts of a packet with the given sizes in its header."""
        # Two fields that servers do not use.
        data_type, vbucket = 0, 0
        if self.chance(0.03):
            data_type, vbucket = self.rng.randrange(256), self.rng.randrange(1 << 16)
        head = HEADER.pack(
            REQUEST_MAGIC if magic is None else magic,
            opcode,
            key_size,
            extras_size,
            data_type,
            vbucket,
            body_size,
            opaque_for(self.rng, key),
            0,
        )
        if isinstance(cas, bytes):
            return (head[:-8] + cas + body[0], *body[1:])
        return (head[:-8], cas, *body)

    # Commands a well-behaved client sends.

    def write(self):
        opcode = self.quiet(self.rng.choice((SET, SET, SET, SET, ADD, REPLACE)))
        key = self.stored_key()
        value, size = self.text.value(key)
        extras = struct.pack(">II", self.rng.choice(FLAGS), self.exptime())
        cas = self.cas(key, 0.2)
        return Command(self.packet(opcode, key, extras, value, size, cas), "binary")

    def join(self):
        key = self.stored_key()
        value, size = self.text.value(key)
        # Numbers must not grow huge this way where huge ones are withheld.
        if key not in NUMBER_KEYS or "huge_numbers" in self.withheld:
            size = self.rng.randrange(0, 60)
            value = filler(self.rng, size)
        opcode = self.quiet(self.rng.choice((APPEND, PREPEND)))
        return Command(
            self.packet(opcode, key, b"", value, size, self.cas(key, 0.15)), "binary"
        )

    def get(self):
        key = self.key()
        opcode = self.rng.choice((GET, GET, GETQ, GETK, GETKQ))
        return Command(self.packet(opcode, key), "binary", reads=(key,))

    def multiget(self):
        """Quiet gets with keys, and a command that flushes the replies."""
        keys = [self.key() for _ in range(self.rng.randrange(1, 30))]
        parts = [part for key in keys for part in self.packet(GETKQ, key)]
        last = self.packet(NOOP) if self.chance(0.7) else self.packet(GETK, keys[0])
        return Command((*parts, *last), "binary", reads=tuple(keys))

    def get_and_touch(self):
        key = self.key()
        opcode = self.rng.choice((TOUCH, GAT, GATQ, GATK, GATKQ))
        extras = struct.pack(">I", self.exptime())
        return Command(self.packet(opcode, key, extras), "binary", reads=(key,))

    def remove(self):
        key = self.key()
        return Command(
            self.packet(self.quiet(DELETE), key, cas=self.cas(key, 0.2)), "binary"
        )

    def arithmetic(self):
        opcode = self.quiet(self.rng.choice((INCR, DECR)))
        # No key whose value may be white space alone, see ODD_NUMBER_VALUES.
        key = self.rng.choice(NUMBER_KEYS)
        exptime = DO_NOT_CREATE if self.chance(0.5) else self.exptime()
        if self.chance(0.05):
            key, exptime = self.rng.choice(MISSING_KEYS), DO_NOT_CREATE
        delta, initial = self.rng.choice(self.deltas), self.rng.choice(self.initials)
        extras = struct.pack(">QQI", delta, initial, exptime)
        cas = self.cas(key, 0.1)
        return Command(self.packet(opcode, key, extras, cas=cas), "binary", edits=key)

    def large_write(self):
        opcode = self.quiet(self.rng.choice((SET, SET, ADD, REPLACE, APPEND, PREPEND)))
        key = self.rng.choice(LARGE_KEYS)
        if opcode in (APPEND, PREPEND, QUIET[APPEND], QUIET[PREPEND]):
            size, extras = self.rng.choice((0, 1, 100, 20_000, 300_000, 1_100_000)), b""
        else:
            size = large_size(self.rng, key)
            extras = struct.pack(">II", self.rng.choice(FLAGS), 0)
        value = filler(self.rng, size)
        return Command(self.packet(opcode, key, extras, value, size), "binary")

    def large_get(self):
        key = self.rng.choice(LARGE_KEYS)
        if self.chance(0.2):
            return Command(self.packet(self.quiet(DELETE), key), "binary")
        opcode, extras = self.rng.choice(((GET, b""), (GETKQ, b""), (GATK, bytes(4))))
        small = self.packet(GETK, self.rng.choice(SMALL_KEYS))
        parts = self.packet(opcode, key, extras) + small
        return Command(parts, "binary", reads=(key, *SMALL_KEYS))
