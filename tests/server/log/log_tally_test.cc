// When sums are logged; the test sets the time.
#include "server/log/log_tally.h"

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

constexpr int64_t kSecond = 1'000'000;

struct TallyFixture {
  explicit TallyFixture(const std::string& level)
      : log(std::move(*Log::open(
            options_of("--log-format json --log-level " + level + " --log-file " + file.path())))),
        tally(*log, shown_classes) {}

  // Ends the log.
  std::vector<nlohmann::json> lines() {
    log.reset();
    std::vector<nlohmann::json> all;
    std::ifstream stream(file.path());
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  const support::TemporaryFile file{""};
  std::unique_ptr<Log> log;
  const slab::SizeClasses classes{slab::Options{}, slab::kGranuleShiftMin};
  const slab::ShownClasses shown_classes{classes};
  LogTally tally;
};

struct CountingObserver final : slab::Observer {
  void evicted(const slab::Evicted&) noexcept override { ++evictions; }
  void page_moved(slab::ClassId, slab::ClassId, bool) noexcept override { ++moves; }
  int evictions = 0;
  int moves = 0;
};

TEST_CASE("an episode is logged when it begins, and then at intervals") {
  TallyFixture fixture("info");
  constexpr int64_t kEpisode = LogTally::kEpisodeSeconds * kSecond;
  fixture.tally.look({}, kSecond);
  fixture.tally.look({.refused_connections = 3}, 2 * kSecond);
  fixture.tally.look({.refused_connections = 50}, 3 * kSecond);
  fixture.tally.look({.refused_connections = 51}, kEpisode + 1 * kSecond);
  fixture.tally.look({.refused_connections = 60}, kEpisode + 2 * kSecond);
  fixture.tally.look({.refused_connections = 60}, 9 * kEpisode);
  const auto lines = fixture.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "connection_limit");
  CHECK(lines[0]["count"] == 3);
  CHECK(lines[1]["count"] == 57);
}

TEST_CASE("each counter has its event") {
  TallyFixture fixture("debug");
  fixture.tally.look({1, 2, 3, 4, 5}, kSecond);
  const auto lines = fixture.lines();
  const char* const events[] = {"connection_limit", "accepting_paused", "out_of_memory",
                                "tls_failed", "log_overrun"};
  REQUIRE(lines.size() == std::size(events));
  for (size_t i = 0; i < lines.size(); ++i) {
    CHECK(lines[i]["event"] == events[i]);
    CHECK(lines[i]["count"] == i + 1);
  }
}

TEST_CASE("moved pages are logged once a second, by source and destination") {
  TallyFixture fixture("debug");
  CountingObserver watching;
  slab::Observer* const observer = fixture.tally.observer(&watching);
  REQUIRE(observer == &fixture.tally);
  for (int i = 0; i < 5; ++i) observer->page_moved(3, 7, true);
  observer->page_moved(4, 7, false);
  fixture.tally.look({}, kSecond);
  observer->page_moved(3, 7, true);
  fixture.tally.look({}, kSecond + kSecond / 2);
  observer->page_moved(3, 7, true);
  fixture.tally.look({}, 2 * kSecond);
  observer->evicted({});
  CHECK(watching.moves == 8);
  CHECK(watching.evictions == 1);
  const auto lines = fixture.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["event"] == "pages_moved");
  CHECK((lines[0]["from"] == 3 && lines[0]["to"] == 7 && lines[0]["pages"] == 5));
  CHECK((lines[1]["from"] == 4 && lines[1]["pages"] == 0 && lines[1]["failures"] == 1));
  CHECK(lines[2]["pages"] == 2);
}

TEST_CASE("more pairs of classes than there is room for are logged at once") {
  TallyFixture fixture("debug");
  slab::Observer* const observer = fixture.tally.observer(nullptr);
  for (slab::ClassId from = 1; from <= 17; ++from) observer->page_moved(from, 20, true);
  fixture.tally.look({}, kSecond);
  CHECK(fixture.lines().size() == 17);
}

TEST_CASE("a moved page is logged with the ids that clients see") {
  TallyFixture fixture("debug");
  const auto last = static_cast<slab::ClassId>(fixture.classes.count());
  REQUIRE(last > slab::ShownClasses::kIdMax);
  fixture.tally.observer(nullptr)->page_moved(last, 40, true);
  fixture.tally.look({}, kSecond);
  const auto lines = fixture.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["from"] == slab::ShownClasses::kIdMax);
  CHECK(lines[0]["to"] == fixture.shown_classes.id_of(40));
}

TEST_CASE("moved pages are observed only if they are logged or watched") {
  TallyFixture fixture("info");
  CountingObserver watching;
  CHECK(fixture.tally.observer(nullptr) == nullptr);
  CHECK(fixture.tally.observer(&watching) == &watching);
}

}  // namespace
}  // namespace larder::server
