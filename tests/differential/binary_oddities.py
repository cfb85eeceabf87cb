"""The rarer binary commands: administration, malformed packets, closing connections.

If a server closes the connection, the whole packet has been sent: memcached checks nothing before
it has the header, the extras and the key.

Commands with intended differences are not generated:

- VERBOSITY (1b) and CONFIG (60 to 68), which Larder executes: they are unknown to memcached.
- An unknown opcode with extras or a key: memcached skips their size again in the following bytes.
- SASL packets of a wrong shape where there is no SASL: memcached checks the shape first, and
  closes the connection; their opcodes are unknown to Larder.
- A value after TOUCH, GAT or STAT: memcached parses it as the next packet.
- Characters after a name in STAT, as in `resetx`: memcached compares only the prefix.
"""

import struct

from binary_packets import REQUEST_MAGIC
from binary_replies import KEYS
from commands import Command
from text_values import NUMBER_KEYS, SMALL_KEYS, filler

FLUSH, NOOP, VERSION, STAT, GETKQ = 0x08, 0x0A, 0x0B, 0x10, 0x0D
FLUSHQ, QUIT, QUITQ, SET, APPEND = 0x18, 0x07, 0x17, 0x01, 0x0E
SASL_LIST, SASL_AUTH, SASL_STEP = 0x20, 0x21, 0x22

# The requirements of each known opcode: sizes of the extras; a key; whether a value may follow.
STORING = (0x01, 0x02, 0x03, 0x11, 0x12, 0x13)
JOINING = (0x0E, 0x0F, 0x19, 0x1A)
KEY_ONLY = (0x00, 0x09, 0x0C, 0x0D, 0x04, 0x14)
ARITHMETIC = (0x05, 0x06, 0x15, 0x16)
TOUCHING = (0x1C, 0x1D, 0x1E, 0x23, 0x24)
BARE = (QUIT, QUITQ, NOOP, VERSION)
FLUSHING = (FLUSH, FLUSHQ)
SASL = (SASL_AUTH, SASL_STEP)
NEEDS_SASL = (SASL_LIST, *SASL)
EXTRAS_SIZES = {opcode: (8,) for opcode in STORING}
EXTRAS_SIZES |= {opcode: (20,) for opcode in ARITHMETIC}
EXTRAS_SIZES |= {opcode: (4,) for opcode in TOUCHING}
EXTRAS_SIZES |= {opcode: (0, 4) for opcode in FLUSHING}
EXTRAS_SIZES |= {opcode: (0,) for opcode in (*JOINING, *KEY_ONLY, *BARE, *NEEDS_SASL, STAT)}
KEYED = (*STORING, *JOINING, *KEY_ONLY, *ARITHMETIC, *TOUCHING)
# The range operations have names, but no server executes them.
UNKNOWN = (0x1F, 0x25, 0x2F, *range(0x30, 0x3D), 0x40, 0x7F, 0x80, 0x81, 0xC0, 0xFE, 0xFF)

# None is truncated: memcached reads past its end.
STATS = [b"reset", b"reset", b"detail on", b"detail on", b"detail off", b"detail dump"]
STATS += [b"detail dump", b"detail abc", b"abc", b"itemsx", b"RESET", b"x" * 250, b"", b"settings"]
STATS += [b"items", b"slabs", b"sizes", b" reset", b"stats"]

# What some opcode has, the sizes beside those, and the largest.
SIZES_OF_EXTRAS = (0, 1, 3, 4, 5, 7, 8, 9, 12, 19, 20, 21, 24, 28, 255)
BODY_SIZE_MAX = 1 << 30


