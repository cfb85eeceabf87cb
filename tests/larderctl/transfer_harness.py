"""What the tests of larderctl's commands that move items share: servers, items, and the tool.

Used by copy_test.py, files_test.py and snapshot_commands_test.py of this folder.  memcached is the
one on the PATH, or what --memcached names.
"""

import base64
import contextlib
import functools
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

from certificates import Authority  # noqa: E402
from harness import (  # noqa: E402
    Connection, Server, Talker, arguments, check, check_equal, end_with, passes)

RUN_SECONDS_MAX = 60
EXIT_CANNOT, EXIT_USAGE = 1, 64
RELATIVE_MAX = 30 * 86400  # seconds to live; more than that is a point in time

# Key, value, flags and seconds to live (0: for ever).  Binary keys are set in base64.
ITEMS = (
    (b"plain", b"value", 0, 0),
    (b"flags", b"x", 4294967295, 0),
    (b"empty", b"", 7, 1000),
    (b"lines", b"a\r\nEND\r\nVA 3\r\n", 0, 50),
    (b"bytes", bytes(range(256)) * 4, 1, 86400),
    (b"months", b"far", 0, 86400 * 90),
    (b"k" * 250, b"long key", 0, 0),
    ("k\u00e4se".encode(), "\u20ac".encode(), 0, 0),
    (b"50%25", b"percent", 0, 0),
    (b"with blank", b"binary key", 3, 500),
    (b"\x00\xff\n\r", b"binary key of odd bytes", 0, 0),
    (b"large", b"L" * 1_000_000, 9, 600),
)


class Tools:
    """Paths of the programs, from the command line."""

    larderctl = ""
    larder = ""
    memcached = ""


def run(*words, status=0, given=b"", seconds_max=RUN_SECONDS_MAX):
    """What larderctl prints: on standard output, and on standard error."""
    done = subprocess.run([Tools.larderctl, *map(str, words)], input=given, capture_output=True,
                          check=False, timeout=seconds_max)
    said = done.stderr.decode(errors="replace")
    check_equal(done.returncode, status, f"exit status of larderctl {words[0]}, which said "
                f"{done.stdout[-500:]!r} {said[-500:]!r}")
    return done.stdout.decode(errors="replace"), said


def counts(summary):
    """The counts of a summary by their names."""
    found = {name: int(number) for name, number in re.findall(r"^(\w+) +(\d+)", summary, re.M)}
    if "exported" in found or "stored" in found:
        found["copied"] = found.get("exported", found.get("stored"))
    return found


def check_counts(summary, **expected):
    """Fails unless the summary has these counts, and 0 for those that are not given."""
    found = counts(summary)
    for name in ("copied", "expired", "vanished", "skipped", "failed"):
        check_equal(found.get(name, 0), expected.get(name, 0), f"{name} of {summary}")


def address(server):
    return f"127.0.0.1:{server.port}"


def larder(*options):
    return Server(Tools.larder, ["-m", "128", *options])


def memcached(*options):
    return Server(Tools.memcached, ["-m", "128", *options])


def is_plain(key):
    return all(byte > 32 and byte != 127 for byte in key)


def word(key):
    """The key as a meta command has it, and the flag b if that is needed."""
    return (key, b"") if is_plain(key) else (base64.b64encode(key), b" b")


def store(server, items):
    now = int(time.time())
    with server.talk() as talker:
        for key, value, flags, ttl in items:
            name, binary = word(key)
            exptime = ttl if ttl <= RELATIVE_MAX else now + ttl
            talker.send(b"ms %b %d F%d T%d%b\r\n%b\r\n" % (name, len(value), flags, exptime,
                                                           binary, value))
            check_equal(talker.line(), b"HD", f"reply to the store of {key[:40]!r}")


def fill(server, count, size=100, ttl=0):
    """`count` items in one go, key:0 and so on."""
    value = b"v" * size
    with server.talk(30.0) as talker:
        for begin in range(0, count, 10_000):
            end = min(begin + 10_000, count)
            talker.send(b"".join(b"ms key:%d %d T%d q\r\n%b\r\n" % (i, size, ttl, value)
                                 for i in range(begin, end)) + b"mn\r\n")
            check_equal(talker.line(), b"MN", "end of a batch of stores")


def dump(server):
    """Of each key what metadump has: exp, la, cas."""
    found = {}
    with server.talk(30.0) as talker:
        talker.send(b"lru_crawler metadump all\r\n")
        while True:
            line = talker.line()
            if line == b"END":
                return found
            match = re.match(rb"key=(\S+) exp=(-?\d+) la=(\d+) cas=(\d+)", line)
            if match:
                key = urllib.parse.unquote_to_bytes(match.group(1).decode())
                found[key] = tuple(int(group) for group in match.groups()[1:])


