#!/usr/bin/python3
"""Nodes maintain their list in etcd while nodes join, leave, hang or fail, and etcd too.

    python3 tests/cluster/membership_test.py --larder build/release/larder
"""

import contextlib
import os
import signal
import socket
import socketserver
import tempfile
import threading
import time
from pathlib import Path

from etcd_harness import TTL, Cluster, Etcd, Node, agree, map_in

from harness import (
    TestFailure,
    arguments,
    check,
    check_equal,
    end_with,
    free_port,
    passes,
    wait_until,
)

DRAIN = 3
SLOW = TTL * 0.4  # seconds; a request may take a quarter of the TTL


class Handler(socketserver.BaseRequestHandler):
    """One connection to the proxy, and its connection to etcd."""

    def handle(self):
        with socket.create_connection(("127.0.0.1", self.server.behind)) as other:
            back = threading.Thread(target=self.pump, args=(other, self.request), daemon=True)
            back.start()
            self.pump(self.request, other)
            back.join(5)

    def pump(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.server.held and self.server.held in data:
                    self.server.held = b""
                    time.sleep(SLOW)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


class SlowOnce:
    """A proxy that delays one request for longer than a node with this TTL waits."""

    def __init__(self, behind):
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.behind = behind
        self._server.held = b""
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)

    def hold(self, path):
        self._server.held = path

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, error, traceback):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Client(threading.Thread):
    """Writes and reads at every node continuously, and records errors."""

    def __init__(self, nodes):
        super().__init__()
        self.talkers = [node.talk() for node in nodes]
        self.is_over = threading.Event()
        self.error = None
        self.exchanges = 0

    def run(self):
        try:
            while not self.is_over.wait(0.005):
                for talker in self.talkers:
                    value = b"%d" % self.exchanges
                    talker.set(b"k", value)
                    check_equal(talker.get(b"k"), value, "the value just written")
                    self.exchanges += 1
        except (TestFailure, OSError) as error:
            self.error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, traceback):
        self.is_over.set()
        self.join(20)
        for talker in self.talkers:
            talker.close()
        if kind is None:
            check(self.error is None, f"a client met {self.error}")
            check(self.exchanges > 0, "the client has done nothing")


def versions_increase(nodes):
    for node in nodes:
        versions = [each["version"] for each in node.events("cluster_changed")
                    if each["version"] > 1]  # the version of a node without a list
        check(versions == sorted(set(versions)), f"{node.address} had the versions {versions}")


def nodes_join_and_have_the_same_list(cluster):
    version = cluster.three()
    check(version > 1, "the first version is that of who is alone")
    check_equal(map_in(cluster.etcd), cluster.nodes[0].published(), "the map in etcd")
    check_equal(cluster.registered(), {node.address for node in cluster.nodes}, "the keys")
    for node in cluster.nodes:
        metrics = node.metrics()
        value = {name: metrics[(name, frozenset())] for name in
                 ("larder_cluster_nodes", "larder_cluster_version", "larder_etcd_up")}
        check_equal(value, {"larder_cluster_nodes": 3, "larder_cluster_version": version,
                            "larder_etcd_up": 1}, "the metrics")
        check_equal(metrics[("larder_cluster_info", frozenset({("cluster", "test")}))], 1,
                    "the metric that names the cluster")
        check_equal(len(node.events("cluster_joined")), 1, "lines about joining")
    # A check after the grace period for removals finds nothing to change.
    time.sleep(TTL + 1)
    check_equal(agree(cluster.nodes, cluster.nodes), version, "the version later")
    versions_increase(cluster.nodes)


def a_killed_node_leaves_every_list_in_time(cluster):
    before = cluster.three()
    first, *others = cluster.nodes
    killed_at = time.monotonic()
    cluster.killed(first)
    after = agree(others, others, TTL + 2 - (time.monotonic() - killed_at))
    check_equal(after, before + 1, "the version")
    first.restart()
    check_equal(agree(cluster.nodes, cluster.nodes), before + 2, "the version with it back")
    versions_increase(cluster.nodes)


def a_stopping_node_leaves_the_list_while_it_serves(cluster):
    before = cluster.three()
    leaving, *others = cluster.nodes
    with leaving.talk() as client:
        client.set(b"k", b"v")
        told_at = time.monotonic()
        leaving.process.send_signal(signal.SIGTERM)
        wait_until(lambda: leaving.http("/readyz")[0] == 503, "readiness ends", 1)
        check_equal(leaving.http("/healthz")[0], 200, "health")
        check_equal(agree(cluster.nodes, others, DRAIN - 0.5), before + 1, "the version")
        check_equal(leaving.address in cluster.registered(), False, "its key is there")
        check_equal(client.get(b"k"), b"v", "a value of the node that leaves")
        with leaving.talk() as late:
            check_equal(late.get(b"k"), b"v", "the same for a client that has just come")
        check(time.monotonic() - told_at < DRAIN, "this took too long to show anything")
        leaving.wait_for_clean_end("after SIGTERM")
        check(time.monotonic() - told_at >= DRAIN - 0.1, "it stopped too early")
    check_equal([each["seconds"] for each in leaving.events("leaving")], [DRAIN], "its log")
    time.sleep(TTL)
    check_equal(agree(others, others), before + 1, "the version after it has gone")


