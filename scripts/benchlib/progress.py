"""One line on a terminal that says what is going on, rewritten in place; silent elsewhere."""

import sys


def _write(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def show(text):
    _write(text + " ")


def clear():
    _write("")
