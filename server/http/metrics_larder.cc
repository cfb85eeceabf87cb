// The families larder_*: what memcached has no name for, or the exporter leaves out.
#include <fmt/format.h>

#include <string>

#include "base/version.h"
#include "server/admin/stat_number.h"
#include "server/http/metrics_text.h"

namespace larder::server {
namespace {

constexpr MetricType kCounter = MetricType::Counter;
constexpr MetricType kGauge = MetricType::Gauge;

// Of `stats larder`.
constexpr MetricRow kLarderRows[] = {
    {"memory_limit_bytes", "larder_memory_limit_bytes", kGauge,
     "Memory that pages and index may have together (-m)."},
    {"memory_used_bytes", "larder_memory_used_bytes", kGauge,
     "Memory that pages and index have together."},
    {"index_bytes", "larder_index_bytes", kGauge, "Memory of the index."},
    {"index_buckets", "larder_index_buckets", kGauge, "Buckets of the index."},
    {"index_overflow_buckets", "larder_index_overflow_buckets", kGauge,
     "Buckets that the index has beside, for those that are full."},
    {"page_bytes", "larder_page_bytes", kGauge, "Bytes of one page."},
    {"pages_in_use", "larder_pages_in_use", kGauge, "Pages that a class has."},
    {"pages_spare", "larder_pages_spare", kGauge,
     "Pages that no class has and that were in use before."},
    {"size_classes", "larder_size_classes", kGauge, "Size classes there are."},
    {"chunks_at_hand", "larder_chunks_at_hand", kGauge, "Free chunks that threads have at hand."},
    {"reply_backlog_bytes", "larder_reply_backlog_bytes", kGauge,
     "Bytes of replies that wait for slow clients."},
    {"request_tail_bytes", "larder_request_tail_bytes", kGauge,
     "Bytes of incomplete requests that are kept for clients."},
    {"request_tail_count", "larder_request_tails", kGauge,
     "Connections for which an incomplete request is kept."},
    {"cmd_config_get", "larder_config_get_commands_total", kCounter,
     "Times clients asked for a configuration, such as the list of the cluster's nodes."},
    {"cmd_config_set", "larder_config_set_commands_total", kCounter,
     "Times clients wanted to set a configuration."},
    {"curr_config", "larder_configs", kGauge,
     "Configurations there are, the cluster's among them."},
    {"flushes", "larder_flushes_total", kCounter,
     "Times flush_all was done, or will be when its delay is over; not those refused."},
    {"log_lines", "larder_log_lines_total", kCounter, "Lines of the log that were written."},
    {"log_lines_dropped", "larder_log_lines_dropped_total", kCounter,
     "Lines of the log that found its queue full, or could not be written."},
    {"log_lines_suppressed", "larder_log_lines_suppressed_total", kCounter,
     "Lines of the log that were left out, being too many of their kind."},
    {"tls_certificate_expiry_timestamp_seconds", "larder_tls_certificate_expiry_timestamp_seconds",
     kGauge, "When the certificate that is served expires, as Unix time."},
    {"cluster_nodes", "larder_cluster_nodes", kGauge,
     "Nodes on the list of the cluster that this node has; 0 before it has one."},
    {"cluster_version", "larder_cluster_version", kGauge,
     "Version of that list, which only rises; 0 before there is one."},
    {"etcd_up", "larder_etcd_up", kGauge, "1 while etcd does what this node asks of it."},
    {"etcd_errors", "larder_etcd_errors_total", kCounter,
     "Requests to etcd that failed, one for each endpoint that was asked."},
};

// Of `stats`: what the exporter leaves out.
constexpr MetricRow kGeneralRows[] = {
    {"threads", "larder_workers", kGauge, "Worker threads."},
    {"get_expired", "larder_get_expired_total", kCounter,
     "Gets that met an item whose time was over."},
    {"get_flushed", "larder_get_flushed_total", kCounter,
     "Gets that met an item which a flush_all had ended."},
    {"expired_unfetched", "larder_items_expired_unfetched_total", kCounter,
     "Items that died before anybody fetched them."},
    {"evicted_unfetched", "larder_items_evicted_unfetched_total", kCounter,
     "Living items that had to go before anybody fetched them."},
    {"slabs_moved", "larder_pages_moved_total", kCounter,
     "Pages that balancing or slabs reassign took from a class."},
    {"lru_crawler_running", "larder_crawler_running", kGauge,
     "1 while a crawl that somebody asked for is on its way."},
    {"cmd_meta", "larder_meta_debug_commands_total", kCounter, "Commands me."},
    {"auth_cmds", "larder_auth_commands_total", kCounter, "Attempts to log in."},
    {"auth_errors", "larder_auth_errors_total", kCounter, "Attempts to log in that failed."},
    {"idle_kicks", "larder_idle_kicks_total", kCounter,
     "Connections closed because their client was idle."},
    {"ssl_handshake_errors", "larder_tls_handshake_errors_total", kCounter,
     "TLS handshakes that failed or took too long."},
    {"ssl_proto_errors", "larder_tls_protocol_errors_total", kCounter,
     "TLS connections that failed after their handshake."},
    {"ssl_new_sessions", "larder_tls_new_sessions_total", kCounter,
     "TLS sessions that were not resumed ones."},
    {"time_since_server_cert_refresh", "larder_tls_certificate_age_seconds", kGauge,
     "Seconds since the certificate in use was read."},
    {"log_watchers", "larder_watchers", kGauge, "Clients that watch."},
    {"log_worker_written", "larder_log_records_total", kCounter, "Events told to the logger."},
    {"log_worker_dropped", "larder_log_records_dropped_total", kCounter,
     "Events that found no room in a worker's ring."},
    {"log_watcher_sent", "larder_watcher_lines_total", kCounter,
     "Lines for clients that watch, once for each of them."},
    {"log_watcher_skipped", "larder_watcher_lines_skipped_total", kCounter,
     "Lines that found no room in the buffer of a client that watches."},
};

// Since the start of the process, whatever `stats reset` did.
constexpr struct {
  uint64_t WorkerFigures::*figure;
  std::string_view name;
  MetricType type;
  std::string_view help;
} kWorkerRows[] = {
    {&WorkerFigures::connections, "larder_worker_connections", kGauge,
     "Clients that a worker serves."},
    {&WorkerFigures::sets, "larder_worker_sets_total", kCounter, "Writes executed by a worker."},
    {&WorkerFigures::bytes_read, "larder_worker_read_bytes_total", kCounter,
     "Bytes a worker received."},
    {&WorkerFigures::bytes_written, "larder_worker_written_bytes_total", kCounter,
     "Bytes a worker sent."},
    {&WorkerFigures::yields, "larder_worker_yields_total", kCounter,
     "Times a connection of a worker had more requests ready than -R lets it have in one turn."},
    {&WorkerFigures::backlog_bytes, "larder_worker_backlog_bytes", kGauge,
     "Bytes of a worker's replies that wait for slow clients."},
    {&WorkerFigures::tls_handshakes, "larder_worker_tls_handshakes", kGauge,
     "TLS handshakes of a worker's clients that have not ended."},
};

// What memcached counts a get as depends on what else it does: one that also touches is a touch,
// and one that makes its item a hit.
void write_lookups(MetricsWriter& out, const std::vector<WorkerFigures>& workers) {
  out.family("larder_lookups_total", kCounter,
             "Keys looked up by a worker, by any kind of get, and whether there was an item.");
  for (size_t number = 0; number < workers.size(); ++number) {
    const std::string worker = std::to_string(number);
    out.sample(workers[number].lookup_hits, {{"worker", worker}, {"status", "hit"}});
    out.sample(workers[number].lookup_misses, {{"worker", worker}, {"status", "miss"}});
  }
}

constexpr struct {
  uint64_t ClassBalance::*figure;
  std::string_view name;
  std::string_view help;
} kBalanceRows[] = {
    {&ClassBalance::ghosts, "larder_slab_ghosts_total", "Evicted items that the index remembered."},
    {&ClassBalance::ghost_hits, "larder_slab_ghost_hits_total",
     "New items that had been evicted not long before."},
    {&ClassBalance::pages_moved, "larder_slab_pages_moved_total",
     "Pages taken from the class for another one or for none."},
};

void write_curve(MetricsWriter& out, const CurveReport& curve) {
  const auto factor_of = [](const CurvePoint& point) {
    return fmt::format("{}", point.memory_factor);
  };
  out.family("larder_estimated_hit_ratio", kGauge,
             "What part of the gets would hit with so many times the memory.");
  for (const CurvePoint& point : curve.points) {
    out.sample(point.hit_ratio, {{"memory_factor", factor_of(point)}});
  }
  out.family("larder_estimated_hit_ratio_samples_total", kCounter,
             "Gets that the estimated hit ratios have seen.");
  if (curve.is_enabled) out.sample(curve.sampled_requests);
}

}  // namespace

void write_larder_metrics(MetricsWriter& out, const StatsSnapshot& stats) {
  out.family("larder_build_info", kGauge, "1, with the versions of Larder and of its protocol.");
  out.sample(1u, {{"version", base::kLarderVersion}, {"protocol", base::kProtocolVersion}});
  if (const std::string* const cluster = stats.larder.find("cluster_name")) {
    out.family("larder_cluster_info", kGauge, "1, with the name of the cluster (--cluster).");
    out.sample(1u, {{"cluster", *cluster}});
  }
  for (const MetricRow& row : kLarderRows) write_row(out, stats.larder, row);
  for (const MetricRow& row : kGeneralRows) write_row(out, stats.general, row);
  out.family("larder_listener_disabled_seconds_total", kCounter,
             "Time for which accepting was paused.");
  const uint64_t paused_us = number_in(stats.general, "time_in_listen_disabled_us");
  out.sample(static_cast<double>(paused_us) / 1e6);
  out.family("larder_items_evicted_by_moves_total", kCounter,
             "Living items that went because their page went to another class.");
  out.sample(stats.items_evicted_by_moves);
  write_lookups(out, stats.workers);
  for (const auto& [figure, name, type, help] : kWorkerRows) {
    out.family(name, type, help);
    for (size_t number = 0; number < stats.workers.size(); ++number) {
      out.sample(stats.workers[number].*figure, {{"worker", std::to_string(number)}});
    }
  }
  write_curve(out, stats.curve);
  for (const auto& [figure, name, help] : kBalanceRows) {
    out.family(name, kCounter, help);
    for (const ClassBalance& one : stats.balance) {
      out.sample(one.*figure, {{"slab", std::to_string(one.id)}});
    }
  }
}

}  // namespace larder::server
