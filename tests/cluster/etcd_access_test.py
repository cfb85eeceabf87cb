#!/usr/bin/python3
"""Nodes of an etcd with access control: logins, and TLS with certificates.

    python3 tests/cluster/etcd_access_test.py --larder build/release/larder
"""

import contextlib
import tempfile
import time
from pathlib import Path

from etcd_harness import Etcd, Node, agree, map_in

from certificates import Authority
from harness import arguments, check, check_equal, end_with, passes, wait_until

PASSWORD = "hunter2: with a colon"


class Guarded:
    """An etcd, with or without TLS, and a directory for credentials."""

    def __init__(self, binary, has_tls=False):
        self.binary = binary
        self._stack = contextlib.ExitStack()
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="larder-keys-"))
        self.directory = Path(directory)
        self.authority = Authority(directory) if has_tls else None
        self.etcd = self._stack.enter_context(Etcd(self.authority))

    def add(self, *options):
        return self._stack.enter_context(Node(self.binary, [self.etcd.url], options=options))

    def user_file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return str(path)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return self._stack.__exit__(kind, error, traceback)


def stays_outside(node, reason):
    """Starts a node that serves, does not join the cluster, and logs the reason."""
    wait_until(lambda: node.events("etcd_away"), "a line about etcd")
    check(reason in node.events("etcd_away")[0]["error"], f"{node.events('etcd_away')[0]}")
    time.sleep(1)
    check_equal(node.published()[0], 0, "the version")
    check_equal(node.is_etcd_up(), False, "etcd is up for who may not in")
    with node.talk() as client:
        client.set(b"k", b"v")
        check_equal(client.get(b"k"), b"v", "a value")


def nodes_log_in_with_the_user_of_a_file(guarded):
    guarded.etcd.enable_logins("larder", PASSWORD, "/larder/")
    right = guarded.user_file("right", f"larder:{PASSWORD}\n")
    nodes = [guarded.add("--etcd-user-file", right) for _ in range(2)]
    version = agree(nodes, nodes)
    stays_outside(guarded.add(), "user name is empty")
    wrong = guarded.add("--etcd-user-file", guarded.user_file("wrong", "larder:hunter3\n"))
    stays_outside(wrong, "authentication failed")
    check("hunter" not in wrong.log.read_text(), "there is a password in the log")
    check_equal(agree(nodes, nodes), version, "the version with the others outside")
    # A restarted etcd no longer accepts the tokens that it has issued.
    guarded.etcd.kill()
    guarded.etcd.start()
    wait_until(lambda: all(node.is_etcd_up() for node in nodes), "etcd is back")
    wait_until(lambda: len(guarded.etcd.pairs("/larder/test/nodes/")) == 2, "both keys")
    time.sleep(3)
    check_equal(agree(nodes, nodes), version, "the version with new tokens")
    check(all(node.is_etcd_up() for node in nodes), "etcd went away later")


def a_user_file_works_before_and_after_logins_are_enabled(guarded):
    right = guarded.user_file("right", f"larder:{PASSWORD}\n")
    node = guarded.add("--etcd-user-file", right)
    version = agree([node], [node])
    guarded.etcd.enable_logins("larder", PASSWORD, "/larder/")
    time.sleep(3)
    check(node.is_etcd_up(), "etcd is away since it has logins")
    check_equal(agree([node], [node]), version, "the version")
    errors = node.events("etcd_away")
    check(len(errors) <= 1, f"{errors}")


def a_node_without_write_permission_does_not_join(guarded):
    guarded.etcd.enable_logins("larder", PASSWORD, "/elsewhere/")
    node = guarded.add("--etcd-user-file", guarded.user_file("right", f"larder:{PASSWORD}\n"))
    stays_outside(node, "permission denied")


def nodes_and_etcd_verify_each_others_certificates(guarded):
    authority = guarded.authority
    certificate, key = authority.issue("node")
    words = ["--etcd-ca", authority.path, "--etcd-cert", certificate, "--etcd-key", key]
    nodes = [guarded.add(*words) for _ in range(2)]
    agree(nodes, nodes)
    check_equal(len(map_in(guarded.etcd)[1]), 2, "nodes on the map")
    stays_outside(guarded.add("--etcd-cert", certificate, "--etcd-key", key), "certificate")
    stays_outside(guarded.add("--etcd-ca", authority.path), "")


def main():
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder
    end_with([passes(test, start) for test, start in (
        (nodes_log_in_with_the_user_of_a_file, lambda: Guarded(binary)),
        (a_user_file_works_before_and_after_logins_are_enabled, lambda: Guarded(binary)),
        (a_node_without_write_permission_does_not_join, lambda: Guarded(binary)),
        (nodes_and_etcd_verify_each_others_certificates, lambda: Guarded(binary, has_tls=True)),
    )])


if __name__ == "__main__":
    main()
