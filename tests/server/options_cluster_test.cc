#include <catch2/catch.hpp>

#include "tests/server/command_lines.h"

namespace larder::server {
namespace {

constexpr const char* kNode = "--cluster a --advertise h:5 --etcd http://e:1 ";

TEST_CASE("a node of a cluster is named by three options") {
  const Options node = options_of("--cluster a.B-3_ --advertise h.example:5 --etcd http://e:2379");
  CHECK(node.cluster == "a.B-3_");
  CHECK(node.advertised == ListenAddress{"h.example", 5});
  CHECK(node.etcd_endpoints == std::vector<std::string>{"http://e:2379"});
  CHECK(node.etcd_ttl_seconds == 5);
  const Options alone = options_of("");
  CHECK(alone.cluster.empty());
  CHECK(alone.etcd_endpoints.empty());
}

TEST_CASE("endpoints are URLs between commas") {
  const Options node =
      options_of("--cluster a --advertise [::1]:5 --etcd https://[::1]:1/,http://b");
  CHECK(node.etcd_endpoints == std::vector<std::string>{"https://[::1]:1", "http://b"});
  CHECK(node.advertised == ListenAddress{"::1", 5});
}

TEST_CASE("what opens an etcd are files") {
  const Options node = options_of(std::string(kNode) +
                                  "--etcd-ca c --etcd-cert d --etcd-key e --etcd-user-file f "
                                  "--etcd-ttl 9");
  CHECK(node.etcd_ca_file == "c");
  CHECK(node.etcd_certificate_file == "d");
  CHECK(node.etcd_key_file == "e");
  CHECK(node.etcd_user_file == "f");
  CHECK(node.etcd_ttl_seconds == 9);
}

TEST_CASE("a drain takes five seconds with a cluster and none without unless told") {
  CHECK(options_of("").drain_seconds == 0);
  CHECK(options_of("--drain-seconds 7").drain_seconds == 7);
  CHECK(options_of(kNode).drain_seconds == 5);
  CHECK(options_of(std::string(kNode) + "--drain-seconds 0").drain_seconds == 0);
}

TEST_CASE("a cluster that cannot be is refused") {
  const std::string node = kNode;
  const std::pair<std::string, std::string> rows[] = {
      {"--cluster a --advertise h:5", "larder: --cluster needs --etcd"},
      {"--cluster a --etcd http://e:1", "larder: --cluster needs --advertise"},
      {"--etcd http://e:1", "larder: --etcd needs --cluster"},
      {node + "--etcd-cert c", "larder: --etcd-cert and --etcd-key go together"},
      {node + "--etcd-key c", "larder: --etcd-cert and --etcd-key go together"},
      {"--cluster a/b",
       "larder: --cluster is 1 to 64 letters, digits, \"-\", \"_\" and \".\", not "
       "\"a/b\""},
      {"--etcd e:1", "larder: --etcd needs URLs such as http://10.0.0.1:2379, not \"e:1\""},
      {"--etcd http://", "larder: --etcd needs URLs such as http://10.0.0.1:2379, not \"http://\""},
      {"--etcd http://a/b",
       "larder: --etcd needs URLs such as http://10.0.0.1:2379, not "
       "\"http://a/b\""},
      {"--etcd http://u:p@a",
       "larder: --etcd needs URLs such as http://10.0.0.1:2379, not "
       "\"http://u:p@a\""},
      {"--etcd http://a,,http://b",
       "larder: --etcd needs URLs such as http://10.0.0.1:2379, not "
       "\"\""},
      {"--advertise 5", "larder: --advertise needs <host>:<port>, not \"5\""},
      {"--advertise :5", "larder: --advertise needs <host>:<port>, not \":5\""},
      {"--advertise *:5", "larder: --advertise needs <host>:<port>, not \"*:5\""},
      {"--advertise h:0", "larder: --advertise needs <host>:<port>, not \"h:0\""},
      {"--etcd-ttl 1", "larder: --etcd-ttl takes 2 to 3600 seconds, not 1"},
      {"--drain-seconds -1", "larder: --drain-seconds takes 0 to 3600, not -1"},
  };
  for (const auto& [text, line] : rows) {
    CAPTURE(text);
    CHECK(refused(text).line == line);
  }
}

}  // namespace
}  // namespace larder::server
