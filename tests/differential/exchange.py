"""Sends the same batch to two servers at once and collects the replies of each.

One `Pair` holds a reference and a subject process and a few connections to each.  A batch goes
out on one connection of each; the next batch waits for both replies, so the order of commands is
the same on both sides although several connections are in use.
"""

import select
import socket
import time

from commands import cuts_of
from harness import Server
from replies import CasIds
from wires import WIRES

ANSWER_SECONDS_MAX = 10.0
CLOSE_SECONDS_MAX = 3.0
RECEIVE_SIZE = 1 << 18


class Link:
    """One connection to one server, and the state of the exchange under way on it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def begin(self, pieces, ending):
        """`ending` is the last bytes of a complete reply; None when only a close ends it."""
        self.pieces = pieces
        self.piece_index = 0
        self.ending = ending
        self.received = bytearray()
        self.state = "silent"

    @property
    def wants(self):
        """The poll events to wait for; 0 when the exchange is over."""
        if self.state != "silent":
            return 0
        has_more = self.piece_index < len(self.pieces)
        return select.POLLIN | (select.POLLOUT if has_more else 0)

    def send_some(self):
        piece = self.pieces[self.piece_index]
        try:
            sent = self.socket.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            # The close itself, and what was answered before it, arrive by receiving.
            self.piece_index = len(self.pieces)
            return
        except BlockingIOError:
            return
        if sent == len(piece):
            self.piece_index += 1
        else:
            self.pieces[self.piece_index] = memoryview(piece)[sent:]

    def receive_some(self):
        try:
            data = self.socket.recv(RECEIVE_SIZE)
        except ConnectionResetError:
            data = b""
        except BlockingIOError:
            return
        if not data:
            self.state = "closed"
            return
        self.received += data
        if self.ending is not None and self.received.endswith(self.ending):
            self.state = "answered"

    def close(self):
        self.socket.close()


class Side:
    """One server of the pair: its process, its connections, the CAS ids it has shown."""

    def __init__(self, binary, options, link_count):
        self.server = Server(binary, options)
        self.cas_ids = CasIds()
        self.links = [Link(self.server.port) for _ in range(link_count)]

    def reconnect(self, index):
        self.links[index].close()
        self.links[index] = Link(self.server.port)

    def end(self, cleanly):
        for link in self.links:
            link.close()
        try:
            if cleanly:
                self.server.stop()
        finally:
            self.server.kill()


class Segment:
    """Commands between two fences.

    `rules` are set when it is one command with allowances; `rendered` is then what the
    reference received.
    """

    def __init__(self, rules=(), rendered=None):
        self.rules = rules
        self.rendered = rendered
        self.commands = []

    @property
    def wire(self):
        return self.commands[0].wire


class Answer:
    """One server's replies to a batch."""

    def __init__(self, state, stream):
        self.state = state  # answered, closed or silent
        self.stream = stream


class Pair:
    """A reference and a subject that receive the same commands.

    `wires` is the wire of each connection.
    """

    def __init__(self, reference, subject, wires, options, subject_options=()):
        self.wires = wires
        self.sides = [Side(reference, options, len(wires))]
        try:
            self.sides.append(Side(subject, [*options, *subject_options], len(wires)))
        except Exception:
            self.end(cleanly=False)
            raise
        self._fence_number = 0
        self._last_link = 0

    def end(self, cleanly):
        for side in self.sides:
            side.end(cleanly)

    def run(self, batch, rules):
        """Sends `batch`; returns its segments and both answers.

        A command that a rule of `rules` covers gets a segment of its own, so that its reply is
        known for certain to be its own.
        """
        self._settle(batch.link)
        segments = self._cut_at_rules(batch, rules)
        ends_by_close = batch.commands[-1].closes
        silence_seconds = batch.commands[-1].silence_seconds
        has_marker = not ends_by_close and not silence_seconds
        numbers = [self._fence_number + index for index in range(len(segments))]
        self._fence_number += len(segments)
        links = [side.links[batch.link] for side in self.sides]
        wire = WIRES[batch.wire]
        for side, link in zip(self.sides, links):
            pieces = self._pieces(segments, numbers, side.cas_ids, batch.cut_share)
            if has_marker:
                link.begin(pieces, wire.fence_reply(numbers[-1]))
            else:
                # All before the close in one write, so that no reply is lost with a reset.
                whole = b"".join(pieces).removesuffix(wire.fence(numbers[-1]))
                link.begin([whole], None)
        seconds_max = ANSWER_SECONDS_MAX
        if not has_marker:
            seconds_max = silence_seconds or CLOSE_SECONDS_MAX
        exchange(links, seconds_max, batch.pause_seconds)
        answers = [Answer(link.state, bytes(link.received)) for link in links]
        if any(answer.state != "answered" for answer in answers):
            self._reconnect(batch.link)
        return segments, answers

    def _settle(self, next_link):
        """One round trip on the connection used last, if another is next.

        A server may keep a reference to a sent item a little longer than its client waits, which
        is visible when another worker edits the item.  A second reply proves that it is released.
        """
        if self._last_link != next_link:
            number = self._fence_number
            self._fence_number += 1
            links = [side.links[self._last_link] for side in self.sides]
            wire = WIRES[self.wires[self._last_link]]
            for link in links:
                link.begin([wire.fence(number)], wire.fence_reply(number))
            exchange(links, ANSWER_SECONDS_MAX, pause_seconds=0)
        self._last_link = next_link

    def _reconnect(self, index):
        for side in self.sides:
            if side.server.is_running():
                side.reconnect(index)

    def _cut_at_rules(self, batch, rules):
        segments = [Segment()]
        for command in batch.commands:
            covering = []
            if rules:
                rendered = command.render(self.sides[0].cas_ids)
                fitting = [rule for rule in rules if rule.wire == command.wire]
                covering = [rule for rule in fitting if rule.covers(rendered)]
            if covering:
                segments.append(Segment(covering, rendered))
            elif segments[-1].rules:
                segments.append(Segment())
            segments[-1].commands.append(command)
        return [segment for segment in segments if segment.commands]

    @staticmethod
    def _pieces(segments, numbers, cas_ids, cut_share):
        """The bytes of one write each."""
        pieces, current = [], bytearray()
        for segment, number in zip(segments, numbers):
            for command in segment.commands:
                rendered = command.render(cas_ids)
                sent = 0
                for cut in cuts_of(command, len(rendered), cut_share) if cut_share else ():
                    current += rendered[sent:cut]
                    pieces.append(bytes(current))
                    current.clear()
                    sent = cut
                current += rendered[sent:]
                for rule in segment.rules:
                    current += rule.repair(rendered)
            current += WIRES[segment.wire].fence(number)
        pieces.append(bytes(current))
        return [piece for piece in pieces if piece]


def exchange(links, seconds_max, pause_seconds):
    """Sends and receives on all links at once until each has ended or time is up."""
    poll = select.poll()
    by_descriptor = {}
    for link in links:
        by_descriptor[link.socket.fileno()] = link
        poll.register(link.socket, link.wants)
    deadline = time.monotonic() + seconds_max
    while by_descriptor and (left := deadline - time.monotonic()) > 0:
        for descriptor, events in poll.poll(left * 1000):
            link = by_descriptor[descriptor]
            if events & select.POLLOUT:
                link.send_some()
                if pause_seconds:
                    time.sleep(pause_seconds)
            if events & ~select.POLLOUT:
                link.receive_some()
            if link.wants:
                poll.modify(descriptor, link.wants)
            else:
                poll.unregister(descriptor)
                del by_descriptor[descriptor]
