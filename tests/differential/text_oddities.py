"""The rarer text commands: administration, unknown verbs, long lines, closing connections."""

from commands import Command
from text_values import (
    GOOD_EXPTIMES,
    MISSING_KEYS,
    NUMBER_KEYS,
    ORDINARY_KEYS,
    OVERLONG_KEYS,
    SMALL_KEYS,
    harmless_line,
)

# A line longer than this without an end closes the connection, unless it is a get.
LINE_SIZE_MAX = 2048

ADMIN_LINES = [
    b"version",
    b"version",
    b"version extra",
    b"version noreply",
    b"verbosity",
    b"verbosity noreply",
    b"verbosity abc",
    b"verbosity 0",
    b"verbosity 0 noreply",
    b"verbosity 1 2",
    b"verbosity -1",
    b"verbosity 99999999999",
    b"cache_memlimit",
    b"cache_memlimit noreply",
    b"cache_memlimit abc",
    b"cache_memlimit -1",
    b"cache_memlimit 0",
    b"cache_memlimit 7",
    b"cache_memlimit 1 noreply",
    b"cache_memlimit 64",
    b"cache_memlimit 64 noreply",
    b"cache_memlimit 99999999999999999999",
    b"shutdown",
    b"shutdown graceful",
    b"shutdown abc",
    b"shutdown noreply",
]
STATS_LINES = [
    b"stats abc",
    b"stats abc noreply",
    b"stats reset",
    b"stats reset",
    b"stats reset extra",
    b"stats resetx",
    b"stats RESET",
    b"stats detail",
    b"stats detail on",
    b"stats detail on",
    b"stats detail on",
    b"stats detail off",
    b"stats detail dump",
    b"stats detail dump",
    b"stats detail dump",
    b"stats detail abc",
    b"stats detail on extra",
    b"stats detail ON",
    b"stats cachedump",
    b"stats cachedump 1",
    b"stats cachedump abc 0",
    b"stats cachedump 1 abc",
    b"stats cachedump 255 0",
    b"stats cachedump -1 0",
    b"stats sizes",
    b"stats sizesx",
    b"stats itemsx",
    b"stats slabsx",
]
STATS_PREFIX_LINES = [b"stats res", b"stats detail o", b"stats det on", b"stats det off"]
FLUSH_LINES = [
    b"flush_all",
    b"flush_all 0",
    b"flush_all -1",
    b"flush_all -10 noreply",
    b"flush_all noreply",
    b"flush_all 0 noreply",
    b"flush_all 0 0",
    b"flush_all abc",
    b"flush_all abc noreply",
    b"flush_all 0a",
    b"flush_all 99999999999999999999",
    b"flush_all noreply 0",
    b" flush_all",
]
DELAYED_FLUSHES = [b"flush_all 100", b"flush_all 100 noreply", b"flush_all 2592000"]
UNKNOWN_LINES = [
    b"foo",
    b"foo noreply",
    b"foo bar baz",
    b"GET k1",
    b"Get k1",
    b"gett k1",
    b"ge k1",
    b"getk1",
    b"get\tk1",
    b"deletes k1",
    b"del k1",
    b"increment n1 1",
    b"stat",
    b"statss",
    b"quitx",
    b"versions",
    b"flush_al",
    b"flush_all2",
    b"touchs k1 0",
    b"END",
    b"STORED",
    b"config",
    b"config gets cluster",
    b"configs get cluster",
    b"auth x y",
    b"\tget k1",
    b"nul\0nul",
    b"\xff\xfe\xfd",
    b"HTTP/1.1 x y",
]
LEADING_SPACE_LINES = [b" get k1", b"   gets k1", b" delete k1", b" version", b" quit", b"  mn"]
SHORT_LINES = [b"\n", b"\r\n", b"a\n", b"a\r\n", b" \n", b" \r\n", b"ab\n", b"ab\r\n", b"\r\r\n"]
SPACE_LINES = [b"    \r\n", b" " * 20 + b"\r\n", b" " * 200 + b"\n", b"\t\t\t\r\n"]
HTTP_REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /x HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
    b"HEAD /x HTTP/1.1\r\n\r\n",
    b"foo HTTP/1.1\r\n",
    b"foo HTTP/\r\n",
    b"GET / HTTP/1.1\n",
]
FEW_WORDS = [
    b"get",
    b"gets",
    b"gat",
    b"gats",
    b"gat 0",
    b"gats 0",
    b"gat abc",
    b"delete",
    b"touch",
    b"touch k1",
    b"incr",
    b"incr n1",
    b"decr",
    b"decr n1",
    b"incr noreply",
    b"incr n1 noreply",
    b"touch k1 noreply",
    b"delete noreply",
    b"set",
    b"set k1",
    b"set k1 0",
    b"set k1 0 0",
    b"set k1 0 0 noreply",
    b"add k1 0 0",
    b"cas k1 0 0",
    b"append",
    b"get ",
    b"get  ",
    b"delete ",
]


