// The page /metrics: `stats` and its topics in Prometheus's text format.
//
// Metrics that memcached also has use the names, types, labels and units of memcached_exporter
// 0.16, so that its dashboards and alerts continue to work; Larder's own metrics are larder_*.
// docs/metrics.md lists all metrics with their meaning.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "server/admin/process_usage.h"
#include "server/admin/stats_snapshot.h"
#include "server/http/http_server.h"
#include "server/http/metrics_writer.h"

namespace larder::server {

std::string metrics_text(const StatsSnapshot& stats, const ProcessUsage& usage,
                         const HttpTotals& http);

// A family with one sample, the value of the row; yes and no become 1 and 0.  Without the row there
// is no sample.
struct MetricRow {
  std::string_view row;
  std::string_view name;
  MetricType type;
  std::string_view help;
};

void write_row(MetricsWriter& out, const StatRows& rows, const MetricRow& metric);

// The parts, in order.
void write_memcached_metrics(MetricsWriter& out, const StatsSnapshot& stats);
void write_memcached_class_metrics(MetricsWriter& out, const StatsSnapshot& stats);
void write_larder_metrics(MetricsWriter& out, const StatsSnapshot& stats);
void write_latency_metrics(MetricsWriter& out, const StatsSnapshot& stats);
void write_http_metrics(MetricsWriter& out, const HttpTotals& http);
void write_process_metrics(MetricsWriter& out, const ProcessUsage& usage, int64_t started_at_unix);

}  // namespace larder::server
