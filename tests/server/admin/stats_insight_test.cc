#include <catch2/catch.hpp>

#include "server/admin/stats_json.h"
#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

using protocol::StatsTopic;

struct InsightFixture : AdminFixture {
  explicit InsightFixture(Options chosen) : AdminFixture(chosen), insight(options, store, now) {
    admin.open({.options = options,
                .clock = clock,
                .clock_driver = clock_driver,
                .store = store,
                .log = log,
                .discovery = discovery,
                .workers = {&workers[0], &workers[1]},
                .connections = {&lists[0], &lists[1]},
                .accept_totals = [] { return AcceptTotals(); },
                .log_totals = [] { return WatchTotals(); },
                .listening_sockets = [] { return std::vector<ListeningSocket>(); },
                .request_stop = {},
                .request_drain = {},
                .reload_files = {},
                .event_library_version = "2.1.12-stable",
                .insight = &insight});
  }
  // A get by a worker; a hit on an item in a chunk of that class, unless it is kNoClass.
  void get(std::string_view key, slab::ClassId id, size_t worker = 0) {
    const slab::Key hashed = store.key(key);
    WorkerInsight& noted = *insight.of_worker(worker);
    if (!noted.note(CommandKind::Get, hashed.hash)) return;
    if (!noted.sample_key(key, hashed.hash, now)) return;
    noted.sample({.act = CurveSample::Act::Get, .hash = hashed.hash, .chunks = {.head = id}}, now);
  }
  Insight insight;
};

Options options_with(bool hot_keys, bool curve) {
  Options options;
  options.worker_count = 2;
  options.counts_hot_keys = hot_keys;
  options.estimates_curve = curve;
  return options;
}

TEST_CASE("estimates that are turned off are reported as disabled") {
  AdminFixture without;
  CHECK(without.ask(StatsTopic::HotKeys) == "STAT hotkeys_status disabled\r\nEND\r\n");
  CHECK(without.ask(StatsTopic::Curve) == "STAT curve_status disabled\r\nEND\r\n");
  InsightFixture off(options_with(false, false));
  CHECK(off.insight.of_worker(1) == nullptr);
  CHECK(off.ask(StatsTopic::HotKeys) == "STAT hotkeys_status disabled\r\nEND\r\n");
  CHECK(off.ask(StatsTopic::Curve) == "STAT curve_status disabled\r\nEND\r\n");
  CHECK(off.value("hot_keys", StatsTopic::Larder) == "no");
  const std::string json = stats_json(off.admin.snapshot(off.now));
  CHECK(json.find("\"hot_keys\": {\n  \"enabled\": false,\n  \"keys\": []\n }") !=
        std::string::npos);
  CHECK(json.find("\"enabled\": false,\n  \"sampled_requests\": 0") != std::string::npos);
}

TEST_CASE("hot keys are shown with their rates, added up over all workers") {
  InsightFixture fixture(options_with(true, false));
  for (int i = 0; i < 10; ++i) {
    fixture.get("a b", 0);
    fixture.get("a b", 0, 1);
    fixture.get("c", 0, 1);
  }
  // The counts represent half a second.
  CHECK(fixture.ask(StatsTopic::HotKeys) == "STAT a%20b 40.0\r\nSTAT c 20.0\r\nEND\r\n");
  CHECK(fixture.value("hot_keys", StatsTopic::Larder) == "yes");
  CHECK(fixture.value("curve_status", StatsTopic::Curve) == "disabled");
  const StatsSnapshot snapshot = fixture.admin.snapshot(fixture.now);
  CHECK(snapshot.counts_hot_keys);
  CHECK(stats_json(snapshot).find("\"key\": \"a%20b\",\n    \"requests_per_second\": 40.0") !=
        std::string::npos);
}

TEST_CASE("the page shows twenty hot keys and the command all") {
  InsightFixture fixture(options_with(true, false));
  for (int i = 0; i < 30; ++i) fixture.get(std::to_string(i), 0);
  CHECK(fixture.names(StatsTopic::HotKeys).size() == 30);
  const std::string json = stats_json(fixture.admin.snapshot(fixture.now));
  size_t count = 0;
  for (size_t at = 0; (at = json.find("\"key\":", at)) != std::string::npos; ++at) ++count;
  CHECK(count == 20);
}

TEST_CASE("the curve is shown by factor, and a flush discards its history") {
  InsightFixture fixture(options_with(false, true));
  CHECK(fixture.value("sampled_requests", StatsTopic::Curve) == "0");
  fixture.get("a", 0);
  fixture.insight.of_worker(0)->sample({.hash = fixture.store.key("a").hash, .chunks = {.head = 5}},
                                       fixture.now);
  for (int i = 0; i < 3; ++i) fixture.get("a", 5);
  CHECK(fixture.names(StatsTopic::Curve) ==
        std::vector<std::string>{"sampled_requests", "sampling_rate", "0.25:memory_bytes",
                                 "0.25:hit_ratio", "0.5:memory_bytes", "0.5:hit_ratio",
                                 "1:memory_bytes", "1:hit_ratio", "2:memory_bytes", "2:hit_ratio",
                                 "4:memory_bytes", "4:hit_ratio"});
  CHECK(fixture.value("sampled_requests", StatsTopic::Curve) == "4");
  CHECK(fixture.value("0.25:hit_ratio", StatsTopic::Curve) == "0.7500");
  CHECK(fixture.value("4:memory_bytes", StatsTopic::Curve) ==
        std::to_string(4 * fixture.store.inspect().budget().limit()));
  CHECK(fixture.admin.flush_all({}, fixture.now, {}) == protocol::Complaint::None);
  fixture.insight.maintain(fixture.now);
  for (int i = 0; i < 4; ++i) fixture.get("a", 0);
  CHECK(fixture.value("1:hit_ratio", StatsTopic::Curve) == "0.3750");
  const std::string json = stats_json(fixture.admin.snapshot(fixture.now));
  CHECK(json.find("\"memory_factor\": 0.25,\n    \"memory_bytes\": " +
                  std::to_string(fixture.store.inspect().budget().limit() / 4) +
                  ",\n    \"hit_ratio\": 0.375") != std::string::npos);
}

}  // namespace
}  // namespace larder::server
