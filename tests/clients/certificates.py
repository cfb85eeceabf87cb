"""Certificates for tests, made by the openssl command (Debian: openssl)."""

import subprocess
from pathlib import Path

from suites import program

SECONDS_MAX = 30


class Authority:
    """A certificate authority with its own directory; its certificate is ca.pem."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.path = str(self.directory / "ca.pem")
        self._key = str(self.directory / "ca.key")
        self._request("authority", self.path, self._key)

    def issue(self, name, common_name=None):
        """Issues a certificate for a client or 127.0.0.1: paths of <name>.pem and <name>.key."""
        paths = [str(self.directory / f"{name}.{kind}") for kind in ("pem", "key")]
        self._request(common_name or name, *paths, "-CA", self.path, "-CAkey", self._key)
        return paths

    @staticmethod
    def _request(common_name, certificate, key, *words):
        command = [program("openssl", "openssl"), "req", "-x509", "-newkey", "ec",
                   "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                   "-subj", f"/CN={common_name}", "-addext", "subjectAltName=IP:127.0.0.1",
                   "-keyout", key, "-out", certificate, *words]
        subprocess.run(command, check=True, timeout=SECONDS_MAX, stderr=subprocess.DEVNULL)
