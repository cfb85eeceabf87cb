#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <set>
#include <sstream>

#include "server/http/metrics_text.h"
#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

TEST_CASE("a family has one help and type line and is omitted without samples") {
  MetricsWriter out;
  out.family("empty", MetricType::Gauge, "Nobody.");
  out.family("a_total", MetricType::Counter, "How many.");
  out.sample(1u);
  out.sample(2u, {{"b", "c"}});
  out.sample("0.50", {{"b", "c"}, {"d", "e"}});
  out.family("other", MetricType::Gauge, "Another.");
  out.sample(1.25);
  CHECK(out.take() ==
        "# HELP a_total How many.\n"
        "# TYPE a_total counter\n"
        "a_total 1\n"
        "a_total{b=\"c\"} 2\n"
        "a_total{b=\"c\",d=\"e\"} 0.50\n"
        "# HELP other Another.\n"
        "# TYPE other gauge\n"
        "other 1.25\n");
}

TEST_CASE("a histogram has its buckets, the one with the total last, then sum and count") {
  MetricsWriter out;
  out.family("a_seconds", MetricType::Histogram, "How long.");
  out.histogram(std::array{MetricBucket{1.024e-06, 2}, MetricBucket{8, 5}}, 6, 10.5, {"b", "c"});
  out.histogram({}, 0, 0, {"b", "d"});
  CHECK(out.take() ==
        "# HELP a_seconds How long.\n"
        "# TYPE a_seconds histogram\n"
        "a_seconds_bucket{b=\"c\",le=\"1.024e-06\"} 2\n"
        "a_seconds_bucket{b=\"c\",le=\"8\"} 5\n"
        "a_seconds_bucket{b=\"c\",le=\"+Inf\"} 6\n"
        "a_seconds_sum{b=\"c\"} 10.5\n"
        "a_seconds_count{b=\"c\"} 6\n"
        "a_seconds_bucket{b=\"d\",le=\"+Inf\"} 0\n"
        "a_seconds_sum{b=\"d\"} 0\n"
        "a_seconds_count{b=\"d\"} 0\n");
}

TEST_CASE("labels and help are escaped as the format requires") {
  MetricsWriter out;
  out.family("a", MetricType::Gauge, "back\\slash, line\nand \"quotes\"");
  out.sample(1u, {{"b", "back\\slash, line\nand \"quotes\""}});
  CHECK(out.take() ==
        "# HELP a back\\\\slash, line\\nand \"quotes\"\n"
        "# TYPE a gauge\n"
        "a{b=\"back\\\\slash, line\\nand \\\"quotes\\\"\"} 1\n");
}

TEST_CASE("the largest counter keeps all its digits") {
  MetricsWriter out;
  out.family("a", MetricType::Counter, "A.");
  out.sample(std::numeric_limits<uint64_t>::max());
  CHECK(out.take().ends_with("a 18446744073709551615\n"));
}

TEST_CASE("a row becomes a sample, and yes and no become numbers") {
  StatRows rows;
  rows.add("uptime", "40");
  rows.add("lru_crawler", "yes");
  rows.add("other", "no");
  MetricsWriter out;
  write_row(out, rows, {"uptime", "a", MetricType::Counter, "A."});
  write_row(out, rows, {"lru_crawler", "b", MetricType::Gauge, "B."});
  write_row(out, rows, {"other", "c", MetricType::Gauge, "C."});
  write_row(out, rows, {"missing", "d", MetricType::Gauge, "D."});
  const std::string text = out.take();
  CHECK(text.find("\na 40\n") != std::string::npos);
  CHECK(text.find("\nb 1\n") != std::string::npos);
  CHECK(text.find("\nc 0\n") != std::string::npos);
  CHECK(text.find("# HELP d") == std::string::npos);
}

