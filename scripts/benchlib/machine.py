"""What a measurement was taken on, and of what: figures mean little without."""

import datetime
import os
import pathlib
import platform
import re
import socket
import subprocess

ANSWER_SECONDS_MAX = 2


def cpu_model():
    """As the kernel names it; empty where it does not say."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return " ".join(line.split(":", 1)[1].split())
    except OSError:
        pass
    return platform.machine()


def describe():
    """For a report's JSON."""
    return {"cpu": cpu_model(), "cores": os.cpu_count(), "system": platform.system(),
            "kernel": platform.release()}


def today():
    return datetime.date.today().isoformat()


def _larder_version(program):
    """Of a build of Larder, which answers `version` with that of the memcached it stands in for."""
    done = subprocess.run([program, "-V"], capture_output=True, text=True, check=False,
                          timeout=ANSWER_SECONDS_MAX)
    match = re.search(r"^Larder (\S+)", done.stdout, re.M)
    return match.group(1) if match else ""


def version_of(server):
    """What a running server says it is; empty when it does not say."""
    if pathlib.Path(server.program).name == "larder":
        return _larder_version(server.program)
    try:
        with socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS_MAX) as client:
            client.sendall(b"version\r\n")
            words = client.recv(200).decode(errors="replace").split()
    except OSError:
        return ""
    return " ".join(words[1:]) if words[:1] == ["VERSION"] else ""
