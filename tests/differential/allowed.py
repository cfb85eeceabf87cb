"""The known and intended differences between Larder and a reference, each with its reason.

Larder follows memcached 1.6.45.  Intended differences are in DELIBERATE.  An older
reference, such as Debian's 1.6.18, answers more commands differently; they are in OLDER.  Each
rule has a predicate on the command and one on the pair of replies.  All other differences are
findings.
"""

import re
from dataclasses import dataclass
from typing import Callable

FOLLOWED_VERSION = (1, 6, 45)

ERROR = b"ERROR\r\n"
BAD_FORMAT = b"CLIENT_ERROR bad command line format\r\n"
BAD_DELTA = b"CLIENT_ERROR invalid numeric delta argument\r\n"
BAD_EXPTIME = b"CLIENT_ERROR invalid exptime argument\r\n"
DELETE_USAGE = (
    b"CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n"
)

STORAGE = {b"set": 5, b"add": 5, b"replace": 5, b"append": 5, b"prepend": 5, b"cas": 5}
RETRIEVAL = {b"get": 2, b"gets": 2, b"gat": 3, b"gats": 3}
SIMPLE = {b"delete": 2, b"touch": 3, b"incr": 3, b"decr": 3}
# The minimum number of words in 1.6.45, including the command.
WORDS_MIN = {**STORAGE, **RETRIEVAL, **SIMPLE, b"verbosity": 2}
# More words than these are refused by 1.6.18 and ignored by 1.6.45.
WORDS_MAX = {b"touch": 3, b"incr": 3, b"decr": 3, b"delete": 2}
WORDS_MAX |= {verb: 6 for verb in STORAGE} | {b"cas": 7}
OTHER_VERBS = {b"version", b"stats", b"verbosity", b"flush_all", b"quit", b"mn", b"watch"}
OTHER_VERBS |= {b"shutdown", b"cache_memlimit", b"lru", b"slabs", b"lru_crawler"}
KEY_SIZE_MAX = 250

BINARY_VERSION = b"\x0b"
BINARY_PREFIX_ROWS = b"\x81\x10\x00\x08\x00\x00\x00\x00"
BINARY_HEADER_SIZE = 24


@dataclass(frozen=True)
class Rule:
    """One allowed difference.

    `covers(command)` says whether the rendered bytes are subject to the rule; such a command is
    sent between fences.  `explains(command, reference, subject)` says whether that pair of
    replies, which do differ, is the known difference.  `repair(command)` is sent right after the
    command to both servers, so that they hold the same items again.
    """

    name: str
    reason: str
    covers: Callable
    explains: Callable
    repair: Callable = lambda command: b""
    wire: str = "text"


@dataclass(frozen=True)
class Withheld:
    """A feature of a dialect that is not sent to an older reference at all."""

    feature: str
    reason: str


def words_of(command):
    """The words of the command's first line."""
    line = command[: command.find(b"\n") + 1]
    return [word for word in line.rstrip(b"\n").removesuffix(b"\r").split(b" ") if word]


def forget_keys(first, last=None):
    """A repair that deletes the keys at these positions of the line from both servers."""

    def repair(command):
        keys = [key for key in words_of(command)[first:last] if len(key) <= KEY_SIZE_MAX]
        return b"".join(b"delete %b noreply\r\n" % key for key in dict.fromkeys(keys))

    return repair


def is_number(word, low, high):
    """Whether `word` is plain digits, perhaps after a minus, within the bounds."""
    return re.fullmatch(rb"-?[0-9]{1,20}", word) is not None and low <= int(word) <= high


def has_few_words(command):
    words = words_of(command)
    return bool(words) and len(words) < WORDS_MIN.get(words[0], 0)


def explains_few_words(command, reference, subject):
    """1.6.18 differs in the first reply; the replies to what follows the line are equal."""
    rest = subject.removeprefix(BAD_FORMAT)
    first = reference.removesuffix(rest)
    return subject.startswith(BAD_FORMAT) and first in (ERROR, b"END\r\n", BAD_EXPTIME, b"")


def is_short_line(command):
    return command.find(b"\n") < 3


def is_refused_storage(command):
    """A storage line with a valid length and an invalid other field."""
    words = words_of(command)
    if not words or words[0] not in STORAGE or len(words) < 5:
        return False
    if not is_number(words[4], 0, 1 << 30):
        return False
    if words[0] == b"cas" and (len(words) < 6 or not is_number(words[5], 0, (1 << 64) - 1)):
        return True
    flags_and_exptime = is_number(words[2], 0, (1 << 32) - 1) and is_number(
        words[3], -(1 << 31), (1 << 31) - 1
    )
    return len(words[1]) > KEY_SIZE_MAX or not flags_and_exptime


