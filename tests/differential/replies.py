"""Splits a text-protocol reply stream so that two servers' streams can be compared.

A unit is one line with its ending, or a VALUE or VA line together with its data.  CAS ids, which
each server chooses freely, are replaced by how many different ids of that key were seen before.
"""

from allowed import words_of
from meta_replies import normalised_meta, value_size

FENCE_KEY = b"~f"


class CasIds:
    """The CAS ids one server has shown, by key, in the order of first sight."""

    def __init__(self):
        self._ids = {}

    def newest_last(self, key):
        """The ids of `key` as bytes; empty when none was seen."""
        return self._ids.get(key, ((), ()))[1]

    def index(self, key, cas_id):
        """The place of `cas_id` among the ids of `key`, noting it if it is new."""
        places, in_order = self._ids.setdefault(key, ({}, []))
        if cas_id not in places:
            places[cas_id] = len(in_order)
            in_order.append(cas_id)
        return places[cas_id]

    def forget(self, keys):
        """Restarts counting for `keys`: another server may have shown fewer ids of them."""
        for key in keys:
            self._ids.pop(key, None)


def fence(number):
    """A command whose reply occurs once in a run: it shows where a reply stream stands."""
    return b"set %b 0 0 8 noreply\r\n%08d\r\nget %b\r\n" % (FENCE_KEY, number, FENCE_KEY)


def fence_reply(number):
    return b"VALUE %b 0 8\r\n%08d\r\nEND\r\n" % (FENCE_KEY, number)


def units(stream):
    """Cuts `stream` into units."""
    found = []
    at, end = 0, len(stream)
    while at < end:
        line_end = stream.find(b"\n", at) + 1
        if line_end == 0:
            found.append(stream[at:])
            break
        unit_end = line_end
        if stream.startswith(b"VALUE ", at):
            words = stream[at : line_end - 2].split(b" ")
            if len(words) in (4, 5) and words[3].isdigit():
                unit_end += int(words[3]) + 2
        elif (size := value_size(stream[at:line_end])) is not None:
            unit_end += size + 2
        found.append(stream[at:unit_end])
        at = unit_end
    return found


def normalised(found, cas_ids):
    """The units with their CAS ids replaced and runs of PREFIX rows sorted."""
    return _sort_prefix_rows([_normalise_cas(unit, cas_ids) for unit in found])


def _normalise_cas(unit, cas_ids):
    if not unit.startswith(b"VALUE "):
        return normalised_meta(unit, cas_ids)
    line_end = unit.find(b"\n") + 1
    words = unit[: line_end - 2].split(b" ")
    if len(words) != 5:
        return unit
    words[4] = b"cas#%d" % cas_ids.index(words[1], words[4])
    return b" ".join(words) + b"\r\n" + unit[line_end:]


def _sort_prefix_rows(found):
    """Orders each run of `stats detail dump` rows: upstream prints them in hash order."""
    if not any(unit.startswith(b"PREFIX ") for unit in found):
        return found
    ordered, run = [], []
    for unit in found:
        if unit.startswith(b"PREFIX "):
            run.append(unit)
            continue
        ordered += sorted(run)
        run = []
        ordered.append(unit)
    return ordered + sorted(run)


def segments(stream_units):
    """Splits units at the fences: ([units before, between and after], [fence numbers])."""
    found, numbers = [[]], []
    opening = b"VALUE %b 0 8\r\n" % FENCE_KEY
    after_fence = False
    for unit in stream_units:
        if after_fence and unit == b"END\r\n":
            after_fence = False
            continue
        after_fence = unit.startswith(opening)
        if after_fence:
            numbers.append(int(unit[len(opening) : len(opening) + 8]))
            found.append([])
        else:
            found[-1].append(unit)
    return found, numbers


def may_show_cas(command):
    """Whether a reply to `command` may have CAS ids in it."""
    return any(
        isinstance(part, bytes) and (part[:1] == b"m" or b"gets " in part or b"gats " in part)
        for part in command.parts
    )


def keys_of(rendered):
    """All parts of the command that may be keys."""
    return words_of(rendered)


def shown(unit):
    return repr(unit if len(unit) <= 300 else unit[:150] + b"..." + unit[-100:])