class Oddities:
    """Generators that complement `TextDialect`, which owns the random state and the keys."""

    def __init__(self, dialect):
        self.dialect = dialect
        self.rng = dialect.rng

    def choices(self):
        """(generator, weight) pairs on the scale of the dialect's own."""
        return [
            (lambda: self.one_line(ADMIN_LINES), 8),
            (lambda: self.one_line(STATS_LINES), 6),
            (lambda: self.one_line(UNKNOWN_LINES), 8),
            (lambda: self.one_line(FEW_WORDS), 8),
            (lambda: self.one_line(LEADING_SPACE_LINES), self.unless_withheld("leading_space", 2)),
            (lambda: Command((self.rng.choice(SHORT_LINES),)), 6),
            (lambda: Command((self.rng.choice(SPACE_LINES),)), 2),
            (
                lambda: self.one_line(STATS_PREFIX_LINES),
                self.unless_withheld("stats_prefixes", 1),
            ),
            (self.flush, 0.6),
            (self.delayed_flush, 0.1),
            (self.loud_then_quiet, 0.3),
            (self.many_words, 3),
            (self.overlong_key, 4),
            (self.overlong_key_in_get, 2),
            (self.bad_watch, 0.3),
            (self.long_multiget, 0.3),
            (self.long_line, 3),
            (self.endless_line, 0.3),
            (self.quit_among_others, 0.7),
            (self.http_request, 0.7),
            (self.never_complete, 0.05),
        ]

    def unless_withheld(self, feature, weight):
        return 0 if feature in self.dialect.withheld else weight

    def one_line(self, lines):
        ending = b"\n" if self.rng.random() < 0.05 else b"\r\n"
        line = self.rng.choice(lines)
        edits = line.split()[1] if line[:4] in (b"incr", b"decr") and b" " in line else None
        return Command((line + ending,), edits=edits)

    def flush(self):
        return Command((self.rng.choice(FLUSH_LINES) + b"\r\n",))

    def delayed_flush(self):
        """A delayed flush that is cancelled at once: only one can be pending.

        All keys are read first, because memcached then also forgets the last flush: items that it
        has flushed and that were not requested since would be visible again.
        """
        line = self.rng.choice(DELAYED_FLUSHES)
        every = (*self.dialect.odd_keys, *ORDINARY_KEYS)
        some = self.rng.choices(SMALL_KEYS, k=5)
        gets = [b"get " + b" ".join(keys) + b"\r\n" for keys in (every, some)]
        return Command((gets[0] + line + b"\r\n" + gets[1] + b"flush_all\r\n",), reads=every)

    def loud_then_quiet(self):
        """Raised verbosity for a few commands, which must not change a reply."""
        level = self.rng.choice((b"1", b"2", b"3", b"4294967295"))
        between = b"get k1\r\nset k1 0 0 3\r\nabc\r\nfoo\r\nget k1 k2 a\tb\r\n"
        line = b"verbosity " + level + b"\r\n" + between + b"verbosity 0\r\n"
        return Command((line,), reads=(b"k1", b"k2"))

    def many_words(self):
        """More words than memcached parses in a line."""
        count = self.rng.randrange(18, 34)
        kind = self.rng.randrange(5)
        keys = self.rng.choices(SMALL_KEYS + MISSING_KEYS, k=count)
        tail = b" noreply" if self.rng.random() < 0.3 else b""
        words = b" ".join(keys) + tail
        if kind == 0:
            verb = self.rng.choice((b"get", b"gets", b"gat 0"))
            return Command((b"%b %b\r\n" % (verb, words),), reads=(*keys, b"noreply"))
        if kind == 1:
            return Command((b"foo %b\r\n" % words,))
        if kind == 2:
            return Command((b"delete %b\r\n" % words,))
        if kind == 3:
            exptime = self.rng.choice(GOOD_EXPTIMES)
            return Command((b"touch %b %b %b\r\n" % (keys[0], exptime, words),))
        value = harmless_line(self.rng)
        head = b"set %b 0 0 %d %b\r\n" % (keys[0], len(value), words)
        return Command((head + value + b"\r\n",))

    def overlong_key(self):
        key = self.rng.choice(OVERLONG_KEYS)
        line = self.rng.choice((b"delete %b", b"touch %b 0", b"incr %b 1", b"decr %b 1", b"foo %b"))
        ending = self.rng.choice((b"", b"", b" noreply"))
        return Command((line % key + ending + b"\r\n",))

    def overlong_key_in_get(self):
        """Opens its batch: upstream also drops earlier replies that have not left yet.

        The overlong key comes first: upstream counts those before it, although it drops them.
        """
        verb = self.rng.choice((b"get", b"gets", b"gat 0", b"gats 50000"))
        keys = self.rng.choices(SMALL_KEYS + NUMBER_KEYS, k=self.rng.randrange(0, 4))
        keys.insert(0, self.rng.choice(OVERLONG_KEYS))
        line = verb + b" " + b" ".join(keys) + b"\r\n"
        return Command((line,), reads=tuple(keys), opens_batch=True)

    def bad_watch(self):
        """Opens its batch: with replies still to be sent it is refused for that reason."""
        return Command((self.rng.choice((b"watch abc\r\n", b"watch x y\n")),), opens_batch=True)

    def long_multiget(self):
        """A get line far longer than the limit of other lines."""
        verb = self.rng.choice((b"get", b"gets"))
        count = self.rng.choice((400, 1000, 5000))
        keys = self.rng.choices(SMALL_KEYS[:5] + MISSING_KEYS * 8 + [b"l" * 200] * 3, k=count)
        separator = self.rng.choice((b" ", b" ", b"  "))
        line = verb + b" " + separator.join(keys) + b"\r\n"
        return Command((line,), reads=tuple(set(keys)))

    def long_line(self):
        """Lines of the maximum length: wherever they are split, no part is too long."""
        size = self.rng.randrange(LINE_SIZE_MAX - 600, LINE_SIZE_MAX - 100)
        kind = self.rng.randrange(3)
        if kind == 0:
            return Command((b"foo " + b"a" * size + b"\r\n",))
        if kind == 1:
            return Command((b"x" * size + b"\r\n",))
        keys = self.rng.choices(SMALL_KEYS, k=size // 10)
        return Command((b"gat 0 " + b" ".join(keys) + b"\r\n",), reads=tuple(set(keys)))

    def endless_line(self):
        """Too many bytes without the end of a line: the server must close."""
        start = self.rng.choice(
            (b"", b"foo ", b"gat 0 k1 ", b"set k1 ", b"delete ", b" " * 101 + b"get k1 ", b"get\t")
        )
        size = self.rng.randrange(LINE_SIZE_MAX + 1, 9000)
        line = start + self.rng.choice((b"a", b"a ", b"\0", b" ")) * size
        return Command((line[:size],), closes=True)

    def quit_among_others(self):
        """Requests before a quit are answered, those after it are not."""
        before = self.rng.choice((b"", b"get k1\r\n", b"set k1 0 0 1\r\na\r\nget k1 k2\r\n"))
        line = self.rng.choice((b"quit", b"quit", b"quit x", b"quit noreply"))
        after = self.rng.choice((b"", b"get k1\r\n", b"delete k1\r\nfoo\r\n", b"g"))
        return Command((before + line + b"\r\n" + after,), closes=True)

    def http_request(self):
        return Command((self.rng.choice(HTTP_REQUESTS),), closes=True)

    def never_complete(self):
        """A command that waits for bytes that are not sent: no reply, no close.

        No other command uses the key: 1.6.18 deletes it when it refuses the line.
        """
        whole = self.rng.choice(
            (
                b"set half 0 0 2147483645\r\nabc\r\n",
                b"set half 0 0 100\r\nabc\r\n",
                b"set half abc 0 100\r\nabc\r\n",
                b"set half 0 0 2000000\r\nabc\r\n",
                b"get k1",
                b"get " + b"k1 " * 1500,
                b"set half 0 0 3",
            )
        )
        return Command((whole,), silence_seconds=0.1)

