"""The work list: each row is one kind of load, the same for every server."""

import dataclasses

KEY_SIZE = 13


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    workload: str  # as larder-load spells it
    depth: int
    value_size: int = 100
    key_size: int = KEY_SIZE
    # Of keys that are not stored, in a store full of others, each of KEY_SIZE bytes.
    misses: bool = False


ROWS = [
    Row("get-1", "get", 1),
    Row("get-16", "get", 16),
    Row("get-miss-16", "get", 16, key_size=KEY_SIZE - 1, misses=True),
    Row("get-64", "get", 64),
    Row("mget-50", "mget:50", 1),
    Row("mg-16", "mg", 16),
    Row("set-1", "set", 1),
    Row("set-16", "set", 16),
    Row("mix90-16", "mix90", 16),
    Row("get-4000-16", "get", 16, value_size=4000),
    Row("binget-16", "binget", 16),
]


def rows_named(text):
    """The rows in a comma-separated list of names, in the order of the work list.

    Raises ValueError for a name that is no row's.
    """
    if text == "all":
        return list(ROWS)
    wanted = text.split(",")
    unknown = [name for name in wanted if name not in {row.name for row in ROWS}]
    if unknown:
        known = " ".join(row.name for row in ROWS)
        raise ValueError(f"no row is called {' '.join(unknown)}; there are: {known}")
    return [row for row in ROWS if row.name in wanted]
