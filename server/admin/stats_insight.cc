// `stats hotkeys` and `stats curve`.
#include <fmt/format.h>

#include <string>

#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"

namespace larder::server {

void StatsReporter::hot_keys(base::Time now, const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  if (context_.insight == nullptr || !context_.insight->counts_hot_keys()) {
    return rows.text("hotkeys_status", "disabled");
  }
  for (const HotKey& hot : context_.insight->hot_keys(now)) {
    rows.text(hot.shown_key(), fmt::format("{:.1f}", hot.requests_per_second));
  }
}

void StatsReporter::curve(const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  if (context_.insight == nullptr || !context_.insight->estimates_curve()) {
    return rows.text("curve_status", "disabled");
  }
  const CurveReport report = context_.insight->curve();
  rows.number("sampled_requests", report.sampled_requests);
  rows.text("sampling_rate", fmt::format("{:.6f}", report.sampling_rate));
  for (const CurvePoint& point : report.points) {
    rows.number(fmt::format("{}:memory_bytes", point.memory_factor), point.memory_bytes);
    rows.text(fmt::format("{}:hit_ratio", point.memory_factor),
              fmt::format("{:.4f}", point.hit_ratio));
  }
}

}  // namespace larder::server
