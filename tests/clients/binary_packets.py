"""The packets of the binary protocol, and a connection that exchanges them one at a time.

Standard library only; also used by tests/differential.
"""

import struct
from dataclasses import dataclass

from harness import Connection, check, shorten

# Magic, opcode, key length, extras length, data type, status (of a request: vbucket), body
# length, opaque, CAS id.
HEADER = struct.Struct(">BBHBBHIIQ")
REQUEST_MAGIC = 0x80
REPLY_MAGIC = 0x81

SUCCESS, NOT_FOUND, EXISTS = 0x00, 0x01, 0x02
INVALID, AUTH_ERROR, AUTH_CONTINUE, UNKNOWN_COMMAND = 0x04, 0x20, 0x21, 0x81

GET, SET, VERSION, STAT = 0x00, 0x01, 0x0B, 0x10
SASL_LIST, SASL_AUTH, SASL_STEP = 0x20, 0x21, 0x22


def request(opcode, key=b"", extras=b"", value=b"", opaque=0, cas=0):
    """The bytes of one well-formed request."""
    size = len(extras) + len(key) + len(value)
    head = HEADER.pack(REQUEST_MAGIC, opcode, len(key), len(extras), 0, 0, size, opaque, cas)
    return head + extras + key + value


@dataclass(frozen=True)
class Reply:
    """One parsed reply packet."""

    opcode: int
    status: int
    extras: bytes
    key: bytes
    value: bytes
    opaque: int
    cas: int


def reply_size(data, at=0):
    """The size of the reply that begins at `at`; None while its header is incomplete."""
    if len(data) - at < HEADER.size:
        return None
    return HEADER.size + HEADER.unpack_from(data, at)[6]


def reply_from(data):
    """The reply of which `data` consists exactly."""
    magic, opcode, key_size, extras_size, _, status, body_size, opaque, cas = HEADER.unpack(
        data[: HEADER.size]
    )
    check(magic == REPLY_MAGIC, f"a reply begins with {magic:#x}: {shorten(data)}")
    check(body_size == len(data) - HEADER.size, f"a reply of another size: {shorten(data)}")
    body = data[HEADER.size :]
    key_end = extras_size + key_size
    extras, key, value = body[:extras_size], body[extras_size:key_end], body[key_end:]
    return Reply(opcode, status, extras, key, value, opaque, cas)


class BinaryTalker(Connection):
    """One connection that uses the binary protocol in whole packets."""

    def ask(self, opcode, key=b"", extras=b"", value=b"", cas=0):
        """Sends one request and returns the next reply."""
        self.send(request(opcode, key, extras, value, cas=cas))
        return self.reply()

    def reply(self):
        head = self.exactly(HEADER.size)
        return reply_from(head + self.exactly(reply_size(head) - HEADER.size))

    def authenticate(self, user, password):
        """The status of the server's reply to a login with this user and password."""
        return self.ask(SASL_AUTH, b"PLAIN", value=f"\0{user}\0{password}".encode()).status

    def stats(self, what=""):
        """The rows of `stats` as a dictionary of text."""
        rows = {}
        reply = self.ask(STAT, what.encode())
        while reply.key:
            rows[reply.key.decode()] = reply.value.decode()
            reply = self.reply()
        check(reply.status == SUCCESS, f"stats {what} was answered by {reply}")
        return rows

    def is_closed(self):
        """Whether the server closes the connection without sending anything more."""
        return self.until_closed() == b""
