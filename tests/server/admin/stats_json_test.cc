#include "server/admin/stats_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace larder::server {
namespace {

bool has(const std::string& json, const std::string& part) {
  return json.find(part) != std::string::npos;
}

TEST_CASE("numbers are JSON numbers and everything else is a string") {
  StatsSnapshot stats;
  stats.general.add("get_hits", "18446744073709551615");
  stats.general.add("rusage_user", "1.250000");
  stats.general.add("balance", "-1");
  stats.general.add("status", "none");
  stats.general.add("empty", "");
  stats.general.add("address", "127.0.0.1");
  stats.general.add("too_large", "18446744073709551616000");
  const std::string json = stats_json(stats);
  CHECK(has(json, R"("get_hits": 18446744073709551615)"));
  CHECK(has(json, R"("rusage_user": 1.25)"));
  CHECK(has(json, R"("balance": -1)"));
  CHECK(has(json, R"("status": "none")"));
  CHECK(has(json, R"("empty": "")"));
  CHECK(has(json, R"("address": "127.0.0.1")"));
  CHECK(json.ends_with("}\n"));
}

TEST_CASE("a value that may be any text is a string even if it looks like a number") {
  StatsSnapshot stats;
  for (const char* name : {"domain_socket", "umask", "inter", "stat_key_prefix", "ssl_key"}) {
    stats.settings.add(name, "700");
  }
  stats.settings.add("version", "1.6");
  const std::string json = stats_json(stats);
  CHECK(has(json, R"("domain_socket": "700")"));
  CHECK(has(json, R"("umask": "700")"));
  CHECK(has(json, R"("stat_key_prefix": "700")"));
  CHECK(has(json, R"("version": "1.6")"));
}

TEST_CASE("file names are escaped and invalid UTF-8 is replaced") {
  StatsSnapshot stats;
  stats.settings.add("ssl_key", "a\"b\\c\x01\xff");
  CHECK(has(stats_json(stats), "\"ssl_key\": \"a\\\"b\\\\c\\u0001\xef\xbf\xbd\""));
}

TEST_CASE("the process object has the host, the node and the resource usage") {
  const auto json = nlohmann::json::parse(
      stats_json({}, {.host = "box-1",
                      .node = "box-1.example:11211",
                      .is_draining = true,
                      .usage = {.cpu_seconds = 1.5, .resident_bytes = 4096}}))["process"];
  CHECK(json["host"] == "box-1");
  CHECK(json["node"] == "box-1.example:11211");
  CHECK(json["is_draining"] == true);
  CHECK(json["cpu_seconds"] == 1.5);
  CHECK(json["resident_bytes"] == 4096);
}

TEST_CASE("classes and workers have their own objects") {
  StatsSnapshot stats;
  stats.items.push_back({.id = 7});
  stats.items[0].rows.add("number", "3");
  stats.slabs.push_back({.id = 7});
  stats.slabs[0].rows.add("chunk_size", "96");
  stats.slab_totals.add("active_slabs", "1");
  stats.workers.push_back({.lookup_hits = 5});
  const std::string json = stats_json(stats);
  CHECK(has(json, "\"items\": {\n  \"7\": {\n   \"number\": 3\n  }\n }"));
  CHECK(has(json,
            "\"slabs\": {\n  \"7\": {\n   \"chunk_size\": 96\n  },\n  \"active_slabs\": 1\n }"));
  CHECK(has(json, R"("lookup_hits": 5)"));
}

TEST_CASE("latencies include the histogram, from which intervals can be calculated") {
  StatsSnapshot stats;
  LatencyHistogram gets;
  gets.add(1000, 98);
  gets.add(2000, 2);
  stats.latencies.emplace()[static_cast<size_t>(CommandKind::Get)].add(gets);
  const uint64_t low = LatencyBuckets::top_of(LatencyBuckets::bucket_of(1000));
  const uint64_t high = LatencyBuckets::top_of(LatencyBuckets::bucket_of(2000));
  const auto json = nlohmann::json::parse(stats_json(stats))["latency"];
  CHECK(json["enabled"] == true);
  REQUIRE(json["kinds"].size() == 1);
  const auto& kind = json["kinds"]["get"];
  CHECK(kind["count"] == 100);
  CHECK(kind["mean_us"] == 1.02);
  CHECK(kind["p50_us"] == static_cast<double>(low) / 1e3);
  CHECK(kind["p99_us"] == static_cast<double>(high) / 1e3);
  CHECK(kind["buckets_ns"] == nlohmann::json::array({{low, 98}, {high, 2}}));
}

}  // namespace
}  // namespace larder::server
