#!/usr/bin/python3
"""pymemcache over TLS: all tests without TLS, and required and renewed certificates.

    python3 tests/clients/pymemcache_tls_test.py --larder build/release/larder
"""

import os
import signal
import socket
import ssl
import tempfile

import binary_packets
import pymemcache_test
from certificates import Authority
from harness import Server, Talker, check, check_equal, free_port, wait_until
from pymemcache_test import client, exceptions
from suites import Suite, raised, run_suites

HANDSHAKE_SECONDS_MAX = 10
VERSION_OPCODE = 0x0b
CLOSED = (OSError, exceptions.MemcacheUnexpectedCloseError)


class TlsTalker(Talker):
    """A text connection over TLS."""

    def __init__(self, port, context, timeout_seconds=10.0):
        super().__init__(port, timeout_seconds)
        self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")

    def server_name(self):
        return dict(pair[0] for pair in self.socket.getpeercert()["subject"])["commonName"]


class TlsServer(Server):
    """A server with its own certificate; `extended` contains further `-o` keys."""

    extended = ""
    more = ()

    def __init__(self, binary):
        self._directory = tempfile.TemporaryDirectory()
        # -u may name another user.
        os.chmod(self._directory.name, 0o755)
        self.authority = Authority(self._directory.name)
        self.certificate, self.key = self.authority.issue("server")
        self.tls_context = self.context_of(*self.authority.issue("client"))
        # The certificates are read before the server switches its user, and again after it.
        os.chmod(self.key, 0o644)
        names = f"ssl_chain_cert={self.certificate},ssl_key={self.key}"
        options = ["-Z", "-o", f"{names},ssl_ca_cert={self.authority.path}{self.extended}"]
        super().__init__(binary, options + list(self.more))

    def context_of(self, certificate=None, key=None):
        """The TLS context of a client with or without a certificate."""
        context = ssl.create_default_context(cafile=self.authority.path)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        return context

    def talk(self, timeout_seconds=10.0):
        return TlsTalker(self.port, self.tls_context, timeout_seconds)

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self._directory.cleanup()


class RequiringServer(TlsServer):
    """Every client needs a certificate."""

    extended = ",ssl_verify_mode=2"


class PasswordServer(TlsServer):
    """Clients log in by text."""

    credentials = ("user", "secret")

    def __init__(self, binary):
        self._users = tempfile.NamedTemporaryFile("w", encoding="ascii")
        self._users.write("other:password\nuser:secret\n")
        self._users.flush()
        self.more = ("-Y", self._users.name)
        super().__init__(binary)

    def stats(self, what=""):
        with self.talk() as talker:
            talker.set(b"any", " ".join(self.credentials).encode())
            return talker.stats(what)

    def __exit__(self, kind, error, traceback):
        super().__exit__(kind, error, traceback)
        self._users.close()


class ThreeListenersServer(TlsServer):
    """One port without TLS, one that requires no client certificate and one that requires it."""

    def __init__(self, binary):
        self.plain_port, self.mutual_port = free_port(), free_port()
        self.more = ("-l", f"notls:127.0.0.1:{self.plain_port},mtls:127.0.0.1:{self.mutual_port}")
        super().__init__(binary)


def refuses_clients_without_a_known_certificate(server):
    before = int(server.stats()["ssl_handshake_errors"])
    with tempfile.TemporaryDirectory() as directory:
        stranger = Authority(directory).issue("stranger")
        for context in (server.context_of(), server.context_of(*stranger)):
            raised(CLOSED, lambda: client(server, tls_context=context).get("k"))
    rows = server.stats()
    check_equal(int(rows["ssl_handshake_errors"]), before + 2, "ssl_handshake_errors")
    check_equal(rows["ssl_proto_errors"], "0", "ssl_proto_errors")
    check_equal(client(server).get("k"), None, "a get of a client with a certificate")


def renew(server, common_name):
    server.authority.issue("server", common_name)
    os.chmod(server.key, 0o644)


def name_for_new_clients(server):
    with server.talk() as talker:
        check_equal(talker.ask(b"mn"), b"MN", "the answer to a new client")
        return talker.server_name()


def refresh_certs_renews_the_certificate_for_new_clients(server):
    old = server.talk()
    wait_until(lambda: int(server.stats()["time_since_server_cert_refresh"]) >= 2, "time to pass")
    check_equal(old.server_name(), "server", "the first certificate")
    renew(server, "renewed")
    check_equal(name_for_new_clients(server), "server", "the certificate before refresh_certs")
    check_equal(old.ask(b"refresh_certs"), b"OK", "refresh_certs")
    check_equal(name_for_new_clients(server), "renewed", "the certificate after refresh_certs")
    check(int(server.stats()["time_since_server_cert_refresh"]) < 2, "the time of it is shown")
    check_equal(old.ask(b"mn"), b"MN", "the answer to an old client")


def an_invalid_certificate_is_reported_and_changes_nothing(server):
    with open(server.certificate, "w", encoding="ascii") as file:
        file.write("nothing\n")
    with server.talk() as talker:
        answer = talker.ask(b"refresh_certs").decode()
        start = f"Error loading the certificate chain: {server.certificate} : error:"
        check(answer.startswith(start), f"refresh_certs answered {answer}")
    check_equal(name_for_new_clients(server), "server", "the certificate after that")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "Failed to reload TLS certificates" in server.stderr_tail(), "a complaint")
    check_equal(name_for_new_clients(server), "server", "the certificate after SIGHUP")


