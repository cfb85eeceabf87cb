#!/usr/bin/python3
"""A reader of snapshot files that follows docs/snapshot-format.md and shares no code with Larder.

    python3 tests/snapshot/format_page_test.py --larder build/release/larder

It reads what a real server has saved, plain, compressed and encrypted, and finds every item as the
server shows it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

import hashlib  # noqa: E402
import hmac  # noqa: E402
import os  # noqa: E402
import struct  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from contextlib import nullcontext  # noqa: E402

import xxhash  # noqa: E402
import zstandard  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402

from harness import (  # noqa: E402
    Server,
    TestFailure,
    arguments,
    check,
    check_equal,
    end_with,
    passes,
    wait_until,
)

MAGIC = bytes.fromhex("8c4c44520d0a1a0a")
HEADER_SIZE, BLOCK_HEADER_SIZE = 4096, 40
ITEMS, PART, END = 1, 2, 5
COMPRESSED, FIRST_PART, LAST_PART = 1, 2, 4
KEY_IS_BINARY, STALE, CAS_IS_CLIENTS = 1, 2, 8
KEY = bytes(range(32))


class Header:
    """The first 4096 bytes."""

    def __init__(self, data):
        check(data[:8] == MAGIC, "the magic number")
        self.low, self.high = struct.unpack_from("<QQ", data, 4080)
        digest = xxhash.xxh3_128_intdigest(data[:4080])
        check_equal((self.low, self.high), (digest & (1 << 64) - 1, digest >> 64), "the checksum")
        (self.major, self.minor, self.block_max, _, self.features, self.codec, self.cipher,
         self.key_id, self.salt, self.cut_ms, self.items, self.bytes, self.power) = (
            struct.unpack_from("<HHIQQBB6x8s32sqQQI", data, 8))
        self.texts, at = [], 112
        for _ in range(4):
            size, = struct.unpack_from("<H", data, at)
            self.texts.append(data[at + 2:at + 2 + size].decode())
            at += 2 + size
        self.digest = hashlib.sha256(data[:HEADER_SIZE]).digest()


def opener(header, key):
    """A function that decrypts stored bytes."""
    if header.cipher == 0:
        return lambda sequence, associated, stored: stored
    check_equal(hmac.digest(key, b"id", "sha256")[:8], header.key_id, "the key id")
    file_key = HKDF(hashes.SHA256(), 32, header.salt, b"larder snapshot 1" + header.digest)
    cipher = AESGCM(file_key.derive(key))
    return lambda sequence, associated, stored: cipher.decrypt(
        struct.pack("<QI", sequence, 0), stored, associated)


def blocks_of(data, header, key):
    """(kind, flags, number of items, payload, checksum) of each block."""
    decrypt = opener(header, key)
    at, expected = HEADER_SIZE, 0
    while at < len(data):
        head = data[at:at + BLOCK_HEADER_SIZE]
        magic, sequence, kind, flags, items, raw_size, size, checksum = struct.unpack(
            "<4sQBBxxIII4xQ", head)
        stored = data[at + BLOCK_HEADER_SIZE:at + BLOCK_HEADER_SIZE + size]
        check_equal(magic, b"LBlk", "the magic number of a block")
        check_equal(sequence, expected, "the sequence number")
        seed = xxhash.xxh3_64_intdigest(head[:32], header.low)
        check_equal(xxhash.xxh3_64_intdigest(stored, seed), checksum, "the checksum of a block")
        payload = decrypt(sequence, head[:32], stored)
        if flags & COMPRESSED:
            payload = zstandard.ZstdDecompressor().decompress(payload, max_output_size=raw_size)
        check_equal(len(payload), raw_size, "the size of a payload")
        yield kind, flags, items, payload, checksum
        at += BLOCK_HEADER_SIZE + size
        expected += 1


def records_of(payload):
    """(key, value, marks, flags, CAS id, expiry) of each record."""
    at = 0
    while at < len(payload):
        head_size, kind, marks, _, key_size, flags, cas, expires, _, value_size = (
            struct.unpack_from("<HBBBxHIQQII", payload, at))
        check_equal(kind, 0, "the type of a value")
        at += 2 + head_size
        key, value = payload[at:at + key_size], payload[at + key_size:at + key_size + value_size]
        check_equal(len(value), value_size, "the size of a value")
        yield key, (value, marks, flags, cas, expires)
        at += key_size + value_size


def read_snapshot(data, key=None):
    """The header, the items by key, and whether a record was cut into parts."""
    header = Header(data)
    items, parts, chain, count, has_parts, ended = {}, b"", 0, 0, False, False
    for kind, flags, number, payload, checksum in blocks_of(data, header, key):
        check(not ended, "something follows the End block")
        if kind == END:
            totals = struct.unpack("<QQQQQ", payload)
            size = sum(len(name) + len(item[0]) for name, item in items.items())
            check_equal(totals, (count, size, 0, 0, chain), "the totals")
            ended = True
            continue
        chain = xxhash.xxh3_64_intdigest(struct.pack("<Q", checksum), chain)
        count += number
        if kind == PART:
            has_parts = True
            parts = payload if flags & FIRST_PART else parts + payload
            if not flags & LAST_PART:
                continue
            payload = parts
        for name, item in records_of(payload):
            check(name not in items, f"{name} is there twice")
            items[name] = item
    check(ended, "the file has no End block")
    check_equal(len(items), count, "the number of items")
    return header, items, has_parts


def snapshot_of(binary, folder, *options):
    """What a server shows of its items, and the file of its snapshot."""
    with Server(binary, ["-m", "64", "-I", "8m", "--snapshot-dir", folder, *options]) as server:
        shown = {}
        values = {b"empty": b"", b"small": b"v", b"large": os.urandom(900_000),
                  b"text": b"line " * 20_000, b"in-parts": os.urandom(3_000_000)}
        values.update({b"key%d" % i: os.urandom(i % 300) for i in range(3000)})
        with server.talk() as talker:
            for number, (key, value) in enumerate(values.items()):
                talker.set(key, value, flags=number % 7, exptime=1000 if number % 3 == 0 else 0)
            talker.send(b"ms AAEC/w== 2 b T500\r\nvv\r\n"
                        b"ms by-client 1 E123 F9\r\nx\r\nmd small I\r\n")
            for _ in range(3):
                check_equal(talker.line()[:2], b"HD", "the reply to a meta command")
            values.update({b"\x00\x01\x02\xff": b"vv", b"by-client": b"x"})
            for key in values:
                name = b"AAEC/w== b" if key[0] == 0 else key
                words = talker.ask(b"mg %b c f t" % name).split()
                shown[key] = {word[:1]: int(word[1:]) for word in words[1:]
                              if word[:1] in b"cft" and word[1:]}
            asked_at = time.time()
            check_equal(talker.ask(b"snapshot"), b"OK", "the reply to snapshot")
        wait_until(lambda: server.stats("snapshot")["successes"] == "1", "a snapshot")
        with open(server.stats("snapshot")["last_file"], "rb") as file:
            return values, shown, asked_at, file.read()


def check_file(binary, key, *options):
    with tempfile.TemporaryDirectory() as folder:
        values, shown, asked_at, data = snapshot_of(binary, folder, *options)
    header, items, has_parts = read_snapshot(data, key)
    check_equal((header.major, header.minor), (1, 0), "the version")
    check(abs(header.cut_ms / 1000 - asked_at) < 5, "the point in time")
    check(has_parts, "a large record is cut into parts")
    check_equal(set(items), set(values), "the keys")
    for name, (value, marks, flags, cas, expires) in items.items():
        check_equal(value, values[name], f"the value of {name}")
        check_equal((flags, cas), (shown[name][b"f"], shown[name][b"c"]), f"{name}")
        left = shown[name][b"t"]
        check((expires == 0) == (left == -1), f"whether {name} expires")
        check(left == -1 or abs(expires / 1000 - asked_at - left) < 3, f"when {name} expires")
        wanted = (KEY_IS_BINARY if name[0] == 0 else STALE if name == b"small"
                  else CAS_IS_CLIENTS if name == b"by-client" else 0)
        check_equal(marks & ~4, wanted, f"the marks of {name}")
    for at in (9, 100, 4085, 4100, 4120, 4200, len(data) // 2, len(data) - 1):
        damaged = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        try:
            read_snapshot(damaged, key)
        except TestFailure:
            continue
        raise TestFailure(f"a flipped bit at {at} was not found")


def a_plain_file_is_as_the_page_says(binary):
    check_file(binary, None)


def a_compressed_file_is_as_the_page_says(binary):
    check_file(binary, None, "--snapshot-compress")


def an_encrypted_file_is_as_the_page_says(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key")
        with open(path, "w", encoding="ascii") as file:
            file.write(KEY.hex() + "\n")
        os.chmod(path, 0o600)
        check_file(binary, KEY, "--snapshot-key-file", path)
        check_file(binary, KEY, "--snapshot-key-file", path, "--snapshot-compress")


TESTS = [
    a_plain_file_is_as_the_page_says,
    a_compressed_file_is_as_the_page_says,
    an_encrypted_file_is_as_the_page_says,
]

if __name__ == "__main__":
    larder = os.path.abspath(arguments(__doc__.splitlines()[0]).parse_args().larder)
    end_with([passes(test, lambda: nullcontext(larder)) for test in TESTS])
