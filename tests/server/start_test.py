#!/usr/bin/python3
"""The effects of a start: none if it fails, only on its own files, and with paths as given.

    python3 tests/server/start_test.py --larder build/release/larder

With root's rights it also tries -u with a TLS key that only a group can read.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

import os  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402

from binary_packets import AUTH_ERROR, SUCCESS, BinaryTalker  # noqa: E402
from certificates import Authority  # noqa: E402
from harness import (  # noqa: E402
    Server,
    arguments,
    check,
    check_equal,
    end_with,
    free_port,
    passes,
    wait_until,
)

SECONDS_MAX = 60
# The options with which a server runs as the user of the test.
USER = ["-u", "root"] if os.getuid() == 0 else []
OS_ERROR = 71  # EX_OSERR


class FullServer(Server):
    """A server in a directory, with everything that a second start could take over."""

    def __init__(self, binary):
        self.directory = tempfile.TemporaryDirectory(prefix="larder-start-")
        self.socket = self.path("socket")
        self.http_port = free_port()
        self.udp_port = free_port()
        self.environment = {"MEMCACHED_PORT_FILENAME": self.path("ports")}
        self.shared = ["-s", self.socket, "-P", self.path("pid"),
                       "--cluster-state", self.path("state"), "--log-file", self.path("log")]
        super().__init__(binary, [*self.shared, "--http", str(self.http_port),
                                  "--nodes", "one.example.com:1"])

    def path(self, name):
        return str(Path(self.directory.name, name))

    def files(self):
        """The contents of the directory: the inode number and the bytes of each file."""
        found = {}
        for path in sorted(Path(self.directory.name).iterdir()):
            content = None if path.is_socket() else path.read_bytes()
            found[path.name] = (path.stat().st_ino, content)
        return found

    def start_another(self, *words, **environment):
        """Starts a second server, which must fail, and returns its result."""
        command = [self.binary, *USER, "-t", "2", *words]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX,
                               env={**os.environ, **self.environment, **environment})
        check(ended.returncode > 0, f"the second start ended with {ended.returncode}")
        return ended

    def __exit__(self, *failure):
        super().__exit__(*failure)
        self.directory.cleanup()


def answer_at(path, command=b"version\r\n"):
    """The reply to a text command from the process that listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(path)
        client.sendall(command + b"quit\r\n")
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
        return answer