def a_second_signal_stops_at_once(cluster):
    for second in (signal.SIGTERM, signal.SIGINT):
        node = cluster.add(drain=600)
        node.process.send_signal(signal.SIGTERM)
        wait_until(lambda: node.events("leaving"), "leaving")
        node.stop(second)
        check(node.address in map_in(cluster.etcd)[1], "the last node has left the list")
        check_equal(cluster.registered(), set(), "the keys")


def a_command_drains_a_node(cluster):
    cluster.three()
    leaving, *others = cluster.nodes
    with leaving.talk() as client:
        check_equal(client.ask(b"shutdown drain"), b"OK", "the reply")
        check_equal(client.ask(b"shutdown drain"), b"OK", "the reply to once more")
        agree(cluster.nodes, others, DRAIN - 0.5)
        check_equal(client.ask(b"get none"), b"END", "a get")
    leaving.wait_for_clean_end("after shutdown drain")


def etcd_may_be_killed_and_restarted(cluster):
    version = cluster.three()
    with Client(cluster.nodes):
        # Longer than a TTL, and shorter.
        for seconds in (TTL * 2, 0):
            cluster.etcd.kill()
            wait_until(lambda: not any(node.is_etcd_up() for node in cluster.nodes), "etcd is away")
            time.sleep(seconds)
            for node in cluster.nodes:
                check_equal(node.http("/readyz")[0], 200, "readiness without etcd")
            cluster.etcd.start()
            wait_until(lambda: all(node.is_etcd_up() for node in cluster.nodes), "etcd is back")
            time.sleep(TTL + 1)
            check_equal(agree(cluster.nodes, cluster.nodes), version, "the version")
            check_equal(map_in(cluster.etcd)[0], version, "the version in etcd")
            check_equal(cluster.registered(), {each.address for each in cluster.nodes}, "the keys")
    for node in cluster.nodes:
        names = [each["event"] for each in node.events("etcd_away", "etcd_back")]
        check_equal(names, ["etcd_away", "etcd_back"] * 2, "the log")
        check(int(node.stats("larder")["etcd_errors"]) > 0, "no error was counted")


def expired_leases_are_replaced(cluster):
    version = cluster.three()
    for each in cluster.etcd.post("/v3/lease/leases", {}).get("leases", []):
        cluster.etcd.post("/v3/lease/revoke", {"ID": each["ID"]})
    addresses = {node.address for node in cluster.nodes}
    wait_until(lambda: cluster.registered() == addresses, "all are registered again", TTL + 2)
    agree(cluster.nodes, cluster.nodes)
    versions_increase(cluster.nodes)
    check(map_in(cluster.etcd)[0] >= version, "the version fell")


def an_etcd_that_has_lost_its_data_gets_the_list_again(cluster):
    version = cluster.three()
    cluster.etcd.kill()
    cluster.etcd.wipe()
    cluster.etcd.start()
    wait_until(lambda: map_in(cluster.etcd) is not None, "a map")
    wait_until(lambda: all(node.is_etcd_up() for node in cluster.nodes), "etcd is back")
    time.sleep(TTL + 1)
    check_equal(map_in(cluster.etcd)[0], version, "the version in etcd")
    check_equal(agree(cluster.nodes, cluster.nodes), version, "the version")


def a_hung_etcd_counts_as_down(cluster):
    version = cluster.three()
    with Client(cluster.nodes):
        cluster.etcd.hang()
        try:
            wait_until(lambda: not any(node.is_etcd_up() for node in cluster.nodes), "etcd is away")
        finally:
            cluster.etcd.resume()
        wait_until(lambda: all(node.is_etcd_up() for node in cluster.nodes), "etcd is back")
    wait_until(lambda: len(cluster.registered()) == 3, "all are registered")
    check(agree(cluster.nodes, cluster.nodes) >= version, "the version fell")
    versions_increase(cluster.nodes)
    cluster.etcd.hang()
    try:
        begun_at = time.monotonic()
        cluster.nodes[0].stop()
        check(time.monotonic() - begun_at < 4, "a node waits for an etcd that hangs")
    finally:
        cluster.etcd.resume()


