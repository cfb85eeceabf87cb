#include "server/cluster/cluster_files.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

using Catch::Contains;
using support::TemporaryFile;

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("a file of nodes has one node a line, and comments") {
  const TemporaryFile file(
      "# the cluster\n"
      "b.example:11211|10.0.0.2\r\n"
      "\n"
      "  a.example:11211 # the first\n"
      "\t\n"
      "10.0.0.3:1");
  const auto nodes = read_nodes_file(file.path());
  REQUIRE(nodes);
  CHECK(base::format_cluster({1, *nodes}) ==
        "1\n10.0.0.3|10.0.0.3|1 a.example||11211 b.example|10.0.0.2|11211\n");
}

TEST_CASE("an invalid file of nodes is refused with the number of the line") {
  const auto refusal_of = [](std::string_view text) {
    const TemporaryFile file(text);
    const auto nodes = read_nodes_file(file.path());
    return nodes ? std::string() : nodes.error().text.substr(file.path().size());
  };
  CHECK_THAT(refusal_of("a.b:1\n\n# c\na_b.c:1\n"), Contains(":4: cluster node 'a_b.c:1'"));
  CHECK_THAT(refusal_of("a.b:1 c.d:1\n"), Contains(":1: "));
  CHECK_THAT(refusal_of("a.b:1\na.b:1|10.0.0.1\n"), Contains("twice"));
  CHECK_THAT(refusal_of(""), Contains("is empty"));
  CHECK_THAT(refusal_of("# nothing\n"), Contains("is empty"));
  CHECK_THAT(refusal_of(std::string((1 << 20) + 1, '#')), Contains("longer than a megabyte"));
  const auto missing = read_nodes_file("/nonexistent/nodes");
  REQUIRE(!missing);
  CHECK(missing.error().text == "there is no file /nonexistent/nodes");
}

TEST_CASE("a written state is read back") {
  const TemporaryFile file("");
  const base::Cluster with_nodes{7, {{"a.b", "10.0.0.1", 1}, {"c.d", "", 2}}};
  const base::Cluster without{2147483647, {}};
  for (const base::Cluster& state : {with_nodes, without}) {
    REQUIRE(write_cluster_state(file.path(), state));
    const auto read = read_cluster_state(file.path());
    REQUIRE(read);
    REQUIRE(*read);
    CHECK(**read == state);
  }
  CHECK(content_of(file.path()) == "2147483647\n\n");
}

TEST_CASE("the state is replaced atomically") {
  const TemporaryFile file("5\n\n");
  std::ifstream before(file.path());
  REQUIRE(write_cluster_state(file.path(), {6, {}}));
  std::string line;
  std::getline(before, line);
  CHECK(line == "5");  // a reader that opened it before has the old file
  CHECK(content_of(file.path()) == "6\n\n");
  struct stat none;
  CHECK(::stat((file.path() + ".new").c_str(), &none) != 0);
}

TEST_CASE("a missing state is no error, and an invalid one is refused") {
  const auto missing = read_cluster_state("/nonexistent/state");
  REQUIRE(missing);
  CHECK(!*missing);
  for (const char* text : {"", "\n", "\n\n", "5", "5\n", "x\n\n", "0\n\n", "5\n\n\n",
                           "5\na_b.c||1\n", "5\na.b||1\n#\n", "5\na.b||1"}) {
    CAPTURE(text);
    const TemporaryFile file(text);
    const auto read = read_cluster_state(file.path());
    REQUIRE(!read);
    CHECK_THAT(read.error().text, Catch::StartsWith(file.path() + ": "));
  }
  CHECK(!write_cluster_state("/nonexistent/state", {1, {}}));
}

}  // namespace
}  // namespace larder::server
