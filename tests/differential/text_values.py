"""Valid and invalid keys, numbers and values of the text dialect.

Times are 0, far in the future or in the past, never near: a slow run must not change a reply.
"""

from commands import FILLER_SIZE_MAX, Filler

SMALL_KEYS = [b"k%d" % n for n in range(40)] + [b"p%d:%d" % (n % 3, n) for n in range(9)]
NUMBER_KEYS = [b"n%d" % n for n in range(12)]
MEDIUM_KEYS = [b"m%d" % n for n in range(10)]
LARGE_KEYS = [b"large%d" % n for n in range(4)]
ODD_KEYS = [
    b"a\tb",
    b"\x01\x7f",
    b"\xff\xfe\x80",
    b"c\rd",
    b"0",
    b"-1",
    b"noreply",
    b"get",
    b"x" * 249,
    b"y" * 250,
    b":",
    b"p1:",
    b"q" * 100 + b":z",
]
NUL_KEYS = [b"e\0f", b"\0", b"g\0"]
MISSING_KEYS = [b"missing%d" % n for n in range(5)]
ORDINARY_KEYS = SMALL_KEYS + NUMBER_KEYS + MEDIUM_KEYS + LARGE_KEYS + MISSING_KEYS
OVERLONG_KEYS = [b"z" * 251, b"w" * 252, b"v" * 300, b"u" * 1000]

GOOD_FLAGS = [b"0"] * 6 + [b"1", b"5", b"65536", b"2147483647", b"2147483648", b"4294967295"]
BAD_FLAGS = [
    b"4294967296",
    b"4294967297",
    b"18446744073709551616",
    b"99999999999999999999999",
    b"-1",
    b"-0",
    b"abc",
    b"1a",
    b"+5",
    b"0x10",
    b"00012",
    b"1.5",
    b"\t7",
    b"7\t",
]
GOOD_EXPTIMES = [b"0"] * 12 + [b"50000", b"2592000", b"2147483647"]
PAST_EXPTIMES = [b"-1", b"-2147483648", b"2678400", b"2592001", b"1000000000"]
# Values that 32 bits cannot hold never truncate to a time within the next hours.
BAD_EXPTIMES = [
    b"2147483648",
    b"4294967295",
    b"4294967296",
    b"4295017296",
    b"-2147483649",
    b"9223372036854775807",
    b"99999999999999999999999",
    b"-99999999999999999999999",
    b"abc",
    b"50000a",
    b"+50000",
    b"0x0",
    b"-",
    b"0.5",
    b"\t50000",
]
BAD_SIZES = [
    b"-1",
    b"-0",
    b"abc",
    b"5a",
    b"+5",
    b"0x5",
    b"",
    b"2147483646",
    b"2147483647",
    b"2147483648",
    b"4294967295",
    b"4294967296",
    b"4294967301",
    b"18446744073709551615",
    b"99999999999999999999999",
    b"-2147483648",
]
GOOD_DELTAS = [b"0", b"1", b"1", b"5", b"10", b"99", b"12345678901", b"18446744073709551615"]
BAD_DELTAS = [
    b"18446744073709551616",
    b"99999999999999999999999",
    b"-1",
    b"+1",
    b"abc",
    b"1a",
    b"0x1",
    b"1.5",
    b"007",
    b"\t1",
]
BAD_CAS_IDS = [b"-1", b"abc", b"1a", b"", b"+1", b"18446744073709551616", b"9" * 30, b"\t1"]

NUMBER_VALUES = [b"0", b"1", b"5", b"10", b"100", b"99", b"18446744073709551615", b"1000000"]
# None is only white space: memcached then continues to read after the value.
ODD_NUMBER_VALUES = [
    b"",
    b" 7",
    b"+7",
    b"-5",
    b"00012",
    b"12 abc",
    b"12abc",
    b"abc",
    b"7 ",
    b"18446744073709551616",
    b"9223372036854775808",
    b"0x10",
    b"1" * 20,
    b"1" * 25,
    b"0" * 30,
    b"7\t",
    b"1.5",
]
TELLING_VALUES = [
    b"",
    b"\r\n!",
    b"\n!",
    b"\r!",  # for only white space 1.6.45 parses a number from the bytes after the value
    b"END\r\n",
    b"STORED\r\n",
    b"get k1\r\n",
    b"VALUE k1 0 1\r\nx\r\nEND\r\n",
    b"a b c",
    b"noreply",
]

# Default chunk sizes of memcached's classes, and the maximum overhead of an item.
CLASS_SIZES = [96, 120, 152, 192, 240, 304, 384, 480, 600, 752, 944, 1184, 1480, 1856, 2320]
MEDIUM_CLASS_SIZES = [2904, 3632, 4544, 5680, 7104, 8880, 11104, 13880, 17352, 21696, 27120, 33904]
ITEM_HEAD_SIZE = 48 + 8
ITEM_SIZE_MAX = 1 << 20


def size_near(rng, chunk_size, key):
    """A value size that just fits, or just does not fit, a chunk."""
    room = chunk_size - ITEM_HEAD_SIZE - len(key) - 1 - 2
    return max(0, room + rng.randrange(-5, 4))


def small_size(rng, key):
    kind = rng.random()
    if kind < 0.6:
        return rng.randrange(0, 24)
    if kind < 0.8:
        return rng.randrange(24, 600)
    return size_near(rng, rng.choice(CLASS_SIZES), key)


def medium_size(rng, key):
    if rng.random() < 0.5:
        return size_near(rng, rng.choice(MEDIUM_CLASS_SIZES), key)
    return rng.randrange(2000, 60000)


def large_size(rng, key):
    """Sizes for which memcached chains chunks, and sizes at the limit of one item."""
    kind = rng.random()
    if kind < 0.35:
        return rng.randrange(500_000, 600_000)
    if kind < 0.6:
        return size_near(rng, ITEM_SIZE_MAX, key)
    if kind < 0.7:
        return size_near(rng, 524288, key)
    if kind < 0.8:
        return rng.choice((1047552, 1048576, 1048577, 1049600, 1100000, 3000000))
    return rng.randrange(60_000, 1_040_000)


def filler(rng, size):
    """Parts with `size` arbitrary bytes in total."""
    parts = []
    while size > 0:
        piece = min(size, FILLER_SIZE_MAX)
        parts.append(Filler(rng.randrange(FILLER_SIZE_MAX), piece))
        size -= piece
    return tuple(parts)


def harmless_line(rng):
    """Bytes that are an unknown command when a server parses them as a line.

    Longer than what a server skips if it parses one of BAD_SIZES as a length of 5.
    """
    return b"xy" + bytes(rng.choice(b"abcdefgh") for _ in range(rng.randrange(6, 40)))
