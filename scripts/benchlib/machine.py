"""A description of the machine and the servers of a measurement, to interpret its figures."""

import datetime
import os
import pathlib
import platform
import re
import socket
import subprocess

ANSWER_SECONDS_MAX = 2


def cpu_model():
    """The kernel's name of the CPU; empty if unknown."""
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
    """The version of a Larder build; its reply to `version` is that of memcached."""
    done = subprocess.run([program, "-V"], capture_output=True, text=True, check=False,
                          timeout=ANSWER_SECONDS_MAX)
    match = re.search(r"^Larder (\S+)", done.stdout, re.M)
    return match.group(1) if match else ""


def version_of(server):
    """The version that a running server reports; empty if it reports none."""
    if pathlib.Path(server.program).name == "larder":
        return _larder_version(server.program)
    try:
        with socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS_MAX) as client:
            client.sendall(b"version\r\n")
            words = client.recv(200).decode(errors="replace").split()
    except OSError:
        return ""
    return " ".join(words[1:]) if words[:1] == ["VERSION"] else ""
