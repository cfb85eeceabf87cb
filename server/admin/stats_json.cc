#include "server/admin/stats_json.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace larder::server {
namespace {

using Json = nlohmann::ordered_json;

// The rows that are always strings, including octal numbers and versions.
constexpr std::string_view kTexts[] = {
    "auth_enabled_ascii", "domain_socket", "inter",       "libevent",       "memory_file",
    "ssl_ca_cert",        "ssl_ciphers",   "ssl_key",     "umask",          "ssl_chain_cert",
    "stat_key_prefix",    "version",       "server_name", "server_version", "cluster_name",
    "last_file",          "last_error",
};

template <class Number>
bool is_whole(std::string_view text, Number* number) {
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && after == end;
}

Json value_of(const StatRow& row) {
  if (std::ranges::find(kTexts, row.name) != std::end(kTexts)) return row.value;
  if (uint64_t number; is_whole(row.value, &number)) return number;
  if (int64_t number; is_whole(row.value, &number)) return number;
  const bool may_be_decimal = row.value.find_first_not_of("-.0123456789") == std::string::npos;
  if (double number; may_be_decimal && is_whole(row.value, &number)) return number;
  return row.value;
}

Json object_of(const StatRows& rows) {
  Json object = Json::object();
  for (const StatRow& row : rows) object[row.name] = value_of(row);
  return object;
}

// A pair in "buckets_ns" has the longest time of a bucket in nanoseconds and its count.
// Subtracting an earlier reply gives the histogram of the commands since then.
Json object_of(const LatencyCounts& counts) {
  const auto microseconds = [&](double share) {
    return static_cast<double>(counts.quantile(share)) / 1e3;
  };
  const uint64_t count = counts.count();
  Json buckets = Json::array();
  for (size_t i = 0; i < counts.buckets.size(); ++i) {
    if (counts.buckets[i] == 0) continue;
    buckets.push_back({LatencyBuckets::top_of(i), counts.buckets[i]});
  }
  return {{"count", count},
          {"mean_us", static_cast<double>(counts.nanoseconds) / 1e3 / static_cast<double>(count)},
          {"p50_us", microseconds(0.5)},
          {"p99_us", microseconds(0.99)},
          {"p999_us", microseconds(0.999)},
          {"max_us", microseconds(1)},
          {"buckets_ns", std::move(buckets)}};
}

Json object_of(const Latencies& latencies) {
  Json kinds = Json::object();
  for (size_t kind = 0; kind < latencies.size(); ++kind) {
    if (latencies[kind].count() == 0) continue;
    kinds[std::string(name_of(static_cast<CommandKind>(kind)))] = object_of(latencies[kind]);
  }
  return kinds;
}

Json object_of(const std::vector<ClassRows>& classes) {
  Json object = Json::object();
  for (const ClassRows& one : classes) object[std::to_string(one.id)] = object_of(one.rows);
  return object;
}

Json object_of(const WorkerFigures& worker) {
  return {{"connections", worker.connections},
          {"lookup_hits", worker.lookup_hits},
          {"lookup_misses", worker.lookup_misses},
          {"sets", worker.sets},
          {"bytes_read", worker.bytes_read},
          {"bytes_written", worker.bytes_written},
          {"yields", worker.yields},
          {"backlog_bytes", worker.backlog_bytes},
          {"tls_handshakes", worker.tls_handshakes}};
}

// How many hot keys the page shows.
constexpr size_t kHotKeysMax = 20;

Json hot_keys_of(const StatsSnapshot& stats) {
  Json keys = Json::array();
  for (const HotKey& hot : stats.hot_keys) {
    if (keys.size() == kHotKeysMax) break;
    keys.push_back({{"key", hot.shown_key()}, {"requests_per_second", hot.requests_per_second}});
  }
  return {{"enabled", stats.counts_hot_keys}, {"keys", std::move(keys)}};
}

Json curve_of(const CurveReport& curve) {
  Json points = Json::array();
  for (const CurvePoint& point : curve.points) {
    points.push_back({{"memory_factor", point.memory_factor},
                      {"memory_bytes", point.memory_bytes},
                      {"hit_ratio", point.hit_ratio}});
  }
  return {{"enabled", curve.is_enabled},
          {"sampled_requests", curve.sampled_requests},
          {"sampling_rate", curve.sampling_rate},
          {"points", std::move(points)}};
}

Json object_of(const ServerState& state) {
  return {{"host", state.host},
          {"node", state.node},
          {"is_draining", state.is_draining},
          {"cpu_seconds", state.usage.cpu_seconds},
          {"resident_bytes", state.usage.resident_bytes},
          {"open_descriptors", state.usage.open_descriptors},
          {"descriptor_limit", state.usage.descriptor_limit}};
}

}  // namespace

std::string stats_json(const StatsSnapshot& stats, const ServerState& state) {
  Json json = Json::object();
  json["stats"] = object_of(stats.general);
  json["items"] = object_of(stats.items);
  json["slabs"] = object_of(stats.slabs);
  json["slabs"].update(object_of(stats.slab_totals));
  json["settings"] = object_of(stats.settings);
  json["larder"] = object_of(stats.larder);
  json["snapshots"] = object_of(stats.snapshots);
  json["latency"] = {{"enabled", stats.latencies.has_value()},
                     {"kinds", object_of(stats.latencies.value_or(Latencies{}))}};
  json["workers"] = Json::array();
  for (const WorkerFigures& worker : stats.workers) json["workers"].push_back(object_of(worker));
  json["hot_keys"] = hot_keys_of(stats);
  json["miss_ratio_curve"] = curve_of(stats.curve);
  json["process"] = object_of(state);
  // File names may be invalid UTF-8, which JSON requires.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace larder::server
