// `stats latency`: number and latency of commands, for each kind that was executed.
// In microseconds with a relative error of an eighth; see latency.h for what is measured.

#include <fmt/format.h>

#include <string>

#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"

namespace larder::server {

void StatsReporter::latency(const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  const StatsTotals totals = totals_since_reset();
  for (size_t kind = 0; kind < kCommandKindCount; ++kind) {
    const LatencyCounts& counts = totals.latencies[kind];
    const uint64_t count = counts.count();
    if (count == 0) continue;
    const std::string_view name = name_of(static_cast<CommandKind>(kind));
    const auto microseconds = [&](std::string_view what, double nanoseconds) {
      rows.text(fmt::format("{}:{}_us", name, what), fmt::format("{:.1f}", nanoseconds / 1e3));
    };
    rows.number(fmt::format("{}:count", name), count);
    microseconds("mean", static_cast<double>(counts.nanoseconds) / static_cast<double>(count));
    microseconds("p50", static_cast<double>(counts.quantile(0.5)));
    microseconds("p99", static_cast<double>(counts.quantile(0.99)));
    microseconds("p999", static_cast<double>(counts.quantile(0.999)));
    microseconds("max", static_cast<double>(counts.quantile(1)));
  }
}

}  // namespace larder::server
