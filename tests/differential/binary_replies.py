"""Splits a binary-protocol reply stream so that two servers' streams can be compared.

A unit is one packet.  The generator writes into the opaque of each request which key it is about
(`opaque_for`), and the server returns it: so a CAS id in a header can be told to belong to that
key, and is replaced by how many different ids of it were seen before.
"""

from binary_packets import HEADER, REPLY_MAGIC, reply_size, request
from text_values import (
    LARGE_KEYS,
    MEDIUM_KEYS,
    MISSING_KEYS,
    NUL_KEYS,
    NUMBER_KEYS,
    ODD_KEYS,
    SMALL_KEYS,
)

# No text command can contain these.
BINARY_KEYS = [b"a b", b" ", b"\n", b"\r\n", b"get k1\r\n", bytes(range(250)), b"\x80\x81"]
KEYS = SMALL_KEYS + NUMBER_KEYS + MEDIUM_KEYS + LARGE_KEYS + MISSING_KEYS
KEYS = KEYS + ODD_KEYS + NUL_KEYS + BINARY_KEYS
INDEX_OF_KEY = {key: index for index, key in enumerate(KEYS)}

KEY_BITS = 12
NO_KEY = (1 << KEY_BITS) - 1
FENCE_OPAQUE = 1 << 31

NOOP, STAT = 0x0A, 0x10
# The key of the one row of `stats` that follows from the commands alone.
PREFIX_ROWS_KEY = b"detailed"
NAMES = (
    "GET SET ADD REPLACE DELETE INCR DECR QUIT FLUSH GETQ NOOP VERSION GETK GETKQ APPEND PREPEND "
    "STAT SETQ ADDQ REPLACEQ DELETEQ INCRQ DECRQ QUITQ FLUSHQ APPENDQ PREPENDQ 0x1b TOUCH GAT "
    "GATQ 0x1f LIST AUTH STEP GATK GATKQ"
).split()


def opaque_for(rng, key):
    """An opaque that identifies the key, and is otherwise arbitrary."""
    index = INDEX_OF_KEY.get(key, NO_KEY)
    return rng.getrandbits(31 - KEY_BITS) << KEY_BITS | index


def fence(number):
    """A command whose reply occurs once in a run: it shows where a reply stream stands."""
    return request(NOOP, opaque=FENCE_OPAQUE | number)


def fence_reply(number):
    return HEADER.pack(REPLY_MAGIC, NOOP, 0, 0, 0, 0, 0, FENCE_OPAQUE | number, 0)


def units(stream):
    """Cuts `stream` into packets; what is left over is a unit of its own."""
    found = []
    at = 0
    while at < len(stream):
        size = reply_size(stream, at)
        if stream[at] != REPLY_MAGIC or size is None or at + size > len(stream):
            found.append(stream[at:])
            break
        found.append(stream[at : at + size])
        at += size
    return found


def segments(stream_units):
    """Splits units at the fences: ([units before, between and after], [fence numbers])."""
    found, numbers = [[]], []
    for unit in stream_units:
        if len(unit) == HEADER.size:
            _, opcode, _, _, _, status, _, opaque, _ = HEADER.unpack(unit)
            if opcode == NOOP and status == 0 and opaque & FENCE_OPAQUE:
                numbers.append(opaque & ~FENCE_OPAQUE)
                found.append([])
                continue
        found[-1].append(unit)
    return found, numbers


def normalised(found, cas_ids):
    """The packets with their CAS ids replaced, and without rows of `stats` but PREFIX rows."""
    made = [_normalise(unit, cas_ids) for unit in found]
    return [unit for unit in made if unit is not None]


def _normalise(unit, cas_ids):
    if len(unit) < HEADER.size:
        return unit
    _, opcode, key_size, _, _, status, _, opaque, cas = HEADER.unpack_from(unit)
    if opcode == STAT and status == 0 and key_size:
        return _prefix_rows(unit, key_size)
    index = opaque & NO_KEY
    if cas == 0 or index >= len(KEYS):
        return unit
    place = cas_ids.index(KEYS[index], b"%d" % cas)
    return unit[: HEADER.size - 8] + b"cas%05d" % place + unit[HEADER.size :]


def _prefix_rows(unit, key_size):
    """A row of `stats detail dump`, whose lines upstream has in hash order; else None."""
    end = HEADER.size + key_size
    if unit[HEADER.size : end] != PREFIX_ROWS_KEY:
        return None
    return unit[:end] + b"".join(sorted(unit[end:].splitlines(keepends=True)))


def may_show_cas(command):
    """Whether a reply to `command` may have CAS ids in it."""
    return True


def keys_of(rendered):
    """The key of a request, if its opaque identifies it."""
    index = HEADER.unpack_from(rendered)[7] & NO_KEY
    return KEYS[index : index + 1]


def shown(unit):
    """A packet in words, and its bytes."""
    short = unit if len(unit) <= 200 else unit[:120] + b"..." + unit[-40:]
    if len(unit) < HEADER.size or unit[0] != REPLY_MAGIC:
        return repr(short)
    _, opcode, key_size, extras_size, _, status, body_size, opaque, _ = HEADER.unpack_from(unit)
    name = NAMES[opcode] if opcode < len(NAMES) else f"{opcode:#04x}"
    sizes = f"extras {extras_size} key {key_size} body {body_size}"
    return f"{name} status {status:#04x} {sizes} opaque {opaque:#x}: {short!r}"
