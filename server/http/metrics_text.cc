#include "server/http/metrics_text.h"

namespace larder::server {

void write_row(MetricsWriter& out, const StatRows& rows, const MetricRow& metric) {
  out.family(metric.name, metric.type, metric.help);
  const std::string* value = rows.find(metric.row);
  if (value == nullptr) return;
  if (*value == "yes" || *value == "no") {
    out.sample(*value == "yes" ? 1u : 0u);
  } else {
    out.sample(*value);
  }
}

void write_http_metrics(MetricsWriter& out, const HttpTotals& http) {
  constexpr MetricType kCounter = MetricType::Counter;
  out.family("larder_http_connections", MetricType::Gauge,
             "Connections to the HTTP port, including this one.");
  out.sample(http.connections);
  out.family("larder_http_connections_total", kCounter, "Connections accepted at the HTTP port.");
  out.sample(http.accepted);
  out.family("larder_http_connections_dropped_total", kCounter,
             "Connections to the HTTP port closed before their reply, because they took too long "
             "or made room for newer ones.");
  out.sample(http.dropped);
  out.family("larder_http_replies_total", kCounter,
             "HTTP requests answered, including those refused.");
  out.sample(http.replies);
}

void write_process_metrics(MetricsWriter& out, const ProcessUsage& usage, int64_t started_at_unix) {
  out.family("process_cpu_seconds_total", MetricType::Counter,
             "User and system CPU time of the process.");
  out.sample(usage.cpu_seconds);
  constexpr MetricType kGauge = MetricType::Gauge;
  out.family("process_resident_memory_bytes", kGauge, "Resident memory of the process.");
  out.sample(usage.resident_bytes);
  out.family("process_virtual_memory_bytes", kGauge,
             "Address space of the process, most of it only reserved.");
  out.sample(usage.virtual_bytes);
  out.family("process_open_fds", kGauge, "Open file descriptors.");
  out.sample(usage.open_descriptors);
  out.family("process_max_fds", kGauge, "Limit of open file descriptors.");
  out.sample(usage.descriptor_limit);
  out.family("process_start_time_seconds", kGauge, "Unix time at which the process started.");
  out.sample(std::to_string(started_at_unix));
}

std::string metrics_text(const StatsSnapshot& stats, const ProcessUsage& usage,
                         const HttpTotals& http) {
  MetricsWriter out;
  write_memcached_metrics(out, stats);
  write_memcached_class_metrics(out, stats);
  write_larder_metrics(out, stats);
  write_latency_metrics(out, stats);
  write_http_metrics(out, http);
  write_process_metrics(out, usage, stats.started_at_unix);
  return out.take();
}

}  // namespace larder::server