std::string page_of(AdminFixture& fixture, const HttpTotals& http = {}) {
  return metrics_text(fixture.admin.snapshot(fixture.now), {}, http);
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("sets that name a CAS id are not counted as sets") {
  AdminFixture fixture;
  fixture.workers[0].classes[3].sets.add(4);
  fixture.workers[0].rare[3].cas_sets.add(6);
  fixture.workers[0].classes[3].cas_hits.add(2);
  fixture.workers[1].classes[3].cas_bad_values.add(3);
  fixture.workers[1].cas_misses.add(1);
  fixture.workers[1].flush_commands.add(7);
  const std::string text = page_of(fixture);
  const std::string family = "memcached_commands_total";
  CHECK(has_line(text, family + R"({command="set",status="hit"} 4)"));
  CHECK(has_line(text, family + R"({command="cas",status="hit"} 2)"));
  CHECK(has_line(text, family + R"({command="cas",status="badval"} 3)"));
  CHECK(has_line(text, family + R"({command="cas",status="miss"} 1)"));
  CHECK(has_line(text, family + R"({command="flush",status="hit"} 7)"));
}

// The counters are read one after another.
TEST_CASE("sets have their own counter and never decrease") {
  AdminFixture fixture;
  fixture.workers[0].classes[3].sets.add(4);
  fixture.workers[0].cas_misses.add(1);
  fixture.workers[0].classes[3].cas_hits.add(1);
  CHECK(has_line(page_of(fixture), R"(memcached_commands_total{command="set",status="hit"} 4)"));
}

TEST_CASE("a lookup is counted as a hit or a miss whatever else the command does") {
  AdminFixture fixture;
  fixture.workers[0].classes[3].get_hits.add(1);
  fixture.workers[0].classes[3].touch_hits.add(100);
  fixture.workers[0].rare[3].touching_gets.add(2);
  fixture.workers[0].rare[3].created_gets.add(10);
  fixture.workers[0].rare[3].created_touched.add(20);
  fixture.workers[0].get_misses.add(40);
  fixture.workers[0].touch_misses.add(1000);
  fixture.workers[0].touching_get_misses.add(80);
  const std::string text = page_of(fixture);
  CHECK(has_line(text, R"(larder_lookups_total{worker="0",status="hit"} 3)"));
  CHECK(has_line(text, R"(larder_lookups_total{worker="0",status="miss"} 150)"));
  // As memcached counts.
  CHECK(has_line(text, R"(memcached_commands_total{command="get",status="hit"} 11)"));
  CHECK(has_line(text, R"(memcached_commands_total{command="touch",status="hit"} 122)"));
  CHECK(has_line(text, R"(memcached_commands_total{command="touch",status="miss"} 1080)"));
}

TEST_CASE("samples of classes are labelled with their id") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", std::string(100, 'v')) == slab::WriteOutcome::Stored);
  const std::string id = std::to_string(fixture.shown_class_of("key", 100));
  fixture.workers[0].classes[fixture.class_of("key", 100)].get_hits.add(5);
  const std::string text = page_of(fixture);
  CHECK(has_line(text, "memcached_slab_current_items{slab=\"" + id + "\"} 1"));
  CHECK(has_line(text, "memcached_slab_current_pages{slab=\"" + id + "\"} 1"));
  CHECK(has_line(text, "memcached_slab_lru_hits_total{slab=\"" + id + "\",lru=\"cold\"} 5"));
  CHECK(has_line(
      text, "memcached_slab_commands_total{slab=\"" + id + "\",command=\"get\",status=\"hit\"} 5"));
}

TEST_CASE("each worker has its own samples, which a reset does not change") {
  AdminFixture fixture;
  fixture.workers[0].get_misses.add(2);
  fixture.workers[0].classes[4].get_hits.add(3);
  fixture.workers[1].bytes_read.add(100);
  fixture.workers[1].tls_handshakes.add(1);
  ConnectionInfo info;
  fixture.lists[1].add(info);
  fixture.ask(protocol::StatsTopic::Reset);
  const std::string text = page_of(fixture);
  CHECK(has_line(text, R"(larder_lookups_total{worker="0",status="hit"} 3)"));
  CHECK(has_line(text, R"(larder_lookups_total{worker="0",status="miss"} 2)"));
  CHECK(has_line(text, R"(larder_lookups_total{worker="1",status="hit"} 0)"));
  CHECK(has_line(text, R"(larder_worker_read_bytes_total{worker="1"} 100)"));
  CHECK(has_line(text, R"(larder_worker_tls_handshakes{worker="1"} 1)"));
  CHECK(has_line(text, R"(larder_worker_connections{worker="0"} 0)"));
  CHECK(has_line(text, R"(larder_worker_connections{worker="1"} 1)"));
  CHECK(has_line(text, "memcached_read_bytes_total 0"));
}

