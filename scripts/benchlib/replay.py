"""Replays a trace to a server as a cache-aside client and counts misses: a get, and a set after a
miss.  Gets are sent in batches; a key that is twice in a batch is looked up once, and the second
get counts as a hit, as it would be without batches."""

import array
import lzma
import struct
import sys

from benchlib.text_client import TextClient

GETS_PER_SEND = 20
ORACLE_RECORD = struct.Struct("<IQIq")  # seconds, object, bytes, next access
VALUE_SIZE_MAX = 1_000_000


def _oracle(path, _):
    """(object, value size) of libCacheSim's binary records."""
    with open(path, "rb") as file:
        for _, number, size, _ in ORACLE_RECORD.iter_unpack(file.read()):
            yield number, min(size, VALUE_SIZE_MAX)


def _u32(path, value_size):
    """(object, value size) of 4-byte numbers, optionally compressed."""
    opened = lzma.open(path) if path.endswith(".xz") else open(path, "rb")
    with opened as file:
        numbers = array.array("I")
        numbers.frombytes(file.read())
    if sys.byteorder != "little":
        numbers.byteswap()
    return ((number, value_size) for number in numbers)


def _replay(requests, client):
    misses = count = 0
    batch = []

    def flush():
        nonlocal misses
        sizes = dict(batch)
        there = client.get_many([b"%d" % number for number in sizes])
        missing = [number for number in sizes if b"%d" % number not in there]
        misses += len(missing)
        client.send_quietly(b"".join(
            b"set %d 0 0 %d noreply\r\n%s\r\n" % (number, sizes[number], bytes(sizes[number]))
            for number in missing))

    for request in requests:
        batch.append(request)
        count += 1
        if len(batch) == GETS_PER_SEND:
            flush()
            batch = []
    if batch:
        flush()
    client.settle()
    return count, misses


def replay(start_server, templates, options):
    """Misses of each server; every one sees the whole trace once."""
    if not options.trace or ":" not in options.trace:
        raise RuntimeError("--trace oracle:FILE or --trace u32:FILE")
    form, path = options.trace.split(":", 1)
    read = {"oracle": _oracle, "u32": _u32}[form]
    for name, template in templates:
        with start_server(name, template) as server, TextClient(server.address) as client:
            count, misses = _replay(read(path, options.value_size), client)
        yield f"{name}: -m {options.memory}: {misses:,} misses of {count:,} requests"
