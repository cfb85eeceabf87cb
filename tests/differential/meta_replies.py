"""Replaces the parts of a meta reply that depend on the server or the time.

- Ids are numbered by first sight, as in classic replies; an id is shown with its key.
- Times to live are shown in units that no run outlives; times since an access, which memcached
  notes only now and then, not at all.
- A key is shown as its bytes, whether the server wrote it in base64 or not.
- Size classes, of which Larder has more, are not shown.
"""

import base64
import re

STATUSES = (b"VA", b"HD", b"EN", b"NF", b"NS", b"EX")


def value_size(line):
    """Bytes of the value that follows a meta line, its end not counted; None if none does."""
    words = line.rstrip(b"\r\n").split(b" ")
    if words[0] == b"VA" and len(words) > 1 and words[1].isdigit():
        return int(words[1])
    return None


def normalised_meta(unit, cas_ids):
    """A unit of a meta reply made comparable; any other unit as it is."""
    line_end = unit.find(b"\n") + 1
    line, value = unit[:line_end], unit[line_end:]
    if line.startswith(b"ME "):
        return _debug_line(line, cas_ids)
    words = line.removesuffix(b"\r\n").split(b" ")
    if words[0] not in STATUSES:
        return unit
    flags_at = 2 if words[0] == b"VA" else 1
    words, key = _with_plain_key(words, flags_at)
    for at in range(flags_at, len(words)):
        words[at] = _flag(words[at], key, cas_ids)
    return b" ".join(words) + b"\r\n" + value


def _with_plain_key(words, flags_at):
    """(the words with the key as bytes, the key or nothing)."""
    for at in range(flags_at, len(words)):
        if words[at][:1] != b"k":
            continue
        key = words[at][1:]
        if words[at + 1 : at + 2] == [b"b"]:
            key = base64.b64decode(key)
            words = words[:at] + [b"k" + key] + words[at + 2 :]
        return words, key
    return words, b""


def _flag(word, key, cas_ids):
    letter, number = word[:1], word[1:]
    if not number.isdigit():
        return word
    if letter == b"c" and number != b"0":
        return b"cas#%d" % cas_ids.index(key, number)
    if letter == b"t":
        return b"t~%d" % _coarse(int(number))
    if letter == b"l":
        return b"l~"
    return word


def _coarse(seconds):
    return (seconds + 25_000) // 100_000


def _debug_line(line, cas_ids):
    key = line.split(b" ")[1]
    line = re.sub(rb" exp=(\d+)", lambda m: b" exp=~%d" % _coarse(int(m[1])), line)
    line = re.sub(rb" la=\d+", b" la=~", line)
    line = re.sub(rb" cls=\d+", b" cls=~", line)
    return re.sub(
        rb" cas=([1-9]\d*)", lambda m: b" cas=#%d" % cas_ids.index(key, m[1]), line
    )
