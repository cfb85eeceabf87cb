#include "server/cluster/etcd_availability.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/server/options/command_lines.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

struct AvailabilityFixture {
  AvailabilityFixture()
      : log(std::move(*Log::open(options_of("--log-format json --log-file " + file.path())))),
        availability("east", "10.0.0.1:11211", *log) {}

  // The names of the events logged so far, with a comma behind each.  Ends the log.
  std::string events() {
    log.reset();
    std::string names;
    std::ifstream stream(file.path());
    for (std::string line; std::getline(stream, line);) {
      names += nlohmann::json::parse(line)["event"].get<std::string>() + ",";
    }
    return names;
  }

  const base::Error slow{base::fail("slow")};
  const support::TemporaryFile file{""};
  std::unique_ptr<Log> log;
  EtcdAvailability availability;
};

TEST_CASE("etcd counts as unavailable until the node has joined") {
  AvailabilityFixture fixture;
  CHECK_FALSE(fixture.availability.is_up());
  CHECK_FALSE(fixture.availability.has_ever_joined());
  fixture.availability.note_joined(7, "http://etcd:2379");
  CHECK(fixture.availability.is_up());
  CHECK(fixture.availability.has_ever_joined());
  CHECK(fixture.events() == "cluster_joined,");
}

TEST_CASE("the first attempt that fails is logged at once and the next are not") {
  AvailabilityFixture fixture;
  fixture.availability.note_failure(fixture.slow);
  fixture.availability.note_failure(fixture.slow);
  CHECK_FALSE(fixture.availability.is_up());
  CHECK(fixture.events() == "etcd_away,");
}

TEST_CASE("a joined node reports the second failure in a row") {
  AvailabilityFixture fixture;
  fixture.availability.note_joined(7, "http://etcd:2379");
  fixture.availability.note_failure(fixture.slow);
  CHECK(fixture.availability.is_up());
  fixture.availability.note_renewed();
  fixture.availability.note_failure(fixture.slow);
  CHECK(fixture.availability.is_up());
  fixture.availability.note_failure(fixture.slow);
  CHECK_FALSE(fixture.availability.is_up());
  fixture.availability.note_joined(7, "http://etcd:2379");
  CHECK(fixture.availability.is_up());
  CHECK(fixture.events() == "cluster_joined,etcd_away,etcd_back,");
}

TEST_CASE("a node that joins again is logged if its lease is another one") {
  AvailabilityFixture fixture;
  fixture.availability.note_joined(7, "http://etcd:2379");
  fixture.availability.note_joined(7, "http://etcd:2379");
  fixture.availability.note_joined(8, "http://etcd:2379");
  CHECK(fixture.events() == "cluster_joined,cluster_joined,");
}

}  // namespace
}  // namespace larder::server