TEST_CASE("latencies are merged into one histogram, which a reset does not change") {
  AdminFixture fixture;
  const auto get = static_cast<size_t>(CommandKind::Get);
  fixture.workers[0].latencies[get].add(500, 3);
  fixture.workers[1].latencies[get].add(3'000, 5);
  fixture.workers[1].latencies[get].add(20'000'000'000, 1);
  fixture.ask(protocol::StatsTopic::Reset);
  const std::string text = page_of(fixture);
  const std::string family = "larder_command_duration_seconds";
  const auto bucket = [&](const char* bound, const char* count) {
    return family + R"(_bucket{command="get",le=")" + bound + "\"} " + count;
  };
  CHECK(has_line(text, bucket("1.024e-06", "3")));
  CHECK(has_line(text, bucket("2.048e-06", "3")));
  CHECK(has_line(text, bucket("4.096e-06", "8")));
  CHECK(has_line(text, bucket("8.589934592", "8")));
  CHECK(has_line(text, bucket("+Inf", "9")));
  CHECK(has_line(text, family + R"(_sum{command="get"} 20.0000165)"));
  CHECK(has_line(text, family + R"(_count{command="get"} 9)"));
  CHECK(has_line(text, family + R"(_count{command="set"} 0)"));
}

TEST_CASE("without latency measurement there is no histogram") {
  Options options;
  options.measures_latency = false;
  AdminFixture fixture(options);
  CHECK(page_of(fixture).find("larder_command_duration") == std::string::npos);
}

TEST_CASE("pauses of the listener are shown in seconds") {
  AdminFixture fixture;
  fixture.accepts = {.listen_disabled_us = 2'500'000, .is_accepting = false};
  const std::string text = page_of(fixture);
  CHECK(has_line(text, "larder_listener_disabled_seconds_total 2.5"));
  CHECK(has_line(text, "memcached_accepting_connections 0"));
}

TEST_CASE("the process and the HTTP port have their own metrics") {
  AdminFixture fixture;
  const HttpTotals http{.connections = 1, .accepted = 2, .dropped = 3, .replies = 4};
  const ProcessUsage usage{.cpu_seconds = 1.5,
                           .resident_bytes = 5,
                           .virtual_bytes = 6,
                           .open_descriptors = 7,
                           .descriptor_limit = 8};
  const std::string text = metrics_text(fixture.admin.snapshot(fixture.now), usage, http);
  for (const char* line :
       {"larder_http_connections 1", "larder_http_connections_total 2",
        "larder_http_connections_dropped_total 3", "larder_http_replies_total 4",
        "process_cpu_seconds_total 1.5", "process_resident_memory_bytes 5",
        "process_virtual_memory_bytes 6", "process_open_fds 7", "process_max_fds 8"}) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(has_line(text, "process_start_time_seconds " + std::to_string(kUnixStart)));
}

TEST_CASE("names of families are unique and Larder's counters end with total") {
  AdminFixture fixture;
  std::istringstream lines(page_of(fixture));
  std::set<std::string> families;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    std::istringstream words(line.substr(7));
    std::string name, type;
    words >> name >> type;
    CAPTURE(name);
    CHECK(families.insert(name).second);
    if (name.starts_with("larder_")) CHECK((type == "counter") == name.ends_with("_total"));
  }
  CHECK(families.size() > 80);
}

}  // namespace
}  // namespace larder::server