def the_version_never_decreases_when_everything_restarts(cluster):
    version = cluster.three()
    for by_signal in (signal.SIGKILL, signal.SIGTERM):
        for node in cluster.nodes:
            node.process.send_signal(by_signal)
        for node in cluster.nodes:
            node.process.wait(10)
        cluster.etcd.kill()
        cluster.etcd.start()
        for node in cluster.nodes:
            node.restart()
            first = node.published()[0]
            check(first >= version, f"version {first} after {version}")
        version_now = agree(cluster.nodes, cluster.nodes)
        check(version_now >= version, f"version {version_now} after {version}")
        version = version_now
    versions_in_etcd = map_in(cluster.etcd)[0]
    check_equal(versions_in_etcd, version, "the version in etcd")


def a_node_starts_and_serves_without_etcd(cluster):
    node = cluster.add()
    with node.talk() as client:
        client.set(b"k", b"v")
        check_equal(node.published()[0], 0, "the version")
        check_equal(node.http("/readyz")[0], 200, "readiness")
        check_equal(len(node.events("etcd_away")), 1, "lines about etcd")
        check_equal(node.metrics()[("larder_etcd_up", frozenset())], 0, "larder_etcd_up")
        cluster.etcd.start()
        agree([node], [node])
        check_equal(client.get(b"k"), b"v", "the value from before")
    check_equal(len(node.events("cluster_joined")), 1, "lines about joining")


def a_node_announces_its_ip_before_it_has_joined(cluster):
    port = free_port()
    node = cluster.add(name=f"0x7f.1:{port}")  # a name that every resolver knows
    own = b"0x7f.1|127.0.0.1|%d" % port
    check_equal(node.cluster_text(), b"1\n" + own, "the list without etcd")
    cluster.etcd.start()
    wait_until(lambda: node.published()[0] > 1, "it has joined")
    check_equal(node.cluster_text(), b"2\n" + own, "the list with etcd")


def a_node_that_hung_registers_again(cluster):
    before = cluster.three()
    hung, *others = cluster.nodes
    hung.process.send_signal(signal.SIGSTOP)
    try:
        agree(others, others, TTL + 2)
        wait_until(lambda: hung.address not in cluster.registered(), "its key is gone")
    finally:
        hung.process.send_signal(signal.SIGCONT)
    check_equal(agree(cluster.nodes, cluster.nodes), before + 2, "the version")
    check_equal(len(cluster.registered()), 3, "keys")


def one_slow_reply_does_not_count_as_etcd_down(cluster):
    with SlowOnce(cluster.etcd.port) as slow:
        node = cluster.add(etcds=[f"http://127.0.0.1:{slow.port}"])
        agree([node], [node])
        before = node.events("cluster_joined")
        slow.hold(b"/v3/lease/keepalive")
        wait_until(lambda: int(node.stats("larder")["etcd_errors"]) == 1, "it is slow", 2 * TTL)
        time.sleep(2 * TTL)
        check(node.is_etcd_up(), "larder_etcd_up")
        check_equal(node.events("etcd_away", "etcd_back"), [], "lines about etcd")
        check_equal(node.events("cluster_joined"), before, "lines about joining")
        check_equal(cluster.registered(), {node.address}, "the keys")


def an_unreachable_endpoint_is_skipped(cluster):
    node = cluster.add(etcds=[f"http://127.0.0.1:{free_port()}", cluster.etcd.url])
    agree([node], [node])
    check(node.is_etcd_up(), "etcd is away")


def an_invalid_map_is_not_overwritten(cluster):
    version = cluster.three()
    text = cluster.etcd.pairs("/larder/test/map")["/larder/test/map"][0]
    cluster.etcd.put("/larder/test/map", "nonsense")
    wait_until(lambda: not any(node.is_etcd_up() for node in cluster.nodes), "etcd down")
    check_equal(agree(cluster.nodes, cluster.nodes), version, "the version meanwhile")
    check_equal(cluster.etcd.pairs("/larder/test/map")["/larder/test/map"][0], "nonsense", "it")
    cluster.etcd.put("/larder/test/map", text)
    wait_until(lambda: all(node.is_etcd_up() for node in cluster.nodes), "it is well again")
    check_equal(agree(cluster.nodes, cluster.nodes), version, "the version")


def a_map_from_a_backup_does_not_decrease_the_version(cluster):
    cluster.three()
    text = cluster.etcd.pairs("/larder/test/map")["/larder/test/map"][0]
    version = int(text.split("\n")[0])
    cluster.killed(cluster.nodes.pop())
    after = agree(cluster.nodes, cluster.nodes)
    check_equal(after, version + 1, "the version without one")
    cluster.etcd.put("/larder/test/map", text)
    wait_until(lambda: map_in(cluster.etcd)[0] > after, "a higher version")
    wait_until(lambda: agree(cluster.nodes, cluster.nodes) > after, "that version at every node")
    versions_increase(cluster.nodes)


