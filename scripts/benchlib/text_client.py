"""A small client of the text protocol, for requests that larder-load does not support."""

import socket

RECEIVE_BYTES = 1 << 20
PATIENCE_SECONDS = 120


class TextClient:
    """One connection; every method waits for its reply unless its name says `quiet`."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, request, end=b"END\r\n"):
        """Everything up to and including `end`."""
        self._socket.sendall(request)
        pieces = []
        tail = b""
        while True:
            piece = self.receive()
            pieces.append(piece)
            tail = (tail + piece)[-len(end):]
            if tail == end:
                return b"".join(pieces)

    def receive(self):
        """Returns at least one byte of the server's output."""
        piece = self._socket.recv(RECEIVE_BYTES)
        if not piece:
            raise ConnectionError("the server has closed the connection")
        return piece

    def send_quietly(self, request):
        """For noreply commands, and those whose answer is received in pieces."""
        self._socket.sendall(request)

    def send_some(self, request):
        """Returns the number of bytes sent; raises BlockingIOError instead of waiting.

        From then on no other method waits, either.
        """
        self._socket.setblocking(False)
        return self._socket.send(request)

    def settle(self):
        """Everything sent before has been executed."""
        self.ask(b"mn\r\n", b"MN\r\n")

    def stats(self, topic=b""):
        """A dictionary of strings."""
        words = (line.split(b" ", 2) for line in self.ask(b"stats " + topic + b"\r\n").splitlines())
        return {word[1].decode(): word[2].decode() for word in words if word[0] == b"STAT"}

    def get_many(self, keys):
        """The set of keys that were found."""
        answer = self.ask(b"get " + b" ".join(keys) + b"\r\n")
        return {line.split(b" ", 2)[1] for line in answer.split(b"\r\n")
                if line.startswith(b"VALUE ")}