class BinaryOddities:
    """Generators that complement `BinaryDialect`, which owns the random state and the keys."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.rng = dialect.rng

    def choices(self):
        """(generator, weight) pairs on the scale of the dialect's own."""
        return [
            (self.bare, 15),
            (self.stat, 8),
            (self.flush, 0.6),
            (self.delayed_flush, 0.1),
            (self.sasl_without_sasl, 4),
            (self.unknown, 6),
            (self.bad_extras, 1.5),
            (self.bad_key, 1),
            (self.value_not_wanted, 1),
            (self.overlong_key, 1),
            (self.lying_sizes, 1),
            (self.huge_body, 0 if "huge_bodies" in self.dialect.withheld else 1),
            (self.bad_magic, 0.5),
            (self.quit_among_others, 1),
            (self.never_complete, 0.05),
        ]

    def closing(self, parts):
        """A packet after which the server closes; bytes after it are ignored."""
        behind = self.dialect.packet(NOOP) if self.rng.random() < 0.3 else ()
        return Command((*parts, *behind), "binary", closes=True)

    def some(self, size):
        """Arbitrary bytes that could be a key."""
        return bytes(self.rng.choices(b"abcdefgh", k=size))

    def complete(self, opcode):
        """(extras, key, value) that a known opcode accepts, with harmless numbers and times."""
        extras = bytes(self.rng.choice(EXTRAS_SIZES[opcode]))
        key = self.rng.choice(SMALL_KEYS) if opcode in (*KEYED, *SASL) else b""
        value = self.some(9) if opcode in (*STORING, *JOINING, *SASL) else b""
        return extras, key, value

    # Commands that are answered.

    def bare(self):
        """NOOP, and VERSION."""
        return Command(self.dialect.packet(self.rng.choice((NOOP, NOOP, VERSION))), "binary")

    def stat(self):
        return Command(self.dialect.packet(STAT, self.rng.choice(STATS)), "binary")

    def flush(self):
        extras = self.rng.choice((b"", bytes(4)))
        return Command(self.dialect.packet(self.rng.choice(FLUSHING), b"", extras), "binary")

    def delayed_flush(self):
        """A delayed flush that is cancelled at once, as in the text dialect."""
        extras = struct.pack(">I", self.rng.choice((100, 2592000)))
        gets = [part for key in KEYS for part in self.dialect.packet(GETKQ, key)]
        flushes = self.dialect.packet(FLUSH, b"", extras) + self.dialect.packet(FLUSH)
        return Command((*gets, *flushes), "binary", reads=tuple(KEYS))

    def sasl_without_sasl(self):
        if self.rng.random() < 0.4:
            return Command(self.dialect.packet(SASL_LIST), "binary")
        opcode = self.rng.choice(SASL)
        value = self.rng.choice((b"\0user\0password", b"", b"x" * 500))
        mechanism = self.rng.choice((b"PLAIN", b"CRAM-MD5", b"x" * 40))
        parts = self.dialect.packet(opcode, mechanism, b"", (value,), len(value))
        return Command(parts, "binary")

    def unknown(self):
        """No extras and no key: memcached would skip their size again after the packet."""
        size = self.rng.choice((0, 0, 1, 30, 5000))
        opcode = self.rng.choice(UNKNOWN)
        parts = self.dialect.packet(opcode, b"", b"", filler(self.rng, size), size)
        return Command(parts, "binary")

    # Packets that end a connection.

    def bad_extras(self):
        opcode = self.rng.choice([known for known in EXTRAS_SIZES if known not in NEEDS_SASL])
        _, key, value = self.complete(opcode)
        good = EXTRAS_SIZES[opcode]
        bad = [size for size in SIZES_OF_EXTRAS if size not in good]
        extras = bytes(self.rng.choice(bad))
        return self.closing(self.dialect.packet(opcode, key, extras, (value,), len(value)))

    def bad_key(self):
        """No key where there must be one, or one where there must be none."""
        opcode = self.rng.choice((*KEYED, *BARE, *FLUSHING))
        extras, _, value = self.complete(opcode)
        key = b"" if opcode in KEYED else b"k1"
        return self.closing(self.dialect.packet(opcode, key, extras, (value,), len(value)))

    def value_not_wanted(self):
        """A value after a command that has none."""
        opcode = self.rng.choice((*KEY_ONLY, *ARITHMETIC, *BARE, *FLUSHING))
        extras, key, _ = self.complete(opcode)
        value = self.some(self.rng.choice((1, 8, 24, 100)))
        return self.closing(self.dialect.packet(opcode, key, extras, (value,), len(value)))

    def overlong_key(self):
        opcode = self.rng.choice((*EXTRAS_SIZES, *UNKNOWN))
        extras, _, value = self.complete(opcode) if opcode in EXTRAS_SIZES else (b"", b"", b"")
        key = self.some(self.rng.choice((251, 252, 256, 1000, 10_000)))
        return self.closing(self.dialect.packet(opcode, key, extras, (value,), len(value)))

    def lying_sizes(self):
        """A body that is smaller than its parts."""
        opcode = self.rng.choice((*EXTRAS_SIZES, *UNKNOWN))
        extras_size = self.rng.choice((0, 4, 8, 20))
        key_size = self.rng.choice((1, 2, 10, 250, 251, 5000))
        body_size = self.rng.choice((0, key_size - 1, key_size + extras_size - 1))
        body = bytes(extras_size) + self.some(key_size)
        return self.closing(
            self.dialect.odd_packet(opcode, key_size, extras_size, body_size, (body,))
        )

    def huge_body(self):
        opcode = self.rng.choice((*EXTRAS_SIZES, *UNKNOWN))
        extras, key, value = self.complete(opcode) if opcode in EXTRAS_SIZES else (b"", b"", b"")
        size = self.rng.choice((BODY_SIZE_MAX + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFE8, 0xFFFFFFFF))
        body = extras + key + value
        return self.closing(
            self.dialect.odd_packet(opcode, len(key), len(extras), size, (body,), key)
        )

    def bad_magic(self):
        """On a connection that began with a valid one: the server closes without a reply."""
        magic = self.rng.choice([n for n in (0, 1, 0x67, 0x7F, 0x81, 0xFF) if n != REQUEST_MAGIC])
        key = self.rng.choice(SMALL_KEYS)
        parts = self.dialect.odd_packet(0, len(key), 0, len(key), (key,), key, magic=magic)
        return Command((*self.dialect.packet(NOOP), *parts), "binary", closes=True)

    def quit_among_others(self):
        """Requests before a quit are answered, those after it are not."""
        key = self.rng.choice(SMALL_KEYS)
        before = self.dialect.packet(0, key) + self.dialect.packet(GETKQ, key)
        after = self.rng.choice(((), self.dialect.packet(NOOP), self.dialect.packet(4, key)))
        quit_now = self.dialect.packet(self.rng.choice((QUIT, QUITQ)))
        return Command((*before, *quit_now, *after), "binary", reads=(key,), closes=True)

    def never_complete(self):
        """A command that waits for bytes that are not sent: no reply, no close."""
        whole = b"".join(
            self.dialect.packet(SET, b"half", bytes(8), (self.some(100),), 100)
        )
        number = b"".join(self.dialect.packet(5, NUMBER_KEYS[0], bytes(20)))
        sizes = (1, 23, 24, 30, len(whole) - 1)
        cuts = [whole[:size] for size in sizes] + [number[:-1]]
        return Command((self.rng.choice(cuts),), "binary", silence_seconds=0.1)
