"""Generates random meta commands among classic text commands, so that both meet the same items.

Like the text dialect, every command leaves a correct server in step with the stream at its end.

Commands with intended differences are not generated, so that both servers keep the same items;
tests/transcripts contains them, each with its reason (meta_*.txt with a `%` line):

- `t` beside an exptime in the past: memcached shows a number below zero as if it had no sign.
- A time or an id for a number that outgrows its item: memcached gives them to the item it drops.
  Only WIDE_KEYS, whose numbers never outgrow theirs, get them.
- Opaque tokens that are too long: memcached has executed most commands before it says so.
- Keys in base64 that are not text: memcached forgets that they are binary when it replaces an
  item, and shows their bytes.  WILD_KEYS get only commands that do not replace an item.
"""

import base64

from commands import CasOf, Command
from text_dialect import TextDialect
from text_values import (
    BAD_CAS_IDS,
    BAD_DELTAS,
    BAD_EXPTIMES,
    BAD_SIZES,
    GOOD_DELTAS,
    GOOD_EXPTIMES,
    GOOD_FLAGS,
    LARGE_KEYS,
    MISSING_KEYS,
    NUMBER_KEYS,
    OVERLONG_KEYS,
    PAST_EXPTIMES,
    SMALL_KEYS,
    filler,
    harmless_line,
    large_size,
)

# Named in base64 or as they are.
TEXT_KEYS_IN_BASE64 = [b"bin%d" % n for n in range(6)]
WILD_KEYS = [b"\0\n", b"a b", b"\r\n", b"VA 2\r\n", b"\xff" * 9, bytes(range(187))]
WIDE_KEYS = [b"w%d" % n for n in range(5)]
WIDE_NUMBERS = [b"00000000000000000007", b"18446744073709551615", b"10000000000000000000"]

# Above every id that a server generates.
FOREIGN_IDS = [b"%d" % ((1 << 60) + n) for n in range(4)] + [b"18446744073709551615"]

RETURN_FLAGS = [b"c", b"f", b"h", b"k", b"l", b"s", b"t", b"v", b"O"]
RECACHE_TIMES = [b"0", b"-1", b"60", b"100000", b"2147483647"]
IDLE_FLAGS = [b"P1", b"Lx", b"D5", b"J7", b"F9", b"I", b"x", b"s", b"f"]
BAD_FLAG_WORDS = [
    b"Q", b"a", b"_", b"1", b"9v", b"!", b"@", b"{", b"\x80", b"-1", b"\t", b"T", b"N", b"Rx",
    b"C", b"Ex", b"Fx", b"F", b"F4294967296", b"J", b"D-1", b"v v", b"k k", b"T1 T1",
    b"c f h k l s t u v q x I P L C1 E1 F1 J1", b"M", b"MX",
]  # fmt: skip
MODES = [b"S", b"Set", b"E", b"E", b"A", b"A", b"P", b"R", b"R"]
ARITHMETIC_MODES = [b"I", b"+", b"D", b"-", b"Incr", b"D1"]


