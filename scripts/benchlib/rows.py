"""The list of rows: each is one kind of load, the same for every server."""

import dataclasses

KEY_SIZE = 13
VALUE_SIZE = 100

# Header and index; chunks are up to a quarter larger than their items; and a server reserves some
# memory for each chunk size.
ITEM_OVERHEAD = 80
CHUNK_SLACK = 1.25
MEGABYTES_AT_LEAST = 8


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    workload: str  # its name in larder-load
    depth: int
    value_size: int = VALUE_SIZE
    key_size: int = KEY_SIZE
    # Gets of missing keys, in a store full of other keys, each of KEY_SIZE bytes.
    misses: bool = False

    def has_own_value_size(self):
        return self.value_size != VALUE_SIZE

    def memory_megabytes(self, key_count):
        """A memory limit that is large enough for this many items without eviction."""
        item_size = self.key_size + self.value_size + ITEM_OVERHEAD
        return key_count * item_size * CHUNK_SLACK / (1 << 20) + MEGABYTES_AT_LEAST


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


def _with_values_of(row, value_size):
    return dataclasses.replace(row, name=f"{row.name} {value_size}B", value_size=value_size)


def rows_named(text, value_size=None):
    """The rows in a comma-separated list of names, in the order of the work list.

    With `value_size` their values have that size, and their names say so; "all" then leaves out
    the rows that are there for the size of their values.

    Raises ValueError for an unknown name.
    """
    if value_size is not None:
        return [row if row.has_own_value_size() else _with_values_of(row, value_size)
                for row in rows_named(text)
                if text != "all" or not row.has_own_value_size()]
    if text == "all":
        return list(ROWS)
    wanted = text.split(",")
    unknown = [name for name in wanted if name not in {row.name for row in ROWS}]
    if unknown:
        known = " ".join(row.name for row in ROWS)
        raise ValueError(f"no row is called {' '.join(unknown)}; there are: {known}")
    return [row for row in ROWS if row.name in wanted]
