#include "server/cluster/etcd_map.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

const ClusterNode kA{"a", "10.0.0.1", 11211};
const ClusterNode kB{"b", "", 11211};
const ClusterNode kB2{"b", "", 9};

using Nodes = std::vector<ClusterNode>;

TEST_CASE("a map is the text that nodes announce") {
  const EtcdMap map{12, {kA, kB}};
  CHECK(text_of(map) == "12\na|10.0.0.1|11211 b||11211\n");
  CHECK(parse_map(text_of(map)) == map);
  CHECK(parse_map("12\na|10.0.0.1|11211 b||11211") == map);
}

TEST_CASE("an invalid map is refused") {
  for (const char* text :
       {"", "\n", "12", "12\n", "12\n\n", "x\na||1\n", "0\na||1\n", "2147483648\na||1\n", "1\na\n",
        "1\na||0\n", "1\na||65536\n", "1\n||1\n", "1\na||1  b||1\n", "1\na||1\nx\n"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_map(text));
  }
  CHECK(parse_map("2147483647\na||1\n"));
}

TEST_CASE("the first map has a version above that of a single node") {
  const auto map = map_to_write({.registered = {kB, kA}, .map = {}, .last = {}});
  CHECK(map == EtcdMap{2, {kA, kB}});
}

TEST_CASE("nodes are sorted by host and then by port as a number") {
  const auto map = map_to_write({.registered = {kB, kA, kB2}, .map = {}, .last = {}});
  CHECK(map->nodes == Nodes{kA, kB2, kB});
}

TEST_CASE("a correct map is not changed") {
  const EtcdMap map{7, {kA, kB}};
  CHECK_FALSE(map_to_write({.registered = {kB, kA}, .map = map, .last = {}}));
  CHECK_FALSE(map_to_write({.registered = {kB, kA}, .map = map, .last = map}));
  CHECK_FALSE(map_to_write({.registered = {kB, kA}, .map = map, .last = {{6, {kA}}}}));
}

TEST_CASE("the new version exceeds any version that clients may have seen") {
  const EtcdMap map{7, {kA}};
  const EtcdMap told{40, {kB}};
  CHECK(map_to_write({.registered = {kA}, .map = {}, .last = told, .may_remove = true}) ==
        EtcdMap{41, {kA}});
  CHECK(map_to_write({.registered = {kA}, .map = map, .last = told, .may_remove = true}) ==
        EtcdMap{41, {kA}});
  CHECK_FALSE(map_to_write({.registered = {kA}, .map = map, .last = map}));
}

TEST_CASE("the version of a single node does not count as one of the cluster") {
  CHECK(map_to_write({.registered = {kA}, .map = {}, .last = {{1, {kA}}}}) == EtcdMap{2, {kA}});
}

TEST_CASE("a new node creates the next version") {
  const EtcdMap map{7, {kA}};
  CHECK(map_to_write({.registered = {kA, kB}, .map = map, .last = map}) == EtcdMap{8, {kA, kB}});
  const ClusterNode moved{"a", "10.0.0.2", 11211};
  CHECK(map_to_write({.registered = {moved}, .map = map, .last = map}) == EtcdMap{8, {moved}});
}

TEST_CASE("an unregistered node is removed only when removal is allowed") {
  const EtcdMap map{7, {kA, kB}};
  CHECK_FALSE(map_to_write({.registered = {kA}, .map = map, .last = map}));
  CHECK(map_to_write({.registered = {kA}, .map = map, .last = map, .may_remove = true}) ==
        EtcdMap{8, {kA}});
}

TEST_CASE("unregistered nodes of both lists are kept if etcd has lost its data") {
  const ClusterNode fresh{"c", "", 11211};
  const EtcdMap last{9, {kA, kB}};
  const EtcdMap map{2, {fresh}};
  CHECK(map_to_write({.registered = {kA, fresh}, .map = map, .last = last}) ==
        EtcdMap{10, {kA, kB, fresh}});
  CHECK(map_to_write({.registered = {kA}, .map = map, .last = last}) ==
        EtcdMap{10, {kA, kB, fresh}});
  CHECK(map_to_write({.registered = {kA, fresh}, .map = map, .last = last, .may_remove = true}) ==
        EtcdMap{10, {kA, fresh}});
  // An older map published by this node has no effect.
  CHECK_FALSE(map_to_write({.registered = {fresh}, .map = map, .last = {{1, {kA}}}}));
}

TEST_CASE("a leaving node is removed at once, except the last one") {
  const EtcdMap map{7, {kA, kB}};
  CHECK(map_to_write({.registered = {kA, kB}, .map = map, .last = map, .leaving = &kA}) ==
        EtcdMap{8, {kB}});
  const EtcdMap alone{9, {kA}};
  CHECK_FALSE(map_to_write({.registered = {kA}, .map = alone, .last = alone, .leaving = &kA}));
  // Nodes on the map that are not registered do not prevent a node from leaving.
  CHECK_FALSE(map_to_write({.registered = {kA}, .map = map, .last = map, .leaving = &kA}));
}

TEST_CASE("a lost map is restored unchanged") {
  const EtcdMap last{7, {kA, kB}};
  CHECK(map_to_write({.registered = {kA}, .map = {}, .last = last}) == last);
}

TEST_CASE("the version exceeds every published one") {
  const EtcdMap last{9, {kA, kB}};
  CHECK(map_to_write({.registered = {kA, kB}, .map = {{5, {kA, kB}}}, .last = last}) ==
        EtcdMap{10, {kA, kB}});
  CHECK(map_to_write({.registered = {kA}, .map = {{9, {kA}}}, .last = last}) == EtcdMap{10, {kA}});
  CHECK(map_to_write({.registered = {kA, kB}, .map = {{5, {kA}}}, .last = last}) ==
        EtcdMap{10, {kA, kB}});
}

TEST_CASE("no map is written after the highest version") {
  const EtcdMap map{EtcdMap::kVersionMax, {kA}};
  CHECK_FALSE(map_to_write({.registered = {kA, kB}, .map = map, .last = map}));
}

}  // namespace
}  // namespace larder::server
