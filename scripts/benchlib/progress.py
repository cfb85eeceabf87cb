"""A progress line on a terminal, rewritten in place; no output elsewhere."""

import sys


def _write(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def show(text):
    _write(text + " ")


def clear():
    _write("")
