#include "server/cluster/cluster_map.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include "server/cluster/cluster_files.h"
#include "tests/server/options/command_lines.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

using support::TemporaryFile;
using SetOutcome = ClusterMap::SetOutcome;

constexpr uint32_t kUnixNow = 1'700'000'000;

// A run of a server, reduced to its cluster list.
struct Life {
  explicit Life(const std::string& command_line, int64_t unix_now = kUnixNow)
      : options(options_of(command_line)), clock(unix_now), map(options, clock, log) {
    base::Outcome opened = map.open();
    if (opened) opened = map.keep();
    if (!opened) refusal = opened.error().text;
  }
  uint32_t version() const { return map.current()->cluster.version; }
  std::string text() const { return map.current()->text; }

  const Options options;
  const base::Clock clock;
  Log log;  // writes nothing
  ClusterMap map;
  std::string refusal;
};

TEST_CASE("the state is written only when the rest of the start has succeeded") {
  const TemporaryFile state("");
  std::remove(state.path().c_str());
  const auto version_in_file = [&] {
    const auto read = read_cluster_state(state.path());
    REQUIRE(read);
    return *read ? (*read)->version : 0;
  };
  const Options options = options_of("--nodes a.x:1 --cluster-state " + state.path());
  const base::Clock clock(kUnixNow);
  Log log;
  ClusterMap map(options, clock, log);
  REQUIRE(map.open());
  CHECK(version_in_file() == 0);
  REQUIRE(map.keep());
  CHECK(version_in_file() == 1);
}

base::ClusterNodes nodes_of(const std::string& text) {
  return options_of("--nodes " + text).cluster_nodes;
}

// A path without a file, until the test writes one.
struct Path {
  Path() { std::remove(file.path().c_str()); }
  std::string state() const { return " --cluster-state " + file.path(); }
  TemporaryFile file{""};
};

TEST_CASE("a server without a configured cluster is its only node, in version 1") {
  const Life life("");
  CHECK(life.version() == 1);
  CHECK(life.text().empty());
  CHECK(!life.map.is_configured());
}

TEST_CASE("a list from the options is announced in order") {
  const Life life("--nodes b.x:1|10.0.0.2,a.x:1|10.0.0.1 --nodes c.x:2");
  CHECK(life.map.is_configured());
  CHECK(life.text() == "1700000000\na.x|10.0.0.1|1 b.x|10.0.0.2|1 c.x||2\n");
  CHECK(Life("--advertise a.x:5").text() == "1700000000\na.x||5\n");
  // The advertised node need not be in the list.
  CHECK(Life("--advertise a.x:5 --nodes b.x:6").text() == "1700000000\nb.x||6\n");
}

TEST_CASE("with a state file versions begin at 1 and increase with each change") {
  const Path path;
  CHECK(Life("--nodes a.x:1" + path.state()).version() == 1);
  CHECK(Life("--nodes a.x:1" + path.state()).version() == 1);
  CHECK(Life("--nodes a.x:1,b.x:1" + path.state()).version() == 2);
  CHECK(Life("--nodes b.x:1,a.x:1" + path.state()).version() == 2);  // the same in another order
  CHECK(Life("--nodes a.x:1|10.0.0.1,b.x:1" + path.state()).version() == 3);
  CHECK(Life("--advertise a.x:1" + path.state()).version() == 4);
  CHECK(Life(path.state()).version() == 5);  // alone
  CHECK(Life(path.state()).version() == 5);
  CHECK(Life("--nodes a.x:1" + path.state()).version() == 6);
  // Regardless of the clock.
  CHECK(Life("--nodes b.x:1" + path.state(), 5).version() == 7);
}

TEST_CASE("without a state file the version of a list from the options is the current time") {
  CHECK(Life("--nodes a.x:1", kUnixNow).version() == kUnixNow);
  CHECK(Life("--nodes a.x:1", kUnixNow + 5).version() == kUnixNow + 5);
  TemporaryFile file("a.x:1");
  Life life("--nodes-file " + file.path());
  for (uint32_t change = 1; change <= 3; ++change) {  // within one second
    file.write("a.x:" + std::to_string(1 + change));
    REQUIRE(life.map.reload());
    CHECK(life.version() == kUnixNow + change);
  }
}

TEST_CASE("a file of nodes is reloaded, and takes effect only if it has changed") {
  const Path path;
  const TemporaryFile file("a.x:1\n");
  Life life("--nodes-file " + file.path() + path.state());
  CHECK(life.text() == "1\na.x||1\n");
  file.write("# the same\na.x:1\n");
  REQUIRE(life.map.reload());
  CHECK(life.version() == 1);
  file.write("a.x:1\nb.x:1\n");
  REQUIRE(life.map.reload());
  CHECK(life.text() == "2\na.x||1 b.x||1\n");
  for (const char* bad : {"", "a_b.x:1\n", "b.x:1\nb.x:1\n"}) {
    file.write(bad);
    CHECK(!life.map.reload());
    CHECK(life.text() == "2\na.x||1 b.x||1\n");
  }
}