class MetaDialect:
    """An endless source of commands; the same `rng` state gives the same commands."""

    WIRES = ("text", "text", "text")
    # The ids of one key increase across a removal only after Larder's threads have met, which takes
    # up to a second; with one thread they always do, and `I` compares their order.
    THREADS = 1

    def __init__(self, rng, withheld=()):
        self.rng = rng
        self.withheld = frozenset(withheld)
        self.text = TextDialect(rng, withheld)
        choices = [
            (self.text.next, 300),
            (self.get, 300),
            (self.write, 250),
            (self.remove, 80),
            (self.arithmetic, 120),
            (self.wide_arithmetic, 40),
            (self.wild, 60),
            (self.debug, 20),
            (self.noop, 10),
            (self.bad_flags, 40),
            (self.bad_write, 15),
            (self.large, 1.5),
            (self.life_cycle, 20),
        ]
        self._generators = [generator for generator, _ in choices]
        self._weights = [weight for _, weight in choices]

    def next(self):
        return self.rng.choices(self._generators, self._weights)[0]()

    # Pieces of a line.

    def chance(self, probability):
        return self.rng.random() < probability

    def key(self):
        """(key, what stands on the line for it, the flags that go with that)."""
        kind = self.rng.random()
        if kind < 0.1:
            key = self.rng.choice(TEXT_KEYS_IN_BASE64)
            if self.chance(0.8):
                return key, base64.b64encode(key), [b"b"]
            return key, key, []
        if kind < 0.75:
            key = self.rng.choice(SMALL_KEYS[:16])
        elif kind < 0.9:
            key = self.rng.choice(NUMBER_KEYS)
        else:
            key = self.text.key()
        return key, key, []

    def opaque(self):
        size = self.rng.choice((0, 1, 4, 8, 31))
        return b"O" + bytes(self.rng.choice(b"abcXYZ012,.!-") for _ in range(size))

    def returns(self, chance=0.25):
        """Return flags; an id is shown with its key, to which it is then attributed."""
        flags = [flag for flag in RETURN_FLAGS if self.chance(chance)]
        if b"c" in flags and b"k" not in flags:
            flags.append(b"k")
        return [self.opaque() if flag == b"O" else flag for flag in flags]

    def exptime(self, shows_time):
        if not shows_time and self.chance(0.05):
            return self.rng.choice(PAST_EXPTIMES)
        return self.rng.choice(GOOD_EXPTIMES)

    def cas(self, key):
        kind = self.rng.random()
        if kind < 0.6:
            return CasOf(key)
        if kind < 0.75:
            return CasOf(key, age=self.rng.randrange(1, 4))
        if kind < 0.8:
            return b"0"
        return self.rng.choice(FOREIGN_IDS)

    def maybe(self, flags, probability, *flag):
        if self.chance(probability):
            flags.append(flag)

    def line(self, verb, words, flags):
        """The parts of a line with `flags`, tuples of parts or bytes, in random order."""
        self.rng.shuffle(flags)
        parts = [b" ".join([verb, *words])]
        for flag in flags:
            parts.append(b" ")
            parts += flag if isinstance(flag, tuple) else (flag,)
        if self.chance(0.03):
            parts.append(self.rng.choice((b" ", b"   ")))
        parts.append(b"\n" if self.chance(0.01) else b"\r\n")
        return joined(parts)

    def quiet(self):
        return [b"q"] if self.chance(0.1) else []

    # Commands a well-behaved client sends.

    def get(self):
        key, word, flags = self.key()
        flags = flags + self.returns() + self.quiet()
        shows_time = b"t" in flags
        self.maybe(flags, 0.3, b"u")
        self.maybe(flags, 0.1, b"T", self.exptime(shows_time))
        self.maybe(flags, 0.15, b"R", self.rng.choice(RECACHE_TIMES))
        if self.chance(0.15):
            flags.append((b"N", self.exptime(shows_time)))
            if "explicit_cas" not in self.withheld:
                self.maybe(flags, 0.3, b"E", self.rng.choice((*FOREIGN_IDS, b"0")))
        if "known_cas" not in self.withheld:
            self.maybe(flags, 0.1, b"C", self.cas(key))
        if self.chance(0.03):
            flags += [flag for flag in IDLE_FLAGS[:2] if flag[:1] not in flags]
        return Command(self.line(b"mg", [word], flags), reads=(key,))

    def write(self):
        key, word, flags = self.key()
        parts, size = self.text.value(key)
        if key in TEXT_KEYS_IN_BASE64:
            size = self.rng.randrange(0, 40)
            parts = filler(self.rng, size)
        shows = [flag for flag in self.returns(0.15) if flag not in (b"f", b"h", b"l", b"t", b"v")]
        flags = flags + shows + self.quiet()
        mode = self.rng.choice(MODES) if self.chance(0.4) else b""
        if mode:
            flags.append((b"M", mode))
        if mode[:1] in (b"A", b"P") and key not in NUMBER_KEYS:
            size = min(size, 40)
            parts = filler(self.rng, size)
        self.maybe(flags, 0.3, b"T", self.exptime(False))
        self.maybe(flags, 0.2, b"F", self.rng.choice(GOOD_FLAGS))
        self.maybe(flags, 0.3, b"C", self.cas(key))
        self.maybe(flags, 0.2, b"I")
        if "explicit_cas" not in self.withheld:
            self.maybe(flags, 0.1, b"E", self.rng.choice((*FOREIGN_IDS, b"0")))
        if "appending_vivify" not in self.withheld or not mode[:1] in (b"A", b"P"):
            self.maybe(flags, 0.2, b"N", self.exptime(False))
        head = self.line(b"ms", [word, b"%d" % size], flags)
        return Command((*head, *parts, b"\r\n"))

    def remove(self):
        key, word, flags = self.key()
        flags = flags + self.quiet()
        self.maybe(flags, 0.2, b"k")
        self.maybe(flags, 0.2, self.opaque())
        self.maybe(flags, 0.5, b"I")
        self.maybe(flags, 0.3, b"T", self.exptime(False))
        self.maybe(flags, 0.2, b"C", self.cas(key))
        if "explicit_cas" not in self.withheld:
            self.maybe(flags, 0.1, b"E", self.rng.choice((*FOREIGN_IDS, b"0")))
        if "emptying" not in self.withheld:
            self.maybe(flags, 0.2, b"x")
            self.maybe(flags, 0.1, b"F", self.rng.choice(GOOD_FLAGS))
        return Command(self.line(b"md", [word], flags))

    def counting_flags(self, key):
        flags = [flag for flag in self.returns() if flag not in (b"f", b"h", b"l", b"s")]
        flags += self.quiet()
        self.maybe(flags, 0.4, b"M", self.rng.choice(ARITHMETIC_MODES))
        self.maybe(flags, 0.6, b"D", self.rng.choice(self.text.deltas))
        self.maybe(flags, 0.15, b"C", self.cas(key))
        return flags

    def arithmetic(self):
        # Small keys may hold white space alone: see ODD_NUMBER_VALUES.
        key = self.rng.choice(NUMBER_KEYS if self.chance(0.97) else LARGE_KEYS)
        flags = self.counting_flags(key)
        if key in LARGE_KEYS:
            # For values in several chunks memcached reports that they are no number before it
            # compares ids.
            flags = [flag for flag in flags if flag[0] != b"C"]
        if self.chance(0.4):
            flags.append((b"N", self.exptime(b"t" in flags)))
            self.maybe(flags, 0.4, b"J", self.rng.choice(self.text.deltas))
        return Command(self.line(b"ma", [key], flags), edits=key)

    def wide_arithmetic(self):
        """On numbers that never outgrow their items."""
        key = self.rng.choice(WIDE_KEYS)
        if self.chance(0.3):
            flags = [(b"T", self.exptime(False))]
            value = self.rng.choice(WIDE_NUMBERS)
            return Command((*self.line(b"ms", [key, b"20"], flags), value, b"\r\n"))
        flags = self.counting_flags(key)
        shows_time = b"t" in flags
        self.maybe(flags, 0.3, b"T", self.exptime(shows_time))
        if "explicit_cas" not in self.withheld:
            self.maybe(flags, 0.2, b"E", self.rng.choice((*FOREIGN_IDS, b"0")))
        if self.chance(0.4):
            flags += [(b"N", self.exptime(shows_time)), b"J18446744073709551615"]
        return Command(self.line(b"ma", [key], flags), edits=key)

    def wild(self):
        """Keys that a command line cannot contain unencoded."""
        key = self.rng.choice(WILD_KEYS)
        word = base64.b64encode(key)
        if self.chance(0.1):
            at = self.rng.randrange(len(word))
            word = word[:at] + self.rng.choice((b"!", b"\t", b"-")) + word[at:]
        flags = [b"b", *self.quiet()]
        self.maybe(flags, 0.7, b"k")
        self.maybe(flags, 0.3, self.opaque())
        kind = self.rng.random()
        if kind < 0.4:
            flags += [flag for flag in (b"v", b"s", b"f", b"h", b"t") if self.chance(0.3)]
            return Command(self.line(b"mg", [word], flags), reads=(key,))
        if kind < 0.8:
            size = self.rng.randrange(0, 60)
            self.maybe(flags, 0.5, b"M", self.rng.choice((b"S", b"E", b"R")))
            head = self.line(b"ms", [word, b"%d" % size], flags)
            return Command((*head, *filler(self.rng, size), b"\r\n"))
        self.maybe(flags, 0.3, b"I")
        return Command(self.line(b"md", [word], flags))

    def debug(self):
        key = self.text.key() if self.chance(0.5) else self.rng.choice(SMALL_KEYS[:16])
        if self.chance(0.3):
            word = base64.b64encode(self.rng.choice(WILD_KEYS))
            return Command((b"me %b b v\r\n" % word,))
        return Command((b"me %b%b\r\n" % (key, self.rng.choice((b"", b"", b" v", b" Q 1"))),))

    def noop(self):
        return Command((self.rng.choice((b"mn\r\n", b"mn\r\n", b"mn x y\r\n", b"mn\n")),))

    def large(self):
        key = self.rng.choice(LARGE_KEYS)
        if self.chance(0.5):
            return Command((b"mg %b v s k Olarge\r\n" % key,), reads=(key,))
        size = large_size(self.rng, key)
        mode = self.rng.choice((b"", b"", b" ME", b" MR", b" MA"))
        if mode == b" MA":
            size = min(size, 2000)
        head = b"ms %b %d s k Olarge%b\r\n" % (key, size, mode)
        return Command((head, *filler(self.rng, size), b"\r\n"))

    def life_cycle(self):
        """Several commands about one key: invalidated or close to its end, won, waited for."""
        key = self.rng.choice(SMALL_KEYS[:16])
        lines = [b"ms %b 2 T50000\r\nab\r\n" % key]
        for _ in range(self.rng.randrange(2, 7)):
            lines.append(
                self.rng.choice(
                    (
                        b"md %b I T60000\r\n",
                        b"mg %b c k v\r\n",
                        b"mg %b R100000 v\r\n",
                        b"mg %b N50000 v\r\n",
                        b"ms %b 2 T50000 q\r\ncd\r\n",
                        b"md %b q\r\n",
                        b"mg %b h u\r\n",
                        b"append %b 0 0 1 noreply\r\nz\r\n",
                        b"touch %b 50000 noreply\r\n",
                    )
                )
                % key
            )
        return Command((b"".join(lines),), reads=(key,))

    # Lines that must be refused.

    def bad_flags(self):
        verb = self.rng.choice((b"mg", b"mg", b"md", b"ma", b"me", b"ms"))
        key = self.rng.choice(SMALL_KEYS + MISSING_KEYS)
        bad = self.rng.choice(BAD_FLAG_WORDS)
        kind = self.rng.random()
        if kind < 0.1:
            key = self.rng.choice(OVERLONG_KEYS)
        elif kind < 0.2:
            bad = b"b"
            key = self.rng.choice((b"Zm9", b"A===", b"----", b"x" * 249))
        elif kind < 0.4:
            number = self.rng.choice(BAD_EXPTIMES + BAD_CAS_IDS + BAD_DELTAS)
            bad = self.rng.choice((b"T", b"N", b"R", b"C", b"E", b"J", b"D", b"F")) + number
            if is_good(bad):
                bad = b"T"
        elif kind < 0.45 and verb == b"md":
            bad = b"O" + b"x" * 32
        if bad[:1] == b"M" and verb in (b"mg", b"md", b"me"):
            bad = b"Q"
        words = [key]
        if verb == b"ms":
            # The value is a line of its own if it is not swallowed.
            value = harmless_line(self.rng)
            words.append(b"%d" % len(value))
        words += [flag for flag in (b"q", b"v", b"k", b"O1") if self.chance(0.2)]
        words.append(bad)
        if self.chance(0.2):
            words.append(self.rng.choice(BAD_FLAG_WORDS[:-2]))
        line = b" ".join([verb, *words]) + b"\r\n"
        if verb == b"ms":
            return Command((line, value, b"\r\n"))
        return Command((line,))

    def bad_write(self):
        """A size that is wrong, or none, and values that end elsewhere."""
        key = self.rng.choice(SMALL_KEYS)
        value = harmless_line(self.rng)
        if self.chance(0.3):
            size = self.rng.choice(BAD_SIZES)
            return Command((b"ms %b %b q\r\n" % (key, size), value, b"\r\n"))
        if self.chance(0.2):
            verb = self.rng.choice((b"mg", b"md", b"ma", b"me", b"ms", b"mg ", b"ms k1"))
            return Command((verb + b"\r\n",))
        size = max(0, len(value) + self.rng.randrange(-3, 4))
        padding = b"x" + harmless_line(self.rng) + b"\r\n" + harmless_line(self.rng) + b"\r\n"
        flags = self.rng.choice((b"", b" q", b" k O1", b" v v", b" MX"))
        head = b"ms %b %d%b\r\n" % (key, size, flags)
        return Command((head, value + b"\r\n" + padding))


def is_good(flag):
    """Whether the token is a number after all that the flag takes."""
    token = flag[1:]
    if flag[:1] in (b"T", b"N", b"R"):
        return token == b"-" or token.removeprefix(b"-").isdigit() and abs(int(token)) < 1 << 32
    limit = 1 << (32 if flag[:1] == b"F" else 64)
    return token.isdigit() and int(token) < limit


def joined(parts):
    """Neighbouring bytes as one part."""
    found = []
    for part in parts:
        if found and isinstance(part, bytes) and isinstance(found[-1], bytes):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)
