#!/usr/bin/python3
"""The server's log: each event as valid JSON, rotation of files, and no waiting for the reader.

    python3 tests/server/log/log_test.py --larder build/release/larder
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients"))

import fcntl  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

from harness import (  # noqa: E402
    Server,
    arguments,
    check,
    check_equal,
    end_with,
    passes,
    wait_until,
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LEVELS = {"debug", "info", "warning", "error"}
BURST = 20
PER_SECOND = 10
CONNECTIONS_MAX = 50
PASSWORD = b"hunter2"
# Looking up this many keys takes much longer than a millisecond.
SLOW_KEYS = 300_000


class LoggingServer(Server):
    """A server with a JSON log file in its own directory."""

    def __init__(self, binary, options=()):
        self.directory = tempfile.TemporaryDirectory(prefix="larder-log-")
        self.log = Path(self.directory.name, "larder.log")
        super().__init__(binary, ["--log-format", "json", "--log-file", str(self.log), *options])

    def lines(self, path=None):
        """All complete lines of the log, each of which must be valid."""
        text = (path or self.log).read_text(encoding="ascii")
        found = [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]
        for line in found:
            check(TIME.fullmatch(line["time"]), f"the time of {line}")
            check(line["level"] in LEVELS, f"the level of {line}")
            check(re.fullmatch("[a-z_]+", line["event"]), f"the event of {line}")
            check(line["message"], f"the message of {line}")
        return found

    def events(self, event, path=None):
        return [line for line in self.lines(path) if line["event"] == event]

    def wait_for(self, event, count=1):
        """Waits until the event has `count` lines and returns them."""
        wait_until(lambda: len(self.events(event)) >= count, f"{event} in the log")
        return self.events(event)

    def open_files(self):
        found = []
        for descriptor in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                found.append(os.readlink(descriptor))
            except FileNotFoundError:  # closed in the meantime
                pass
        return found

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def __exit__(self, kind, error, traceback):
        try:
            super().__exit__(kind, error, traceback)
        finally:
            self.directory.cleanup()


class PasswordServer(LoggingServer):
    """A server whose clients must log in."""

    def __init__(self, binary, options=()):
        self.file = tempfile.NamedTemporaryFile(prefix="larder-passwords-")
        self.write(b"user:" + PASSWORD + b"\n")
        super().__init__(binary, ["-Y", self.file.name, *options])

    def write(self, text):
        Path(self.file.name).write_bytes(text)

    def talk(self, timeout_seconds=10.0):
        talker = super().talk(timeout_seconds)
        check_equal(log_in(talker, b"user " + PASSWORD), b"STORED", "a login")
        return talker

    def stranger(self):
        return super().talk()


class UdpServer(LoggingServer):
    """A server that also answers datagrams."""

    def __init__(self, binary):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.udp_port = free.getsockname()[1]
        super().__init__(binary, ["-U", str(self.udp_port)])


class StalledServer(Server):
    """A server whose standard error is a full pipe without a reader."""

    def _start(self, port):
        self.reader, writer = os.pipe()
        flags = fcntl.fcntl(writer, fcntl.F_GETFL)
        fcntl.fcntl(writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        try:
            while os.write(writer, b"x" * 4096):
                pass
        except BlockingIOError:
            pass
        fcntl.fcntl(writer, fcntl.F_SETFL, flags)
        self._stderr = os.fdopen(writer, "wb", buffering=0)
        super()._start(port)

    def stderr_tail(self):
        return "(not read)"


def log_in(talker, words):
    return talker.ask(b"set login 0 0 %d\r\n%b" % (len(words), words))


def logs_the_start_and_the_stop(server):
    start = server.wait_for("start")[0]
    check_equal(start["pid"], server.pid, "the process id")
    check_equal(start["memory_bytes_max"], 64 << 20, "the memory")
    ready = server.wait_for("ready")[0]
    check_equal(ready["tcp"], f"127.0.0.1:{server.port}", "the address")
    check_equal(server.stderr_tail(), "", "standard error, with a log file")
    server.stop()
    events = [line["event"] for line in server.lines()]
    check_equal(events, ["start", "ready", "draining", "stopped"], "the events")
    check_equal(server.events("draining")[0]["stop"], "normal", "the kind of stop")


def logs_administrative_commands(server):
    with server.talk() as client:
        check_equal(client.ask(b"flush_all 5"), b"OK", "flush_all")
        check_equal(client.ask(b"cache_memlimit 32"), b"OK", "cache_memlimit")
    check_equal(server.wait_for("flush_all")[0]["delay_seconds"], 5, "the delay")
    check_equal(server.wait_for("memory_limit")[0]["megabytes"], 32, "the limit")


# Commands of a client, and the log lines about them.
CHANGES = (
    (b"flush_all 7", "flush_all", {"delay_seconds": 7}),
    (b"cache_memlimit 48", "memory_limit", {"megabytes": 48}),
    (b"verbosity 1", "setting_changed", {"setting": "verbosity", "value": 1}),
    (b"lru tune 10 25 0.5 2", "setting_changed",
     {"setting": "lru_tune", "value": "10 25 0.5 2"}),
    (b"lru mode flat", "setting_changed", {"setting": "lru_segmented", "value": "0"}),
    (b"lru temp_ttl 60", "setting_changed", {"setting": "temporary_ttl", "value": "60"}),
    (b"lru_crawler sleep 50", "setting_changed",
     {"setting": "lru_crawler_sleep", "value": "50"}),
    (b"lru_crawler tocrawl 9", "setting_changed",
     {"setting": "lru_crawler_tocrawl", "value": "9"}),
    (b"lru_crawler crawl all", "crawl_started", {}),
    (b"lru_crawler disable", "setting_changed", {"setting": "lru_crawler", "value": "0"}),
    (b"slabs automove 2", "setting_changed", {"setting": "slab_automove", "value": "2"}),
    (b"slabs automove ratio 0.7", "setting_changed",
     {"setting": "slab_automove_ratio", "value": "0.7"}),
    (b"stats detail on", "setting_changed", {"setting": "stats_detail", "value": "on"}),
    (b"stats detail off", "setting_changed", {"setting": "stats_detail", "value": "off"}),
    (b"stats reset", "stats_reset", {}),
    (b"debugtime 1", "clock_changed", {"act": "1"}),
    (b"config set name 0 5\r\nvalue", "config_changed", {"act": "set", "name": "name"}),
    (b"config delete name", "config_changed", {"act": "delete", "name": "name"}),
    (b"refresh_auth", "passwords_read", {}),
)


def each_change_is_logged_with_its_client(server):
    with server.talk() as client:
        port = client.socket.getsockname()[1]
        for request, event, fields in CHANGES:
            before = len(server.events(event))
            answer = client.ask(request)
            check(answer in (b"OK", b"RESET", b"STORED", b"DELETED"), f"{request}: {answer}")
            line = server.wait_for(event, before + 1)[-1]
            expected = {"client": f"127.0.0.1:{port}", "user": "user", "dialect": "text", **fields}
            check_equal({name: line.get(name) for name in expected}, expected, f"{request}")
        count = len(server.lines())
        for refused in (b"slabs automove x", b"flush_all x", b"stats detail", b"shutdown"):
            client.ask(refused)
        client.ask(b"flush_all 9")  # its line follows theirs
        wait_until(lambda: server.events("flush_all")[-1]["delay_seconds"] == 9, "the last line")
        check_equal(len(server.lines()), count + 1, "the lines after what was refused")
    server.hang_up()
    line = server.wait_for("passwords_read", 2)[-1]
    check_equal(line["client"], "signal", "who sent SIGHUP")
    check("user" not in line and "dialect" not in line, "a signal has no user")
    with server.talk() as client:
        server.write(b"no colon\n")
        port = client.socket.getsockname()[1]
        client.ask(b"refresh_auth")
        line = server.wait_for("files_not_read")[-1]
        check_equal((line["client"], line["user"]), (f"127.0.0.1:{port}", "user"), "who read it")
    check(PASSWORD not in server.log.read_bytes(), "there is a password in the log")


def a_binary_and_a_udp_client_are_named(server):
    with server.talk() as client:
        port = client.socket.getsockname()[1]
        client.send(struct.pack(">BBHBBHIIQ", 0x80, 0x08, 0, 0, 0, 0, 0, 0, 0))  # FLUSH
        line = server.wait_for("flush_all")[0]
        check_equal((line["client"], line["dialect"]), (f"127.0.0.1:{port}", "binary"), "TCP")
        check("user" not in line, "there was no login")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(20)
        datagrams.connect(("127.0.0.1", server.udp_port))
        datagrams.send(b"\0\1\0\0\0\1\0\0flush_all 3\r\n")
        check_equal(datagrams.recv(1400)[8:], b"OK\r\n", "flush_all by UDP")
        port = datagrams.getsockname()[1]
        line = server.wait_for("flush_all", 2)[1]
        check_equal((line["client"], line["dialect"]), (f"127.0.0.1:{port}", "text"), "UDP")


def a_shutdown_names_its_client(server):
    with server.talk() as client:
        port = client.socket.getsockname()[1]
        client.send(b"shutdown graceful\r\n")
        line = server.wait_for("shutdown_requested")[0]
        check_equal((line["client"], line["mode"]), (f"127.0.0.1:{port}", "graceful"), "who")
    server.process.wait(30)


def suppressed_lines_are_reported_at_the_end(server):
    count = 100
    with server.talk() as client:
        client.send(b"flush_all\r\n" * count)
        for _ in range(count):
            check_equal(client.line(), b"OK", "flush_all")

    def told():
        lines = server.events("flush_all")
        return sum("client" in line for line in lines) + sum(
            line.get("suppressed", 0) for line in lines)

    wait_until(lambda: told() == count, "all that were left out in the log")


def a_failed_login_is_logged_without_its_password(server):
    wrong = b"hunter3"
    for words in (b"user " + wrong, wrong + b" user", PASSWORD + b" " + PASSWORD):
        with server.stranger() as client:
            port = client.socket.getsockname()[1]
            check(log_in(client, words).startswith(b"CLIENT_ERROR"), "a wrong password is let in")
        line = server.wait_for("authentication_failed")[-1]
        wait_until(lambda: server.events("authentication_failed")[-1]["client"]
                   == f"127.0.0.1:{port}", "the client's address")
        check_equal(line["method"], "file", "the method")
    text = server.log.read_bytes()
    check(wrong not in text and PASSWORD not in text, "there is a password in the log")


def reloading_passwords_is_logged(server):
    server.hang_up()
    server.wait_for("passwords_read")
    server.write(b"no colon\n")
    server.hang_up()
    line = server.wait_for("files_not_read")[0]
    check_equal((line["level"], line["files"]), ("error", "passwords"), "the failure")
    check(line["error"], "why it failed")


def the_limit_of_connections_is_logged_once(server):
    def no_more(client):
        try:
            client.send(b"mn\r\n")
            return client.exactly(2) != b"MN"
        except (ConnectionResetError, BrokenPipeError):
            return True

    clients = []
    refused = 0
    while refused < 10:
        check(len(clients) < 4 * CONNECTIONS_MAX, "no client was refused")
        clients.append(server.talk())
        refused += no_more(clients[-1])
    line = server.wait_for("connection_limit")[0]
    check(line["count"] >= 1, "the count")
    for client in clients:
        client.close()
    time.sleep(0.5)
    check_equal(len(server.events("connection_limit")), 1, "lines of one episode")


def writes_without_memory_are_logged(server):
    with server.talk() as client:
        for n in range(100):
            client.send(b"set k%d 0 0 100000\r\n%b\r\n" % (n, b"v" * 100_000))
            client.line()
    check(server.wait_for("out_of_memory")[0]["count"] >= 1, "the count")


def verbosity_changes_what_is_logged(server):
    with server.talk() as client:
        check_equal(client.ask(b"verbosity 2"), b"OK", "verbosity")
        moved_pages_are_logged(server)
        check_equal(client.ask(b"verbosity 0"), b"OK", "verbosity")
        check_equal(server.stats("settings")["verbosity"], "0", "the setting")
        check_equal(client.ask(b"verbosity 1"), b"OK", "verbosity")
    server.stop()
    check("Exiting normally" in server.stderr_tail(), "the last line with -v")


def moved_pages_are_logged(server):
    def write(prefix, size, count):
        for n in range(count):
            client.send(b"set %b%d 0 0 %d noreply\r\n%b\r\n" % (prefix, n, size, b"v" * size))

    with server.talk(60) as client:
        write(b"small", 100, 100_000)
        deadline = time.monotonic() + 60
        while not server.events("pages_moved"):
            check(time.monotonic() < deadline, "no page was moved")
            write(b"large", 4000, 3000)
            client.get(b"large1")
    line = server.events("pages_moved")[0]
    check(line["level"] == "debug" and line["from"] != line["to"], f"{line}")


def a_slow_request_is_logged_with_its_first_key(server):
    key = bytes([*range(0x0e, 0x20), *range(0x21, 0x100)])[-150:] + b'"\\'
    keys = b" ".join(b"k%d" % n for n in range(SLOW_KEYS))
    with server.talk(60) as client:
        client.send(b"get %b %b\r\n" % (key, keys))
        check_equal(client.line(), b"END", "a get of what is not there")
        port = client.socket.getsockname()[1]
    # Under load other requests may also be slow.
    def named():
        return [each for each in server.events("slow_request") if "key" in each]

    wait_until(named, "a slow get in the log")
    line = named()[-1]
    check_equal(line["key"].encode("latin-1"), key, "the key")
    check_equal(line["command"], "get", "the command")
    check_equal(line["client"], f"127.0.0.1:{port}", "the client")
    check(line["ms"] > 1, f"{line['ms']} ms are slow")


def a_renamed_file_is_not_written_after_a_sighup(server):
    old = server.log.with_suffix(".1")
    server.wait_for("ready")
    server.log.rename(old)
    with server.talk() as client:
        client.ask(b"flush_all 1")
    wait_until(lambda: server.events("flush_all", old), "a line in the renamed file")
    server.hang_up()
    wait_until(server.log.exists, "a new file")
    server.wait_for("log_reopened")
    size = old.stat().st_size
    with server.talk() as client:
        client.ask(b"flush_all 2")
    check_equal(server.wait_for("flush_all")[0]["delay_seconds"], 2, "the line in the new file")
    check_equal(old.stat().st_size, size, "the size of the old file")
    check(str(old) not in server.open_files(), "the old file is still open")


def too_many_of_a_kind_are_counted_instead(server):
    count = 500
    begun_at = time.monotonic()
    with server.talk() as client:
        client.send(b"flush_all\r\n" * count)
        for _ in range(count):
            check_equal(client.line(), b"OK", "flush_all")
        seconds = time.monotonic() - begun_at
        time.sleep(3 / PER_SECOND)
        client.ask(b"flush_all 60")
    wait_until(lambda: any(line.get("delay_seconds") == 60 for line in server.events("flush_all")),
               "the last line")
    lines = [line for line in server.events("flush_all") if "client" in line]
    check(BURST < len(lines) <= BURST + PER_SECOND * seconds + 2, f"{len(lines)} lines")
    suppressed = sum(line.get("suppressed", 0) for line in server.events("flush_all"))
    check_equal(len(lines) + suppressed, count + 1, "lines, and those that were left out")
    rows = server.stats("larder")
    check_equal(int(rows["log_lines_suppressed"]), suppressed, "log_lines_suppressed")
    check_equal(int(rows["log_lines"]), len(server.lines()), "log_lines")
    check_equal(rows["log_lines_dropped"], "0", "log_lines_dropped")


def a_reader_that_stops_delays_no_client(server):
    with server.talk() as client:
        for n in range(100):
            check_equal(client.ask(b"flush_all"), b"OK", "flush_all")
            client.set(b"k%d" % n, b"v")
    check_equal(server.stats("larder")["log_lines"], "0", "log_lines")
    begun_at = time.monotonic()
    server.stop()
    check(time.monotonic() - begun_at < 5, "it took long to stop")
    os.close(server.reader)


def a_log_that_cannot_be_opened_aborts_the_start(server):
    for word, status in (("/nonexistent/log", 73), ("/", 73)):
        done = subprocess.run(
            [server.binary, "-l", "127.0.0.1", "-p", "-1", "-u", "root", "--log-file", word],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=30, check=False)
        check_equal(done.returncode, status, f"the status with --log-file {word}")
        check(done.stderr.startswith(b"larder: cannot open the log /"), f"{done.stderr}")


def logs_as_text_on_standard_error(server):
    wait_until(lambda: " info ready: " in server.stderr_tail(), "a line on standard error")
    check(TIME.match(server.stderr_tail()), "it begins with the time")


def logs_nothing_when_off(server):
    server.talk().close()
    server.stop()
    check_equal(server.stderr_tail(), "", "standard error")


def main():
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder

    def logging(*options):
        return lambda: LoggingServer(binary, options)

    end_with([passes(test, start) for test, start in (
        (logs_the_start_and_the_stop, logging()),
        (logs_administrative_commands, logging()),
        (a_failed_login_is_logged_without_its_password, lambda: PasswordServer(binary)),
        (each_change_is_logged_with_its_client, lambda: PasswordServer(
            binary, ["-o", "relaxed_privileges,config_set"])),
        (a_binary_and_a_udp_client_are_named, lambda: UdpServer(binary)),
        (a_shutdown_names_its_client, logging("-A")),
        (suppressed_lines_are_reported_at_the_end, logging()),
        (verbosity_changes_what_is_logged, logging("-m", "8")),
        (reloading_passwords_is_logged, lambda: PasswordServer(binary)),
        (the_limit_of_connections_is_logged_once, logging("-c", str(CONNECTIONS_MAX))),
        (writes_without_memory_are_logged, logging("-M", "-m", "4")),
        (moved_pages_are_logged, logging("-m", "8", "-vv")),
        (a_slow_request_is_logged_with_its_first_key, logging("--slow-ms", "1")),
        (a_renamed_file_is_not_written_after_a_sighup, logging()),
        (too_many_of_a_kind_are_counted_instead, logging()),
        (a_reader_that_stops_delays_no_client, lambda: StalledServer(binary)),
        (a_log_that_cannot_be_opened_aborts_the_start, lambda: Server(binary)),
        (logs_as_text_on_standard_error, lambda: Server(binary)),
        (logs_nothing_when_off, lambda: Server(binary, ["--log-level", "off"])),
    )])


if __name__ == "__main__":
    main()
