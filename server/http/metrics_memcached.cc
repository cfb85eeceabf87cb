// The families memcached_* that are not per class.
#include <string>

#include "server/admin/stat_number.h"
#include "server/http/metrics_text.h"

namespace larder::server {
namespace {

constexpr MetricType kCounter = MetricType::Counter;
constexpr MetricType kGauge = MetricType::Gauge;

constexpr MetricRow kProcessRows[] = {
    {"uptime", "memcached_uptime_seconds", kCounter, "Seconds since the server started."},
    {"time", "memcached_time_seconds", kGauge, "Unix time by the server's clock."},
    {"rusage_user", "memcached_process_user_cpu_seconds_total", kCounter, "CPU time in user mode."},
    {"rusage_system", "memcached_process_system_cpu_seconds_total", kCounter,
     "CPU time in the kernel."},
    {"bytes_read", "memcached_read_bytes_total", kCounter, "Bytes received from clients."},
    {"bytes_written", "memcached_written_bytes_total", kCounter, "Bytes sent to clients."},
    {"curr_connections", "memcached_current_connections", kGauge, "Current connections."},
    {"total_connections", "memcached_connections_total", kCounter, "Connections accepted."},
    {"rejected_connections", "memcached_connections_rejected_total", kCounter,
     "Connections refused with an error at the connection limit."},
    {"conn_yields", "memcached_connections_yielded_total", kCounter,
     "Times a connection had more requests ready than -R allows in one turn."},
    {"listen_disabled_num", "memcached_connections_listener_disabled_total", kCounter,
     "Times accepting was paused at the limit of connections or file descriptors."},
    {"accepting_conns", "memcached_accepting_connections", kGauge,
     "1 while connections are accepted, 0 while accepting is paused."},
};

constexpr MetricRow kItemRows[] = {
    {"bytes", "memcached_current_bytes", kGauge,
     "Bytes of all items by memcached's accounting: header, key, value, CAS, flags."},
    {"limit_maxbytes", "memcached_limit_bytes", kGauge,
     "Memory limit for items and index together (-m)."},
    {"curr_items", "memcached_current_items", kGauge, "Items stored now."},
    {"total_items", "memcached_items_total", kCounter, "Items stored since the start."},
    {"evictions", "memcached_items_evicted_total", kCounter, "Items evicted before they expired."},
    {"reclaimed", "memcached_items_reclaimed_total", kCounter,
     "Expired items whose memory was used for a write."},
    {"store_too_large", "memcached_item_too_large_total", kCounter,
     "Writes refused because the item is larger than -I."},
    {"store_no_memory", "memcached_item_no_memory_total", kCounter,
     "Writes refused because there was no memory for the item."},
    {"direct_reclaims", "memcached_direct_reclaims_total", kCounter,
     "Sweeps that a write had to do to find memory."},
};

constexpr MetricRow kCrawlerSettings[] = {
    {"lru_crawler", "memcached_lru_crawler_enabled", kGauge,
     "1 if the background search for expired items is on."},
    {"lru_crawler_sleep", "memcached_lru_crawler_sleep", kGauge,
     "The setting lru_crawler_sleep, in microseconds; has no effect."},
    {"lru_crawler_tocrawl", "memcached_lru_crawler_to_crawl", kGauge,
     "The setting lru_crawler_tocrawl, in items; has no effect."},
    {"lru_maintainer_thread", "memcached_lru_crawler_maintainer_thread", kGauge,
     "1 if the setting lru_maintainer is on; has no effect."},
    {"hot_lru_pct", "memcached_lru_crawler_hot_percent", kGauge,
     "The setting hot_lru_pct; has no effect."},
    {"warm_lru_pct", "memcached_lru_crawler_warm_percent", kGauge,
     "The setting warm_lru_pct; has no effect."},
    {"hot_max_factor", "memcached_lru_crawler_hot_max_factor", kGauge,
     "The setting hot_max_factor; has no effect."},
    {"warm_max_factor", "memcached_lru_crawler_warm_max_factor", kGauge,
     "The setting warm_max_factor; has no effect."},
};

constexpr MetricRow kCrawlerRows[] = {
    {"lru_crawler_starts", "memcached_lru_crawler_starts_total", kCounter,
     "Crawls started by clients."},
    {"crawler_reclaimed", "memcached_lru_crawler_reclaimed_total", kCounter,
     "Expired items found by the background search and by crawls."},
    {"crawler_items_checked", "memcached_lru_crawler_items_checked_total", kCounter,
     "Items examined by the background search and by crawls."},
    {"moves_to_cold", "memcached_lru_crawler_moves_to_cold_total", kCounter,
     "0: there are no lists to move items between."},
    {"moves_to_warm", "memcached_lru_crawler_moves_to_warm_total", kCounter,
     "0: there are no lists to move items between."},
    {"moves_within_lru", "memcached_lru_crawler_moves_within_lru_total", kCounter,
     "0: a hit moves no item."},
};

// The commands as the exporter counts them: a set with a CAS id is a cas, although cmd_set includes
// it.
void write_commands(MetricsWriter& out, const StatsSnapshot& stats) {
  const StatRows& rows = stats.general;
  out.family("memcached_commands_total", kCounter, "Requests by command and outcome.");
  for (const std::string command : {"get", "delete", "incr", "decr", "cas", "touch"}) {
    out.sample(number_in(rows, command + "_hits"), {{"command", command}, {"status", "hit"}});
    out.sample(number_in(rows, command + "_misses"), {{"command", command}, {"status", "miss"}});
  }
  out.sample(number_in(rows, "cas_badval"), {{"command", "cas"}, {"status", "badval"}});
  out.sample(number_in(rows, "cmd_flush"), {{"command", "flush"}, {"status", "hit"}});
  // Not a difference of other counters, because those are not read at the same time, and the result
  // could decrease.
  uint64_t sets = 0;
  for (const ClassSets& one : stats.sets) sets += one.plain;
  out.sample(sets, {{"command", "set"}, {"status", "hit"}});
}

}  // namespace

void write_memcached_metrics(MetricsWriter& out, const StatsSnapshot& stats) {
  out.family("memcached_up", kGauge, "1 while the server answers.");
  out.sample(1u);
  out.family("memcached_version", kGauge,
             "1; the label is the version of memcached that Larder reports to clients.");
  const std::string* version = stats.general.find("version");
  if (version != nullptr) out.sample(1u, {{"version", *version}});
  for (const MetricRow& row : kProcessRows) write_row(out, stats.general, row);
  write_row(out, stats.settings,
            {"maxconns", "memcached_max_connections", kGauge,
             "Maximum number of connections: -c, or less if the limit of open files leaves room "
             "for fewer."});
  write_commands(out, stats);
  for (const MetricRow& row : kItemRows) write_row(out, stats.general, row);
  write_row(out, stats.slab_totals,
            {"total_malloced", "memcached_malloced_bytes", kGauge, "Memory of the pages in use."});
  for (const MetricRow& row : kCrawlerSettings) write_row(out, stats.settings, row);
  for (const MetricRow& row : kCrawlerRows) write_row(out, stats.general, row);
}

}  // namespace larder::server
