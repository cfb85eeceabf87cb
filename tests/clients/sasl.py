"""A server that requires SASL authentication, and a test for it that all clients share."""

import subprocess
import tempfile
from pathlib import Path

from binary_packets import (
    AUTH_ERROR,
    GET,
    NOT_FOUND,
    SASL_AUTH,
    SASL_LIST,
    SASL_STEP,
    SUCCESS,
    VERSION,
    BinaryTalker,
)
from harness import Server, check, check_equal
from suites import program

USER, PASSWORD, WRONG_PASSWORD = "user", "secret", "wrong"

CONFIGURATION = """\
mech_list: plain
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {database}
"""


class SaslServer(Server):
    """A server started with -S and one user, who is configured in two ways.

    Larder reads the file of `user:password` lines that MEMCACHED_SASL_PWDB names.  memcached
    supports that variable only in some builds; otherwise the SASL library uses the database that
    the memcached.conf in SASL_CONF_PATH names.
    """

    credentials = (USER, PASSWORD)

    def __init__(self, binary, options=()):
        self._directory = tempfile.TemporaryDirectory()
        directory = Path(self._directory.name)
        users = directory / "users"
        users.write_text(f"{USER}:{PASSWORD}\n", encoding="ascii")
        database = directory / "sasldb"
        configuration = CONFIGURATION.format(database=database)
        (directory / "memcached.conf").write_text(configuration, encoding="ascii")
        if not _is_larder(binary):
            _add_to_database(database)
        self.environment = {
            "MEMCACHED_SASL_PWDB": str(users),
            "SASL_CONF_PATH": str(directory),
        }
        super().__init__(binary, ["-S", *options], dialect="binary")

    def stats(self, what=""):
        with BinaryTalker(self.port) as talker:
            check_equal(talker.authenticate(*self.credentials), SUCCESS, "status of SASL AUTH")
            return talker.stats(what)

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self._directory.cleanup()


def _is_larder(binary):
    version = subprocess.run([binary, "-V"], capture_output=True, text=True, check=True).stdout
    return "Larder" in version


def _add_to_database(database):
    command = [program("saslpasswd2", "sasl2-bin"), "-p", "-c", "-a", "memcached"]
    command += ["-f", str(database), USER]
    subprocess.run(command, input=PASSWORD.encode(), check=True, timeout=10)


def refuses_unauthenticated_clients(server):
    """In every client's list of tests: the server's side, as bytes of the protocol."""
    with BinaryTalker(server.port) as talker:
        check_equal(talker.ask(VERSION).status, SUCCESS, "status of VERSION before AUTH")
        mechanisms = talker.ask(SASL_LIST).value.split()
        check(b"PLAIN" in mechanisms, f"mechanisms: {mechanisms}")
        check_equal(talker.ask(SASL_STEP, b"PLAIN").status, AUTH_ERROR, "STEP before AUTH")
        wrong = talker.authenticate(USER, WRONG_PASSWORD)
        check_equal(wrong, AUTH_ERROR, "status of AUTH with a wrong password")
        check_equal(talker.ask(GET, b"k").status, AUTH_ERROR, "status of GET after that")
        check(talker.is_closed(), "the server did not close after a command before AUTH")
    with BinaryTalker(server.port) as talker:
        check_equal(talker.authenticate(USER, PASSWORD), SUCCESS, "status of AUTH")
        check_equal(talker.ask(GET, b"k").status, NOT_FOUND, "status of GET after AUTH")
    # Any later SASL request ends the first login.
    wrong = f"\0{USER}\0{WRONG_PASSWORD}".encode()
    later_requests = {
        "LIST": (SASL_LIST, b"", b"", b""),
        "AUTH with a wrong password": (SASL_AUTH, b"PLAIN", b"", wrong),
        "AUTH by an unknown mechanism": (SASL_AUTH, b"NONE", b"", b"x"),
        "STEP": (SASL_STEP, b"PLAIN", b"", b"x"),
    }
    for name, later in later_requests.items():
        with BinaryTalker(server.port) as talker:
            check_equal(talker.authenticate(USER, PASSWORD), SUCCESS, "status of AUTH")
            check_equal(talker.ask(GET, b"k").status, NOT_FOUND, "status of GET after AUTH")
            talker.ask(*later)
            check_equal(talker.ask(GET, b"k").status, AUTH_ERROR, f"status of GET after {name}")
            check(talker.is_closed(), f"the server did not close after a GET after {name}")
    # Text clients cannot log in.  The server may wait for a whole binary header of 24 bytes.
    with server.talk() as talker:
        talker.send(b"get k\r\n" * 4)
        check_equal(talker.until_closed(), b"", "the reply to a text command")