def sighup_renews_the_certificate_for_new_clients(server):
    c = client(server)
    c.set("k", b"1")
    renew(server, "renewed")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: name_for_new_clients(server) == "renewed", "another certificate")
    wait_until(lambda: " info certificates_read: " in server.stderr_tail(), "a line of the log")
    check_equal(c.get("k"), b"1", "a get of a client from before")


def each_listener_has_its_own_mode(server):
    bare = server.context_of()
    for port, context in ((server.port, bare), (server.mutual_port, server.tls_context)):
        with TlsTalker(port, context) as talker:
            check_equal(talker.ask(b"mn"), b"MN", f"the answer at port {port}")
    with Talker(server.plain_port) as talker:
        check_equal(talker.ask(b"mn"), b"MN", "the answer to a plain client")

    def ask(port):
        with TlsTalker(port, bare, timeout_seconds=2) as talker:
            talker.send(b"mn\r\n")
            check_equal(talker.until_closed(), b"", "the answer to a client without certificate")

    raised((ssl.SSLError, ConnectionResetError), lambda: ask(server.mutual_port))
    raised((ssl.SSLError, OSError), lambda: ask(server.plain_port))
    with Talker(server.plain_port) as talker:
        check_equal(talker.ask(b"mn"), b"MN", "the answer to a plain client after that")


def refuses_clients_without_tls(server):
    before = int(server.stats()["ssl_handshake_errors"])
    with Talker(server.port) as talker:
        talker.send(b"set k 0 0 1\r\n1\r\n")
        check(b"STORED" not in talker.until_closed(), "a plain client was served")
    check_equal(int(server.stats()["ssl_handshake_errors"]), before + 1, "ssl_handshake_errors")
    check_equal(client(server).get("k"), None, "what it tried to set")


def closes_clients_that_do_not_finish_the_handshake(server):
    with Talker(server.port, timeout_seconds=HANDSHAKE_SECONDS_MAX + 5) as talker:
        talker.send(b"\x16\x03\x01")
        check_equal(client(server).get("k"), None, "a get meanwhile")
        talker.socket.settimeout(HANDSHAKE_SECONDS_MAX / 2)
        raised(socket.timeout, lambda: talker.socket.recv(1))
        talker.socket.settimeout(HANDSHAKE_SECONDS_MAX)
        check_equal(talker.until_closed(), b"", "the answer to half a handshake")
    check_equal(server.stats()["ssl_handshake_errors"], "1", "ssl_handshake_errors")


def a_watcher_receives_events_over_tls(server):
    with server.talk() as watcher, server.talk() as talker:
        check_equal(watcher.ask(b"watch mutations"), b"OK", "the answer to watch")
        talker.set(b"k", b"v")
        line = watcher.line()
        check(b"type=item_store key=k " in line, f"a watcher got {line}")
    check_equal(client(server).get("k"), b"v", "a get after the watcher has gone")


def a_watcher_gets_the_reason_of_a_failed_handshake(server):
    with server.talk() as watcher:
        check_equal(watcher.ask(b"watch connevents"), b"OK", "the answer to watch")
        with Talker(server.port) as talker:
            talker.send(b"mn\r\n" * 3)
            talker.until_closed()
        # Earlier clients may disconnect only now.
        line = watcher.line()
        while b"type=conntlserr" not in line:
            check(b"type=conn_" in line, f"a watcher got {line}")
            line = watcher.line()
        check(b"SSL routines" in line, f"a watcher got {line}")


def serves_binary(server):
    with server.talk() as talker:
        talker.send(binary_packets.request(VERSION_OPCODE))
        check(b"1.6." in talker.exactly(24 + 6), "the version by the binary protocol")


def slow_readers_get_large_values(server):
    value = os.urandom(1 << 19) * 2
    c = client(server)
    c.set("k", value[: 1_000_000])
    with server.talk() as talker:
        talker.send(b"get k\r\n" * 20)
        for _ in range(20):
            check(talker.value() == value[: 1_000_000], "a large value changed")


if __name__ == "__main__":
    run_suites(
        __doc__.splitlines()[0],
        [
            Suite("over TLS", TlsServer, pymemcache_test.PLAIN + [
                slow_readers_get_large_values,
                refuses_clients_without_tls,
                closes_clients_that_do_not_finish_the_handshake,
                a_watcher_receives_events_over_tls,
                a_watcher_gets_the_reason_of_a_failed_handshake,
                serves_binary,
            ]),
            Suite("with certificates", RequiringServer, [
                refuses_clients_without_a_known_certificate,
                refresh_certs_renews_the_certificate_for_new_clients,
                an_invalid_certificate_is_reported_and_changes_nothing,
                sighup_renews_the_certificate_for_new_clients,
            ]),
            Suite("with passwords", PasswordServer, pymemcache_test.AUTH_FILE),
            Suite("with three listeners", ThreeListenersServer, [each_listener_has_its_own_mode]),
        ],
    )
