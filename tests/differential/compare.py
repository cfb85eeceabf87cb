"""Decides whether two servers' replies to a batch are equal, and describes the difference."""

from collections import Counter
from dataclasses import dataclass

from wires import WIRES

SHOWN_UNITS = 6


@dataclass
class Divergence:
    """An unexplained difference: what kind, and both replies from shortly before it."""

    what: str
    reference: list
    subject: list
    wire: str = "text"


class Comparer:
    """Compares answers; counts how often each rule explained a difference."""

    def __init__(self):
        self.rule_uses = Counter()

    def compare(self, pair, sent_segments, answers):
        """The first unexplained difference, or None."""
        reference, subject = answers
        name = sent_segments[0].wire
        wire = WIRES[name]
        if reference.state == subject.state and reference.stream == subject.stream:
            # CAS ids still have to be learned; without any, equal bytes are enough.
            commands = [command for segment in sent_segments for command in segment.commands]
            if reference.state == "answered" and not any(map(wire.may_show_cas, commands)):
                return None
        found = [wire.units(answer.stream) for answer in answers]
        if reference.state != subject.state:
            what = f"reference {reference.state}, subject {subject.state}"
            return _divergence(name, what, *found)
        if reference.state == "silent" and self._should_answer(sent_segments):
            return _divergence(name, "neither answered all of the batch", *found)
        return self._compare_segments(pair, sent_segments, *map(wire.segments, found))

    def _compare_segments(self, pair, sent_segments, reference, subject):
        name = sent_segments[0].wire
        wire = WIRES[name]
        reference_parts, numbers = reference
        subject_parts, subject_numbers = subject
        if numbers != subject_numbers:
            return _divergence(
                name,
                f"replies are out of step: fences {numbers} and {subject_numbers}",
                sum(reference_parts, []),
                sum(subject_parts, []),
            )
        # A batch that ends by a close has no last fence, and its last part may be empty.
        for sent, *parts in zip(sent_segments, reference_parts, subject_parts):
            parts = [
                wire.normalised(part, side.cas_ids) for part, side in zip(parts, pair.sides)
            ]
            if parts[0] == parts[1]:
                continue
            replies = [b"".join(part) for part in parts]
            explaining = [rule for rule in sent.rules if rule.explains(sent.rendered, *replies)]
            if not explaining:
                beyond = "".join(f" beyond '{rule.name}'" for rule in sent.rules)
                return _divergence(name, f"replies differ{beyond}", *parts)
            self.rule_uses[explaining[0].name] += 1
            for side in pair.sides:
                side.cas_ids.forget(wire.keys_of(sent.rendered))
        return None

    @staticmethod
    def failure(what):
        """A divergence that shows no replies: the exchange itself failed."""
        return Divergence(what, [], [])

    @staticmethod
    def _should_answer(sent_segments):
        last = sent_segments[-1].commands[-1]
        return not last.closes and not last.silence_seconds


def _divergence(wire, what, reference, subject):
    """Keeps only the units around the first one that differs."""
    first = 0
    for left, right in zip(reference, subject):
        if left != right:
            break
        first += 1
    start = max(0, first - SHOWN_UNITS // 2)
    return Divergence(
        f"{what} (at reply unit {first})",
        reference[start : start + SHOWN_UNITS],
        subject[start : start + SHOWN_UNITS],
        wire,
    )