def an_invalid_registration_is_ignored(cluster):
    version = cluster.three()
    for address, text in (("bad:1", "bad||1"), ("a b.c:1", "a b.c||1"),
                          ("10.0.0.1:1", "10.0.0.2||1"),
                          ("10.0.0.3:1", "10.0.0.3|fe80::1%eth0|1")):
        cluster.etcd.put(f"/larder/test/nodes/{address}", text)
    cluster.killed(cluster.nodes.pop())
    check_equal(agree(cluster.nodes, cluster.nodes), version + 1, "the version without one")
    versions_increase(cluster.nodes)


def the_later_of_two_nodes_with_one_name_has_it(cluster):
    early = cluster.add()
    late = cluster.add(name=early.address)
    key = f"/larder/test/nodes/{early.address}"

    def holder():
        return cluster.etcd.pairs(key)[key][1]

    wait_until(lambda: early.events("etcd_away"), "the early one notices")
    lease = holder()
    third = cluster.add()
    wait_until(lambda: early.published()[1] == third.published()[1] and
               len(third.published()[1]) == 2, "one list everywhere")
    time.sleep(TTL + 1)
    check_equal(holder(), lease, "the lease of the name")
    check_equal([each["event"] for each in early.events("etcd_away", "etcd_back")], ["etcd_away"],
                "the log of the early one")
    check_equal(late.events("etcd_away"), [], "lines of the late one")
    cluster.killed(late)
    wait_until(lambda: early.events("etcd_back"), "the early one has the name again", 2 * TTL + 2)
    # Between the end of one lease and the other registration the name was free.
    wait_until(lambda: early.address in third.published()[1], "it is on the list")
    check(holder() != lease, "the lease of the name is still that of who has died")


def versions_continue_from_those_before_etcd(cluster):
    with tempfile.TemporaryDirectory(prefix="larder-state-") as directory:
        state = Path(directory, "state")
        state.write_text("40\n127.0.0.1|127.0.0.1|9\n", encoding="ascii")
        os.chmod(directory, 0o777)
        first = cluster.add(options=("--cluster-state", str(state)))
        second = cluster.add()
        version = agree([first, second], [first, second])
        check(version > 40, f"the version is {version}")


def a_node_with_a_higher_version_announces_the_common_list(cluster):
    others = [cluster.add(), cluster.add()]
    agree(others, others)
    with tempfile.TemporaryDirectory(prefix="larder-state-") as directory:
        state = Path(directory, "state")
        port = free_port()
        state.write_text(f"40\n127.0.0.1|127.0.0.1|{port}\n", encoding="ascii")
        os.chmod(directory, 0o777)
        cluster.add(options=("--cluster-state", str(state)))
        version = agree(cluster.nodes, cluster.nodes, 2 * TTL + 2)
        check(version > 40, f"the version is {version}")
        versions_increase(cluster.nodes)
        texts = {node.cluster_text() for node in cluster.nodes}
        check_equal(len(texts), 1, f"texts among {texts}")


def main():
    binary = arguments(__doc__.splitlines()[0]).parse_args().larder

    def plain():
        return Cluster(binary)

    end_with([passes(test, start) for test, start in (
        (nodes_join_and_have_the_same_list, plain),
        (a_killed_node_leaves_every_list_in_time, plain),
        (a_stopping_node_leaves_the_list_while_it_serves,
         lambda: Cluster(binary, drain=DRAIN)),
        (a_second_signal_stops_at_once, plain),
        (a_command_drains_a_node, lambda: Cluster(binary, drain=DRAIN)),
        (etcd_may_be_killed_and_restarted, plain),
        (expired_leases_are_replaced, plain),
        (an_etcd_that_has_lost_its_data_gets_the_list_again, plain),
        (a_hung_etcd_counts_as_down, plain),
        (the_version_never_decreases_when_everything_restarts, plain),
        (a_node_starts_and_serves_without_etcd,
         lambda: Cluster(binary, Etcd(start=False))),
        (a_node_announces_its_ip_before_it_has_joined,
         lambda: Cluster(binary, Etcd(start=False))),
        (a_node_that_hung_registers_again, plain),
        (one_slow_reply_does_not_count_as_etcd_down, plain),
        (an_unreachable_endpoint_is_skipped, plain),
        (an_invalid_map_is_not_overwritten, plain),
        (a_map_from_a_backup_does_not_decrease_the_version, plain),
        (an_invalid_registration_is_ignored, plain),
        (the_later_of_two_nodes_with_one_name_has_it, plain),
        (versions_continue_from_those_before_etcd, plain),
        (a_node_with_a_higher_version_announces_the_common_list, plain),
    )])


if __name__ == "__main__":
    main()