TEST_CASE("a list may be published with or without a version") {
  const Path path;
  Life life(path.state());
  CHECK(!life.map.is_configured());
  REQUIRE(life.map.publish(0, nodes_of("a.x:1")));
  CHECK(life.map.is_configured());
  CHECK(life.text() == "2\na.x||1\n");
  REQUIRE(life.map.publish(0, nodes_of("a.x:1")));
  CHECK(life.version() == 2);
  REQUIRE(life.map.publish(40, nodes_of("b.x:1")));
  CHECK(life.version() == 40);
  // A different list gets a higher version, whatever version it comes with.
  REQUIRE(life.map.publish(7, nodes_of("c.x:1")));
  CHECK(life.text() == "41\nc.x||1\n");
  // The same list gets the version that the other nodes use, if that is higher.
  REQUIRE(life.map.publish(40, nodes_of("c.x:1")));
  CHECK(life.version() == 41);
  REQUIRE(life.map.publish(50, nodes_of("c.x:1")));
  CHECK(life.version() == 50);
  // A list that clients could not use is refused, and the old list stays.
  CHECK(!life.map.publish(60, {}));
  CHECK(!life.map.publish(60, {{"a_b.c", "", 1}}));
  CHECK(!life.map.publish(base::kClusterVersionMax + 1, nodes_of("d.x:1")));
  CHECK(life.text() == "50\nc.x||1\n");
  CHECK(Life("--nodes c.x:1" + path.state()).version() == 50);
}

TEST_CASE("no list is published after the highest version") {
  const Path path;
  REQUIRE(write_cluster_state(path.file.path(), {base::kClusterVersionMax, nodes_of("a.x:1")}));
  Life life("--nodes a.x:1" + path.state());
  CHECK(life.refusal.empty());
  CHECK(!life.map.publish(0, nodes_of("b.x:1")));
  CHECK(life.text() == "2147483647\na.x||1\n");
  CHECK(Life("--nodes b.x:1" + path.state()).refusal == "the cluster's version can rise no more");
  CHECK(Life("--nodes a.x:1", int64_t{1} << 32).version() == base::kClusterVersionMax);
}

TEST_CASE("a list that a client sets has a version above the current one") {
  const Path path;
  Life life("-o config_set" + path.state());
  CHECK(life.map.is_configured());
  CHECK(life.map.set("1\na.x||1\n") == SetOutcome::VersionTooLow);
  CHECK(life.map.set("12\na.x||1 b.x||1\n") == SetOutcome::Done);
  CHECK(life.text() == "12\na.x||1 b.x||1\n");
  CHECK(life.map.set("12\na.x||1 b.x||1\n") == SetOutcome::Done);  // once more
  CHECK(life.map.set("12\na.x||1\n") == SetOutcome::VersionTooLow);
  CHECK(life.map.set("11\na.x||1 b.x||1\n") == SetOutcome::VersionTooLow);
  CHECK(life.map.set("13\na_b.x||1\n") == SetOutcome::Bad);
  CHECK(life.map.set("") == SetOutcome::Bad);
  CHECK(life.text() == "12\na.x||1 b.x||1\n");
  CHECK(life.map.set("13\nb.x||1 a.x||1\n") == SetOutcome::Done);
  CHECK(life.text() == "13\na.x||1 b.x||1\n");
}

TEST_CASE("a client's list outlives a restart with a state file, and can be reverted") {
  const Path path;
  {
    Life life("-o config_set" + path.state());
    CHECK(!life.map.remove());
    REQUIRE(life.map.set("12\na.x||1\n") == SetOutcome::Done);
  }
  {
    Life life("-o config_set" + path.state());
    CHECK(life.text() == "12\na.x||1\n");
    CHECK(life.map.remove());
    CHECK(life.text().empty());
    CHECK(life.version() == 13);
    CHECK(!life.map.remove());
    REQUIRE(life.map.set("20\na.x||1\n") == SetOutcome::Done);
  }
  // Without the option, a list that clients set earlier is ignored.
  CHECK(Life(path.state()).version() == 21);
  // The list of the options is used first, and again after a client's list is deleted.
  Life life("-o config_set --nodes c.x:1" + path.state());
  CHECK(life.text() == "22\nc.x||1\n");
  CHECK(!life.map.remove());
  REQUIRE(life.map.set("30\na.x||1\n") == SetOutcome::Done);
  CHECK(life.map.remove());
  CHECK(life.text() == "31\nc.x||1\n");
}

TEST_CASE("an invalid state or one that cannot be written aborts the start") {
  const TemporaryFile broken("12\n");
  const Life unreadable("--nodes a.x:1 --cluster-state " + broken.path());
  CHECK_THAT(unreadable.refusal, Catch::StartsWith(broken.path() + ": cluster text"));
  const Life unwritable("--nodes a.x:1 --cluster-state /nonexistent/state");
  CHECK_THAT(unwritable.refusal, Catch::StartsWith("cannot open /nonexistent/state.new"));
  const Life missing("--nodes-file /nonexistent/nodes");
  CHECK(missing.refusal == "there is no file /nonexistent/nodes");
}

TEST_CASE("a change that cannot be saved is still announced to clients") {
  char directory[] = "/tmp/larder-test-XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  const std::string path = std::string(directory) + "/state";
  Life life("--nodes a.x:1 --cluster-state " + path);
  REQUIRE(life.refusal.empty());
  REQUIRE(std::remove(path.c_str()) == 0);
  REQUIRE(::rmdir(directory) == 0);
  CHECK(life.map.publish(0, nodes_of("b.x:1")));
  CHECK(life.text() == "2\nb.x||1\n");
}

TEST_CASE("readers see whole lists during changes") {
  Life life("--nodes n.x:1", 0);
  const auto publish = [&](uint32_t from) {
    for (uint32_t i = 0; i < 500; ++i) {
      const auto published = life.map.publish(
          0, {{"n.x", "", static_cast<uint16_t>(from + i % 7)}, {"o.x", "", uint16_t{1}}});
      if (!published) std::abort();
    }
  };
  std::thread one(publish, 1);
  std::thread other(publish, 100);
  uint32_t last = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto snapshot = life.map.current();
    REQUIRE(snapshot->cluster.version >= last);
    last = snapshot->cluster.version;
    REQUIRE(snapshot->text == base::format_cluster(snapshot->cluster));
  }
  one.join();
  other.join();
}

}  // namespace
}  // namespace larder::server
