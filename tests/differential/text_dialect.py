"""Generates random classic text-protocol commands.

Every generated command leaves a correct server in step with the stream at its end: one whose
declared length is wrong brings the padding that the length swallows.  What is read as a line of
its own in some interpretation is an unknown command.

`features` are the names in FEATURES; a caller may withhold some (see allowed.py).
"""

from commands import CasOf, Command
from text_oddities import Oddities
from text_values import (
    BAD_CAS_IDS,
    BAD_DELTAS,
    BAD_EXPTIMES,
    BAD_FLAGS,
    BAD_SIZES,
    GOOD_DELTAS,
    GOOD_EXPTIMES,
    GOOD_FLAGS,
    LARGE_KEYS,
    MEDIUM_KEYS,
    MISSING_KEYS,
    NUL_KEYS,
    NUMBER_KEYS,
    NUMBER_VALUES,
    ODD_KEYS,
    ODD_NUMBER_VALUES,
    OVERLONG_KEYS,
    PAST_EXPTIMES,
    SMALL_KEYS,
    TELLING_VALUES,
    filler,
    harmless_line,
    large_size,
    medium_size,
    small_size,
)

STORAGE_VERBS = [b"set"] * 5 + [b"add", b"replace", b"append", b"prepend"]


class TextDialect:
    """An endless source of commands; the same `rng` state gives the same commands."""

    WIRES = ("text", "text", "text")
    # Worker threads of a server unless the caller says otherwise.
    THREADS = 4

    def __init__(self, rng, withheld=()):
        self.rng = rng
        self.withheld = frozenset(withheld)
        self.odd_keys = ODD_KEYS + ([] if "nul_keys" in self.withheld else NUL_KEYS)
        self.number_values = self.unless_huge(NUMBER_VALUES)
        self.odd_number_values = self.unless_huge(ODD_NUMBER_VALUES)
        self.deltas = self.unless_huge(GOOD_DELTAS)
        self.oddities = Oddities(self)
        choices = [
            (self.storage, 300),
            (self.retrieval, 300),
            (self.arithmetic, 120),
            (self.compare_and_swap, 80),
            (self.get_and_touch, 50),
            (self.delete, 50),
            (self.touch, 40),
            (self.bad_field_storage, 25),
            (self.bad_length_storage, 12),
            (self.large_storage, 1.5),
            (self.large_retrieval, 1.5),
            *self.oddities.choices(),
        ]
        self._generators = [generator for generator, _ in choices]
        self._weights = [weight for _, weight in choices]
        self._queue = []

    def next(self):
        if not self._queue:
            self._queue = self.rng.choices(self._generators, self._weights, k=256)
        return self._queue.pop()()

    def unless_huge(self, values):
        """`values` without those from 2^63 on, if they are withheld."""
        if "huge_numbers" not in self.withheld:
            return values
        return [value for value in values if not (value.isdigit() and int(value) >= 1 << 63)]

    # Pieces of a line.

    def chance(self, probability):
        return self.rng.random() < probability

    def key(self):
        """Mostly a small key that is in use, so that commands meet each other's items."""
        kind = self.rng.random()
        if kind < 0.66:
            return self.rng.choice(SMALL_KEYS)
        if kind < 0.84:
            return self.rng.choice(NUMBER_KEYS)
        if kind < 0.92:
            return self.rng.choice(self.odd_keys)
        if kind < 0.97:
            return self.rng.choice(MEDIUM_KEYS)
        return self.rng.choice(MISSING_KEYS)

    def stored_key(self):
        kind = self.rng.random()
        if kind < 0.7:
            return self.rng.choice(SMALL_KEYS)
        if kind < 0.85:
            return self.rng.choice(NUMBER_KEYS)
        if kind < 0.95:
            return self.rng.choice(self.odd_keys)
        return self.rng.choice(MEDIUM_KEYS)

    def line(self, *words, noreply=0.12, odd=0.03):
        """A command line: mostly tidy, sometimes with odd spaces, endings or extra words."""
        words = list(words)
        if self.chance(noreply):
            words.append(b"noreply")
        if not self.chance(odd):
            return b" ".join(words) + b"\r\n"
        kind = self.rng.randrange(6)
        if kind == 0:
            return b"  ".join(words) + b"\r\n"
        if kind == 1:
            return b" ".join(words) + b"  \r\n"
        if kind == 2:
            return b" ".join(words) + b" \n"
        if kind == 3 or len(words[-1]) == 250:
            # One more byte would make a key too long, which needs a batch of its own.
            return b" ".join(words) + b"\n"
        if kind == 4:
            extra = self.rng.choice((b"extra", b"0", b"noreply", b"NOREPLY", b"noreply extra"))
            return b" ".join([*words, extra]) + b"\r\n"
        return b" ".join(words) + b"\r\r\n"

    def exptime(self):
        kind = self.rng.random()
        if kind < 0.93:
            return self.rng.choice(GOOD_EXPTIMES)
        if kind < 0.98:
            return self.rng.choice(PAST_EXPTIMES)
        return self.rng.choice(BAD_EXPTIMES)

    def value(self, key):
        """(parts, size) of a value that suits the key."""
        if key in NUMBER_KEYS:
            value = self.number()
            return (value,), len(value)
        if self.chance(0.1):
            value = self.rng.choice(TELLING_VALUES)
            return (value,), len(value)
        size = medium_size(self.rng, key) if key in MEDIUM_KEYS else small_size(self.rng, key)
        return filler(self.rng, size), size

    def number(self):
        """What a number key holds: mostly a number."""
        kind = self.rng.random()
        if kind < 0.75:
            return self.rng.choice(self.number_values)
        if kind < 0.95:
            return self.rng.choice(self.odd_number_values)
        return b"%d" % self.rng.randrange(1 << self.rng.randrange(1, 63))

    # Commands a well-behaved client sends.

    def storage(self):
        verb = self.rng.choice(STORAGE_VERBS)
        key = self.stored_key()
        parts, size = self.value(key)
        if verb in (b"append", b"prepend"):
            # Numbers must not grow huge this way where huge ones are withheld.
            if key not in NUMBER_KEYS or "huge_numbers" in self.withheld:
                size = self.rng.randrange(0, 60)
                parts = filler(self.rng, size)
        flags = self.rng.choice(GOOD_FLAGS)
        exptime = self.exptime()
        odd = self.chance(0.04)
        if odd or exptime in BAD_EXPTIMES:
            # Where an error does not swallow the value it is read as a line.
            value = harmless_line(self.rng)
            parts, size = (value,), len(value)
        head = self.line(verb, key, flags, exptime, b"%d" % size, odd=int(odd))
        return Command((head, *parts, b"\r\n"))

    def compare_and_swap(self):
        if self.chance(0.4):
            return self.gets_for_cas()
        key = self.rng.choice(SMALL_KEYS + NUMBER_KEYS)
        parts, size = self.value(key)
        kind = self.rng.random()
        cas_id = CasOf(key)
        if kind < 0.15:
            cas_id = CasOf(key, age=self.rng.randrange(1, 4))
        elif kind < 0.2:
            cas_id = self.rng.choice((b"0", b"18446744073709551615"))
        elif kind < 0.24:
            value = harmless_line(self.rng)
            parts, size = (value,), len(value)
            cas_id = self.rng.choice(BAD_CAS_IDS)
        flags = self.rng.choice(GOOD_FLAGS)
        exptime = self.rng.choice(GOOD_EXPTIMES + PAST_EXPTIMES[:1])
        head = b"cas %b %b %b %d " % (key, flags, exptime, size)
        tail = b" noreply\r\n" if self.chance(0.1) else b"\r\n"
        return Command((head, cas_id, tail, *parts, b"\r\n"))

    def gets_for_cas(self):
        keys = self.rng.choices(SMALL_KEYS + NUMBER_KEYS, k=self.rng.randrange(1, 20))
        return Command((b"gets " + b" ".join(keys) + b"\r\n",), reads=tuple(keys))

    def retrieval(self):
        verb = b"gets" if self.chance(0.2) else b"get"
        count = 1 if self.chance(0.7) else self.rng.randrange(2, 12)
        keys = tuple(self.key() for _ in range(count))
        # A get knows no noreply: the word is one more key.
        return Command((self.line(verb, *keys, noreply=0.01),), reads=(*keys, b"noreply", b"0"))

    def get_and_touch(self):
        verb = self.rng.choice((b"gat", b"gats"))
        count = 1 if self.chance(0.7) else self.rng.randrange(2, 6)
        keys = tuple(self.key() for _ in range(count))
        line = self.line(verb, self.exptime(), *keys, noreply=0.01)
        return Command((line,), reads=(*keys, b"noreply", b"0"))

    def arithmetic(self):
        verb = self.rng.choice((b"incr", b"decr"))
        # No key whose value may be white space alone, see ODD_NUMBER_VALUES.
        key = self.rng.choice(NUMBER_KEYS if self.chance(0.95) else MISSING_KEYS)
        delta = self.rng.choice(BAD_DELTAS if self.chance(0.06) else self.deltas)
        return Command((self.line(verb, key, delta),), edits=key)

    def delete(self):
        words = [b"delete", self.key()]
        if self.chance(0.1):
            words.append(self.rng.choice((b"0", b"10", b"-1", b"abc")))
        return Command((self.line(*words),))

    def touch(self):
        return Command((self.line(b"touch", self.key(), self.exptime()),))

    def large_storage(self):
        verb = self.rng.choice(STORAGE_VERBS)
        key = self.rng.choice(LARGE_KEYS)
        size = large_size(self.rng, key)
        if verb in (b"append", b"prepend"):
            size = self.rng.choice((0, 1, 100, 20_000, 300_000))
        flags = self.rng.choice(GOOD_FLAGS)
        exptime = self.rng.choice(GOOD_EXPTIMES)
        head = self.line(verb, key, flags, exptime, b"%d" % size, odd=0)
        return Command((head, *filler(self.rng, size), b"\r\n"))

    def large_retrieval(self):
        kind = self.rng.random()
        if kind < 0.7:
            key = self.rng.choice(LARGE_KEYS)
            verb = self.rng.choice((b"get", b"gets", b"gat 0"))
            return Command((b"%b %b k1 %b\r\n" % (verb, key, key),), reads=(key, b"k1"))
        key = self.rng.choice(LARGE_KEYS)
        if kind < 0.8:
            return Command((self.line(b"incr", key, b"1"),), edits=key)
        return Command((self.line(b"delete", key),))

    # Storage commands that must be refused, with everything in step afterwards.

    def bad_field_storage(self):
        """One field is wrong; the declared length is right."""
        verb = self.rng.choice(STORAGE_VERBS)
        value = harmless_line(self.rng)
        key, flags, exptime = self.stored_key(), b"0", b"0"
        size = b"%d" % len(value)
        kind = self.rng.randrange(6)
        if kind == 0:
            flags = self.rng.choice(BAD_FLAGS)
        elif kind == 1:
            exptime = self.rng.choice(BAD_EXPTIMES)
        elif kind == 2:
            key = self.rng.choice(OVERLONG_KEYS)
        elif kind == 3:
            size = self.rng.choice(BAD_SIZES)
        elif kind == 4:
            words = [verb, key, flags, exptime, size][: self.rng.randrange(1, 5)]
            return Command((self.line(*words), value, b"\r\n"))
        else:
            verbs = [b"SET", b"sets", b"cas", b"set\t", b"ad", b"adds"]
            if "leading_space" not in self.withheld:
                verbs += [b" set", b"  add"]
            verb = self.rng.choice(verbs)
        return Command((self.line(verb, key, flags, exptime, size), value, b"\r\n"))

    def bad_length_storage(self):
        """The declared length does not fit the value that follows."""
        verb = self.rng.choice(STORAGE_VERBS)
        key = self.stored_key()
        value = harmless_line(self.rng)
        tail = self.rng.choice((b"\r\n", b"\n", b"", b"\n\r", b"\r\r\n", b"  \r\n"))
        size = max(0, len(value) + self.rng.randrange(-3, 4))
        if self.chance(0.2):
            size = self.rng.randrange(0, 300)
        # Enough harmless lines that the value, wherever it ends, ends among them.
        padding = b""
        while len(value) + len(tail) + len(padding) < size + 2:
            padding += b"x" + harmless_line(self.rng) + b"\r\n"
        padding += harmless_line(self.rng) + b"\r\n"
        head = self.line(verb, key, b"0", b"0", b"%d" % size)
        return Command((head, value + tail + padding))
