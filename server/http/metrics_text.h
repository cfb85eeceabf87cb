// The page /metrics: what `stats` and its topics say, in Prometheus's text format.
//
// Names, types, labels and units of what memcached counts too are those of memcached_exporter
// 0.16, so that its dashboards and alerts go on working; what only Larder has is larder_*.  Each is
// listed with its meaning in docs/metrics.md.
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

// One family whose samples are rows of the same name, as they stand there or, of yes and no, 1 and
// 0.  Where there is no such row there is no sample.
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