def fetch(server, key):
    """Value, flags and time left; None if it is not there."""
    name, binary = word(key)
    with server.talk() as talker:
        talker.send(b"mg %b v f t u%b\r\n" % (name, binary))
        head = talker.line()
        if head == b"EN":
            return None
        words = head.split(b" ")
        check_equal(words[0], b"VA", f"reply to mg {key[:40]!r}")
        value = talker.exactly(int(words[1]) + 2)[:-2]
        flags = {each[:1]: each[1:] for each in words[2:]}
        return value, int(flags[b"f"]), int(flags[b"t"])


def check_items(server, items=ITEMS, expiries=None):
    """Each of `items` is there as it was stored; `expiries`: exactly these points in time."""
    for key, value, flags, ttl in items:
        found = fetch(server, key)
        check(found is not None, f"{key[:40]!r} is missing")
        check_equal(found[:2], (value, flags), f"value and flags of {key[:40]!r}")
        if ttl == 0:
            check_equal(found[2], -1, f"time left of {key[:40]!r}")
        else:
            # A clock that has not ticked yet shows a second more of a point in time.
            check(0 < found[2] <= ttl + 1, f"{key[:40]!r} has {found[2]} of {ttl} seconds left")
    if expiries is not None:
        own = {key: times[0] for key, times in dump(server).items()}
        for key, _, _, _ in items:
            check_equal(own[key], expiries[key], f"expiry time of {key[:40]!r}")


def expiries_of(server):
    return {key: times[0] for key, times in dump(server).items()}


def item_count(server):
    return int(server.stats()["curr_items"])


class Proxy(contextlib.AbstractContextManager):
    """Passes lines on to a server, but those that `answer` answers itself.

    `answer(line)` returns what is sent back, or None.  It sees command lines only."""

    def __init__(self, server, answer):
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, ValueError):
                    proxy.serve(self)

        self.answer = answer
        self.backend = server.port
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def serve(self, handler):
        with Connection(self.backend, 30.0) as backend:
            back = threading.Thread(target=self.pump, args=(backend, handler.wfile), daemon=True)
            back.start()
            while line := handler.rfile.readline():
                words = line.split()
                own = self.answer(line)
                value = b""
                if words and words[0] in (b"add", b"set"):
                    value = handler.rfile.read(int(words[4]) + 2)
                if words and words[0] == b"ms":
                    value = handler.rfile.read(int(words[2]) + 2)
                if own is None:
                    backend.send(line + value)
                else:
                    handler.wfile.write(own)

    @staticmethod
    def pump(backend, out):
        with contextlib.suppress(OSError, ValueError):
            while data := backend.socket.recv(1 << 16):
                out.write(data)

    def __exit__(self, kind, error, traceback):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def old(server):
    """As memcached 1.5: no meta commands, and no walk over the hash table."""
    def answer(line):
        if line.startswith((b"mg ", b"ms ", b"mn", b"md ")):
            return b"ERROR\r\n"
        if line.startswith(b"version"):
            return b"VERSION 1.5.6\r\n"
        if line.startswith(b"lru_crawler metadump hash"):
            return b"BADCLASS invalid class id\r\n"
        return None
    return Proxy(server, answer)


def wait_for(condition, what, seconds_max=20.0):
    deadline = time.monotonic() + seconds_max
    while not condition():
        check(time.monotonic() < deadline, f"{what} within {seconds_max} s")
        time.sleep(0.02)


def in_folder(test):
    """Calls the test with a new folder."""
    @functools.wraps(test)
    def call():
        with tempfile.TemporaryDirectory() as folder:
            test(Path(folder))
    return call


def exported(folder, *words, items=ITEMS, start=larder):
    """A file with the items of a server that has them."""
    path = folder / "items"
    with start() as server:
        store(server, items)
        check_counts(run("export", address(server), path, *words)[0], copied=len(items))
    return path


def main(description, tests):
    """Runs each of `tests`, which take nothing, and exits."""
    parser = arguments(description)
    parser.add_argument("--larderctl", required=True)
    parser.add_argument("--memcached", default=shutil.which("memcached"))
    parser.add_argument("--only", default="", help="part of a test's name")
    options = parser.parse_args()
    check(options.memcached, "memcached is not installed")
    Tools.larderctl = str(Path(options.larderctl).resolve())
    Tools.larder = options.larder
    Tools.memcached = options.memcached

    def adapted(test):
        def call(_):
            test()
        call.__name__ = test.__name__
        return call

    end_with([passes(adapted(test), contextlib.nullcontext) for test in tests
              if options.only in test.__name__])


__all__ = ["EXIT_CANNOT", "EXIT_USAGE", "ITEMS", "Authority", "Proxy", "Server", "Talker",
           "Tools", "address", "check", "check_counts", "check_equal", "check_items", "counts",
           "dump", "expiries_of", "exported", "fetch", "fill", "in_folder", "item_count",
           "larder", "main", "memcached", "old", "run", "store", "wait_for"]