def explains_swallowed_value(command, reference, subject):
    """1.6.18 reads the value as one more command, which is unknown."""
    if subject not in (BAD_FORMAT, b""):
        return False
    if reference in (BAD_FORMAT + ERROR, ERROR + ERROR, ERROR):
        return True
    # 1.6.18 also takes signs and white space before a CAS id.
    words = words_of(command)
    return words[0] == b"cas" and not is_number(words[5], 0, (1 << 64) - 1)


def has_odd_length(command):
    words = words_of(command)
    if not words or words[0] not in STORAGE or len(words) < 5:
        return False
    return not is_number(words[4], 0, (1 << 31) - 3)


def has_short_leftover(command):
    return any(len(line) < 4 for line in split_lines(leftover_bytes(command)))


def leftover_bytes(command):
    words = words_of(command)
    if not words or words[0] not in STORAGE or len(words) < 5:
        return b""
    if not is_number(words[4], 0, 1 << 30):
        return b""
    return command[command.find(b"\n") + 1 + int(words[4]) + 2 :]


def split_lines(data):
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]]


def explains_short_leftover(command, reference, subject):
    """Exactly the short lines among the leftovers have the new error text."""
    if reference.count(b"\n") != subject.count(b"\n"):
        return False
    pairs = list(zip(split_lines(reference), split_lines(subject)))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    short = [line for line in split_lines(leftover_bytes(command)) if len(line) < 4]
    return len(differing) == len(short) and set(differing) == {(ERROR, BAD_FORMAT)}


def has_many_words(command):
    words = words_of(command)
    if not words or words[0] not in WORDS_MAX:
        return False
    count_max = WORDS_MAX[words[0]]
    if words[0] in SIMPLE and words[-1] == b"noreply":
        count_max += 1
    return len(words) > count_max


def has_odd_delta(command):
    words = words_of(command)
    if len(words) < 3 or words[0] not in (b"incr", b"decr"):
        return False
    return re.fullmatch(rb"[0-9]{1,20}", words[2]) is None or int(words[2]) >= 1 << 64


def has_odd_exptime(command):
    words = words_of(command)
    if words[:1] in ([b"gat"], [b"gats"]) and len(words) >= 3:
        return not is_number(words[1], -(1 << 31), (1 << 31) - 1)
    if words[:1] == [b"touch"] and len(words) >= 3:
        return not is_number(words[2], -(1 << 31), (1 << 31) - 1)
    return False


def explains_exptime(command, reference, subject):
    if b"-" in words_of(command)[1:3]:
        return reference == BAD_EXPTIME  # a lone minus is zero to 1.6.45
    return subject in (BAD_EXPTIME, b"")


def is_unknown_quiet(command):
    words = words_of(command)
    if len(words) < 2 or words[-1] != b"noreply":
        return False
    return words[0] not in WORDS_MIN and words[0] not in OTHER_VERBS


def gets_overlong_key(command):
    words = words_of(command)
    first_key = 2 if words[:1] in ([b"gat"], [b"gats"]) else 1
    is_get = bool(words) and words[0] in RETRIEVAL
    return is_get and any(len(word) > KEY_SIZE_MAX for word in words[first_key:])


def explains_shutdown(command, reference, subject):
    expected = b"" if words_of(command)[-1] == b"noreply" else b"SERVER_" + reference
    return reference.endswith(b"ERROR: shutdown not enabled\r\n") and subject == expected


def has_lone_b(command):
    words = words_of(command)
    return len(words) == 3 and words[0] == b"me" and words[2] == b"b"


# These hold against any reference, and never apply between two upstream servers of one version.
# One difference is missing, because no case controls the server's clock.  After `flush_all N`
# memcached loses what is stored from N - 1 seconds on and for a whole second, even what is stored
# after the reply to `flush_all 1`; Larder flushes after N seconds what was stored before.
LONE_B = "nothing but b behind the key of me"

DELIBERATE = [
    Rule(
        "overlong key in a get",
        "1.6.45 sends an empty line behind the error, which a client would take for a reply",
        covers=gets_overlong_key,
        explains=lambda command, reference, subject: (
            {reference, subject} == {BAD_FORMAT, BAD_FORMAT + b"\r\n"}
        ),
    ),
    Rule(
        LONE_B,
        "1.6.45 overlooks the b and looks for the base64 itself",
        covers=has_lone_b,
        explains=lambda command, reference, subject: (
            reference.startswith((b"EN\r\n", b"ME ")) and subject in (b"EN\r\n", BAD_FORMAT)
        ),
    ),
]

