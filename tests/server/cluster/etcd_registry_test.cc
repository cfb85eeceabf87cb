#include "server/cluster/etcd_registry.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/base64.h"
#include "tests/support/fake_http.h"

namespace larder::server {
namespace {

using support::FakeHttp;
using Maps = std::vector<EtcdMap>;

constexpr int64_t kLease = 7;

const ClusterNode kA{"a.x", "", 1};
const ClusterNode kB{"b.x", "", 2};
const ClusterNode kC{"c.x", "", 3};

std::string base64(const std::string& bytes) {
  std::string text(base::base64_size(bytes.size()), '\0');
  base::encode_base64(bytes, text.data());
  return text;
}

// The contents of etcd under "/larder/t/", which do not change; transactions succeed nevertheless.
class FakeEtcd {
 public:
  void has_map(const EtcdMap& map) { pairs_["map"] = text_of(map); }
  void has_nodes(const std::vector<ClusterNode>& nodes) {
    for (const ClusterNode& node : nodes) pairs_["nodes/" + address_of(node)] = text_of(node);
  }

  std::string url() const { return http_.url(); }
  // Whether a transaction has written this map.
  bool was_given(const EtcdMap& map) const {
    for (const FakeHttp::Question& question : http_.questions()) {
      const bool is_put = question.body.find(base64(text_of(map))) != std::string::npos;
      if (question.path == "/v3/kv/txn" && is_put) return true;
    }
    return false;
  }

 private:
  FakeHttp::Answer answer(const FakeHttp::Question& question) const {
    if (question.path == "/v3/kv/txn") return {.body = R"({"header":{},"succeeded":true})"};
    std::string list;
    for (const auto& [key, value] : pairs_) {
      list += (list.empty() ? "" : ",") + (R"({"key":")" + base64("/larder/t/" + key)) +
              R"(","value":")" + base64(value) + R"(","mod_revision":"3","lease":")" +
              std::to_string(kLease) + "\"}";
    }
    return {.body = R"({"header":{"revision":"5"},"kvs":[)" + list + "]}"};
  }

  std::map<std::string, std::string> pairs_;
  FakeHttp http_{[this](const FakeHttp::Question& question) { return answer(question); }};
};

// The node a.x:1, which publishes `told` before it has joined.
struct Node {
  Node(const FakeEtcd& etcd, EtcdMap told)
      : client({.endpoints = {etcd.url()}, .tls = {}, .user_file = {}}),
        registry(client, "t", kA, std::move(told),
                 [this](const EtcdMap& map) { published.push_back(map); }) {}

  EtcdClient client;
  Maps published;
  EtcdRegistry registry;
};

TEST_CASE("a map not newer than the announced one is not published") {
  FakeEtcd etcd;
  SECTION("a lower version") { etcd.has_map({5, {kB, kC}}); }
  SECTION("the same version with another list") { etcd.has_map({40, {kB, kC}}); }
  etcd.has_nodes({kA, kB, kC});
  Node node(etcd, {40, {kA}});
  REQUIRE(node.registry.reconcile(kLease, false));
  CHECK(node.published == Maps{{41, {kA, kB, kC}}});
  CHECK(etcd.was_given({41, {kA, kB, kC}}));
}

TEST_CASE("the announced list is published again when etcd has it") {
  const EtcdMap told{40, {kA, kB}};
  FakeEtcd etcd;
  etcd.has_nodes({kA, kB});
  SECTION("unchanged") { etcd.has_map(told); }
  SECTION("written again by this node") {}
  Node node(etcd, told);
  REQUIRE(node.registry.reconcile(kLease, false));
  REQUIRE(node.registry.reconcile(kLease, false));
  CHECK(node.published.front() == told);
}

TEST_CASE("a node that was already removed publishes the list without itself when it leaves") {
  FakeEtcd etcd;
  etcd.has_map({6, {kB}});
  etcd.has_nodes({kB});
  Node node(etcd, {5, {kA, kB}});
  REQUIRE(node.registry.withdraw(kLease));
  CHECK(node.published == Maps{{6, {kB}}});
}

TEST_CASE("a node whose name is taken publishes no list") {
  FakeEtcd etcd;
  etcd.has_map({5, {kA, kB}});
  etcd.has_nodes({kA, kB});
  Node node(etcd, {40, {kA}});
  const auto standing = node.registry.enlist(kLease + 1, EtcdRegistry::IfTaken::LetBe);
  REQUIRE(standing);
  CHECK(*standing == EtcdRegistry::Standing::Taken);
  CHECK(node.published.empty());
}

}  // namespace
}  // namespace larder::server