def has_ended(pid):
    """Whether the process has ended, including one that was not yet waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def a_start_that_fails_changes_nothing_of_a_running_server(server):
    empty = server.path("empty")
    Path(empty).write_text("\n\n")
    taken = ["-l", "127.0.0.1", "-p", str(server.port)]
    free = ["-l", "127.0.0.1", "-p", "-1"]
    other_list = ["--nodes", "two.example.com:2"]
    missing = server.path("missing")
    failures = {
        "the port is taken": [*taken],
        "HTTP's port is taken": [*free, "--http", str(server.http_port)],
        "the host is none": ["-l", "no host at all", "-p", "-1"],
        "HTTP's host is none": [*free, "--http", "no host at all:1234"],
        "the Unix socket is in use": [*free],
        "the Unix socket alone is in use": [],
        "the password file has no user": [*free, "-Y", empty],
        "there is no password file": [*free, "-Y", missing],
        "there is no certificate": [*free, "-Z", "-o", f"ssl_chain_cert={missing}"],
        "a number is none": [*free, "-c", "10k"],
    }
    if os.getuid() == 0:
        failures["there is no such user"] = [*free, "-u", "no-such-user"]
    before = server.files()
    for reason, words in failures.items():
        ended = server.start_another(*server.shared, *other_list, *words)
        check_equal(len(ended.stderr.splitlines()), 1, f"lines when {reason}: {ended.stderr!r}")
        check_equal(server.files(), before, f"the files when {reason}")
        check_equal(answer_at(server.socket)[:7], b"VERSION", f"the socket's answer when {reason}")
    nodes = server.path("nodes")
    Path(nodes).write_text("no node\n")
    before = server.files()
    server.start_another(*server.shared, *free, "--nodes-file", nodes)
    check_equal(server.files(), before, "the files when the list of nodes is none")


def a_second_server_takes_no_datagrams_of_the_first(server):
    with Server(server.binary, ["-U", str(server.udp_port)]):
        ended = server.start_another("-l", "127.0.0.1", "-p", "-1", "-U", str(server.udp_port))
        check_equal(ended.returncode, OS_ERROR, "status of the second start")
        check("Address already in use" in ended.stderr, f"the reason: {ended.stderr}")


def a_socket_left_by_a_killed_server_is_replaced(server):
    server.process.kill()
    server.process.wait()
    check(Path(server.socket).is_socket(), "the killed server left no socket")
    server.restart()
    check_equal(answer_at(server.socket)[:7], b"VERSION", "the answer at the path")
    server.stop()
    check(not Path(server.socket).exists(), "the socket is still there at the end")


def a_pid_file_is_removed_by_the_server_that_wrote_it(server):
    path = Path(server.path("pid"))
    check_equal(path.read_text(), f"{server.pid}\n", "the pid file")
    with Server(server.binary, ["-P", str(path)]) as successor:
        wait_until(lambda: path.read_text() == f"{successor.pid}\n", "the successor's pid file")
        server.stop()
        check_equal(path.read_text(), f"{successor.pid}\n", "the pid file after the first ended")
    check(not path.exists(), "the pid file is there after both have ended")


def a_password_file_without_a_user_is_refused_and_the_old_users_stay(server):
    users, log = Path(server.path("users")), Path(server.path("auth.log"))
    users.write_text("alice:secret\n")

    class TextServer(Server):
        def _accepts(self):  # `stats` needs a login, which `log` must not count
            return log.exists() and "ready" in log.read_text()

    def login(password):
        with guarded.talk() as talker:
            value = b"alice " + password
            talker.send(b"set login 0 0 %d\r\n%b\r\n" % (len(value), value))
            return talker.line()

    with TextServer(server.binary, ["-Y", str(users), "--log-file", str(log)]) as guarded:
        for content in ("", "\n\r\n\n"):
            users.write_text(content)
            errors = log.read_text().count("files_not_read")
            os.kill(guarded.pid, signal.SIGHUP)
            wait_until(lambda: log.read_text().count("files_not_read") > errors, "the log's error")
            check("has no user" in log.read_text(), "the reason is not in the log")
            check_equal(login(b"secret"), b"STORED", f"a login after SIGHUP with {content!r}")
            with guarded.talk() as talker:
                talker.send(b"set login 0 0 12\r\nalice secret\r\n")
                check_equal(talker.line(), b"STORED", "a login before refresh_auth")
                check_equal(talker.ask(b"refresh_auth"), b"ERROR a file could not be read",
                            f"refresh_auth with {content!r}")
            check_equal(login(b"secret"), b"STORED", f"a login after refresh_auth, {content!r}")
        users.write_text("alice:new\n")
        os.kill(guarded.pid, signal.SIGHUP)
        wait_until(lambda: login(b"new") == b"STORED", "the new password")


def a_sasl_file_without_a_user_is_refused_and_the_old_users_stay(server):
    users, log = Path(server.path("users")), Path(server.path("sasl.log"))
    users.write_text("\n")
    ended = server.start_another("-S", "-l", "127.0.0.1", "-p", "-1",
                                 MEMCACHED_SASL_PWDB=str(users))
    check("has no user" in ended.stderr, f"the reason: {ended.stderr}")
    users.write_text("alice:secret\n")

    class SaslServer(Server):
        environment = {"MEMCACHED_SASL_PWDB": str(users)}

        def _accepts(self):
            return log.exists() and "ready" in log.read_text()

    def login(password):
        with BinaryTalker(guarded.port) as talker:
            return talker.authenticate("alice", password)

    with SaslServer(server.binary, ["-S", "--log-file", str(log)]) as guarded:
        check_equal(login("secret"), SUCCESS, "a login")
        users.write_text("")
        os.kill(guarded.pid, signal.SIGHUP)
        wait_until(lambda: "files_not_read" in log.read_text(), "the log's error")
        check_equal(login("secret"), SUCCESS, "a login after SIGHUP")
        check_equal(login("wrong"), AUTH_ERROR, "a login with another password")


def a_daemons_paths_are_relative_to_where_it_was_started(server):
    here = Path(server.path("here"))
    here.mkdir()
    Authority(here).issue("server")
    (here / "users").write_text("alice:secret\n")
    (here / "nodes").write_text("one.example.com:1\n")
    words = {
        "text": ["-Y", "users", "-s", "socket"],
        "sasl": ["-S", "-s", "socket"],
        "tls": ["-Z", "-o", "ssl_chain_cert=server.pem,ssl_key=server.key,ssl_ca_cert=ca.pem",
                "-l", "127.0.0.1", "-p", "-1", "-s", "socket"],
    }
    for name, options in words.items():
        command = [server.binary, "-d", "-P", "pid", "--log-file", "log", "--nodes-file", "nodes",
                   "--cluster-state", "state", *options, *USER]
        environment = {"MEMCACHED_SASL_PWDB": "users", "MEMCACHED_PORT_FILENAME": "ports"}
        ended = subprocess.run(command, cwd=here, capture_output=True, text=True,
                               timeout=SECONDS_MAX, env={**os.environ, **environment})
        check_equal((ended.returncode, ended.stderr), (0, ""), f"the start, {name}")
        pid = int((here / "pid").read_text())
        try:
            log = here / "log"
            wait_until(lambda: "ready" in log.read_text(), "the daemon to be ready")
            for made in ("socket", "state", *(["ports"] if name == "tls" else [])):
                check((here / made).exists(), f"{made} is somewhere else, {name}")
            check(not Path("/socket").exists(), "the socket is in the root directory")
            os.kill(pid, signal.SIGHUP)  # reads the same files again
            read = {"text": "passwords_read", "sasl": "passwords_read", "tls": "certificates_read"}
            wait_until(lambda: read[name] in log.read_text(), f"{read[name]} in the log")
            check("files_not_read" not in log.read_text(), "a file was not found again")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(here / "socket"))
        finally:
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: has_ended(pid), "the daemon's end")
        for gone in ("pid", "socket"):
            check(not (here / gone).exists(), f"{gone} is still there, {name}")
        log.unlink()
        (here / "state").unlink()


def a_user_reads_keys_by_its_groups_and_unreadable_ones_give_a_warning(server):
    if os.getuid() != 0:
        return print("        (skipped: needs root)", flush=True)
    here = Path(server.path("tls"))
    here.mkdir()
    for directory in (server.directory.name, here):
        os.chmod(directory, 0o755)
    chain, key = Authority(here).issue("server")
    group_file = here / "group"
    group_id = 54321
    group_file.write_text(Path("/etc/group").read_text() + f"larder-key:x:{group_id}:nobody\n")
    os.chmod(group_file, 0o644)
    os.chmod(chain, 0o644)
    with_group = ["unshare", "--mount", "sh", "-c",
                  f'mount --bind {group_file} /etc/group && exec "$@"', "sh"]
    probe = subprocess.run([*with_group, "true"], capture_output=True, timeout=SECONDS_MAX)
    if probe.returncode != 0:
        return print("        (skipped: no mount namespaces)", flush=True)
    log = here / "log"
    log.touch()
    os.chmod(log, 0o666)
    command = [*with_group, server.binary, "-u", "nobody", "-l", "notls:127.0.0.1", "-p", "-1",
               "-Z", "-o", f"ssl_chain_cert={chain},ssl_key={key}", "--log-file", str(log)]
    for mode, group, can_read in ((0o640, group_id, True), (0o600, 0, False)):
        os.chown(key, 0, group)
        os.chmod(key, mode)
        log.write_text("")
        with tempfile.TemporaryFile("w+") as stderr:
            process = subprocess.Popen(command, stderr=stderr)
            try:
                wait_until(lambda: "ready" in log.read_text(), "the server to be ready")
                process.send_signal(signal.SIGHUP)
                wanted = "certificates_read" if can_read else "files_not_read"
                wait_until(lambda: wanted in log.read_text(), f"{wanted} in the log")
            finally:
                process.terminate()
                process.wait(SECONDS_MAX)
            stderr.seek(0)
            warning = "" if can_read else (
                f"WARNING: certificates cannot be reloaded: user nobody cannot read {key}: "
                "Permission denied\n")
            check_equal(stderr.read(), warning, f"the warning with mode {mode:o}")


def the_expiry_of_the_certificate_is_a_metric(server):
    here = Path(server.path("tls"))
    here.mkdir()
    chain, key = Authority(here).issue("server")
    port, path = free_port(), server.path("tls-socket")
    options = ["-Z", "-o", f"ssl_chain_cert={chain},ssl_key={key}", "-s", path,
               "--http", str(port)]
    name = "tls_certificate_expiry_timestamp_seconds"

    class TlsServer(Server):
        def _accepts(self):
            try:
                return answer_at(path).startswith(b"VERSION")
            except OSError:
                return False

    def end_of(certificate):
        shown = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601",
                                "-in", certificate], capture_output=True, text=True, check=True,
                               timeout=SECONDS_MAX).stdout.strip().partition("=")[2]
        seconds = subprocess.run(["date", "-d", shown, "+%s"], capture_output=True, text=True,
                                 check=True, timeout=SECONDS_MAX)
        return int(seconds.stdout)

    def page():
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while data := client.recv(1 << 16):
                text += data
        return text.decode()

    with TlsServer(server.binary, options):
        shown = answer_at(path, b"stats larder\r\n")
        check(b"\nSTAT %b %d\r\n" % (name.encode(), end_of(chain)) in shown, f"stats: {shown}")
        check(f"\nlarder_{name} {end_of(chain)}\n" in page(), "the end in the metrics")
    check(f"larder_{name}" not in str(server.stats("larder")), "an end without a certificate")


TESTS = [
    a_start_that_fails_changes_nothing_of_a_running_server,
    a_second_server_takes_no_datagrams_of_the_first,
    a_socket_left_by_a_killed_server_is_replaced,
    a_pid_file_is_removed_by_the_server_that_wrote_it,
    a_password_file_without_a_user_is_refused_and_the_old_users_stay,
    a_sasl_file_without_a_user_is_refused_and_the_old_users_stay,
    a_daemons_paths_are_relative_to_where_it_was_started,
    a_user_reads_keys_by_its_groups_and_unreadable_ones_give_a_warning,
    the_expiry_of_the_certificate_is_a_metric,
]

if __name__ == "__main__":
    binary = os.path.abspath(arguments(__doc__.splitlines()[0]).parse_args().larder)
    end_with([passes(test, lambda: FullServer(binary)) for test in TESTS])