OLDER = [
    Rule(
        "version string",
        "each server tells its own version",
        covers=lambda command: words_of(command)[:1] == [b"version"],
        explains=lambda command, reference, subject: all(
            re.fullmatch(rb"VERSION [0-9]+\.[0-9]+\.[0-9]+\r\n", reply)
            for reply in (reference, subject)
        ),
    ),
    Rule(
        "version string in binary",
        "each server tells its own version",
        covers=lambda command: command[1:2] == BINARY_VERSION,
        explains=lambda command, reference, subject: (
            re.fullmatch(rb"[0-9]+\.[0-9]+\.[0-9]+", subject[BINARY_HEADER_SIZE:]) is not None
            and reference[:BINARY_HEADER_SIZE] == subject[:BINARY_HEADER_SIZE]
        ),
        wire="binary",
    ),
    Rule(
        "too few words",
        "ERROR before 1.6.2x; since then a known command with too few words is a bad line",
        covers=has_few_words,
        explains=explains_few_words,
    ),
    Rule(
        "short line",
        "lines under 4 bytes are a bad line since the parser was rewritten",
        covers=is_short_line,
        explains=lambda command, reference, subject: (reference, subject) == (ERROR, BAD_FORMAT),
    ),
    Rule(
        "too many words",
        "1.6.18 refuses extra words of these commands; 1.6.45 ignores them",
        covers=has_many_words,
        explains=lambda command, reference, subject: (
            reference.startswith(ERROR) or reference == DELETE_USAGE
        ),
        repair=forget_keys(1, 2),
    ),
    Rule(
        "short line behind a value",
        "the same, where a wrong length leaves a short line over",
        covers=has_short_leftover,
        explains=explains_short_leftover,
    ),
    Rule(
        "value of a refused storage command",
        "1.6.18 reads the value as a command; 1.6.45 swallows it",
        covers=is_refused_storage,
        explains=explains_swallowed_value,
        repair=forget_keys(1, 2),
    ),
    Rule(
        "form of a length",
        "1.6.18 takes a sign before and white space around a length; 1.6.45 takes digits only",
        covers=has_odd_length,
        explains=lambda command, reference, subject: subject.startswith(BAD_FORMAT),
        repair=forget_keys(1, 2),
    ),
    Rule(
        "form of a delta",
        "1.6.18 takes a sign or white space before a delta; 1.6.45 takes digits only",
        covers=has_odd_delta,
        explains=lambda command, reference, subject: subject in (BAD_DELTA, b""),
        repair=forget_keys(1, 2),
    ),
    Rule(
        "range of an exptime",
        "1.6.18 truncates to 32 bits and takes signs; 1.6.45 refuses in touch and gat",
        covers=has_odd_exptime,
        explains=explains_exptime,
        repair=forget_keys(1),
    ),
    Rule(
        "noreply of an unknown command",
        "1.6.45 honours it, 1.6.18 knows it for known commands only",
        covers=is_unknown_quiet,
        explains=lambda command, reference, subject: reference == ERROR + subject,
    ),
    Rule(
        "noreply as the key of a delete",
        "1.6.45 sees a key and a noreply in the same word",
        covers=lambda command: words_of(command) == [b"delete", b"noreply"],
        explains=lambda command, reference, subject: subject == b"",
    ),
    Rule(
        "verbosity beyond 32 bits",
        "1.6.45 refuses what 1.6.18 truncates",
        covers=lambda command: words_of(command) == [b"verbosity", b"99999999999"],
        explains=lambda command, reference, subject: subject == BAD_FORMAT,
        repair=lambda command: b"verbosity 0 noreply\r\n",
    ),
    Rule(
        "shutdown",
        "the words of the refusal changed, and it became silent with noreply",
        covers=lambda command: words_of(command)[:1] == [b"shutdown"],
        explains=explains_shutdown,
    ),
    Rule(
        "stats detail dump",
        "the two count refused commands differently",
        covers=lambda command: words_of(command)[:3] == [b"stats", b"detail", b"dump"],
        explains=lambda command, reference, subject: all(
            re.fullmatch(rb"(PREFIX [^\n]* get \d+ hit \d+ set \d+ del \d+\r\n)*END\r\n", reply)
            for reply in (reference, subject)
        ),
    ),
    Rule(
        "stats detail dump in binary",
        "the two count refused commands of the text protocol differently",
        covers=lambda command: command[BINARY_HEADER_SIZE:] == b"detail dump",
        explains=lambda command, reference, subject: all(
            reply.startswith(BINARY_PREFIX_ROWS) and b"detailedEND\r\n" in reply
            for reply in (reference, subject)
        ),
        wire="binary",
    ),
]

WITHHELD = [
    Withheld("stats_prefixes", "1.6.45 takes the beginnings of the names of sub-commands"),
    Withheld("huge_numbers", "from 2^63 on 1.6.18 looks for a minus sign behind the value, too"),
    Withheld("nul_keys", "1.6.18 ends a line at a NUL"),
    Withheld("huge_bodies", "1.6.18 knows no bound on what a binary header announces"),
    Withheld("leading_space", "1.6.18 skips spaces before a verb and executes the command"),
]


def applicable(reference_version):
    """(rules, withheld features) for a reference of that version, a tuple of numbers."""
    if reference_version >= FOLLOWED_VERSION:
        return DELIBERATE, []
    return DELIBERATE + OLDER, WITHHELD
