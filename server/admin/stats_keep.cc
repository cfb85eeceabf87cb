// `stats snapshot`: docs/snapshots.md describes the rows.
#include <algorithm>
#include <ctime>

#include "protocol/encode.h"
#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"
#include "server/options/options.h"

namespace larder::server {
namespace {

uint64_t not_negative(int64_t number) {
  return static_cast<uint64_t>(std::max<int64_t>(number, 0));
}

uint64_t milliseconds(double seconds) { return static_cast<uint64_t>(seconds * 1000); }

}  // namespace

void StatsReporter::snapshots(const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  const bool is_on = context_.snapshots != nullptr && !context_.options.snapshot_folder.empty();
  if (!is_on) return rows.text("state", "off");
  const SnapshotStatus status = context_.snapshots->status();
  rows.text("state", status.is_saving ? "saving" : "idle");
  rows.number("progress_percent", status.permille / 10);
  rows.number("items_so_far", status.items_so_far);
  rows.number("bytes_so_far", status.file_bytes_so_far);
  rows.number("successes", status.success_count);
  rows.number("failures", status.failure_count);
  rows.number("last_success_time", not_negative(status.last_success_at));
  const int64_t since = status.last_success_at != 0
                            ? status.last_success_at
                            : context_.clock.unix_time(base::Clock::kStartSeconds);
  rows.number("last_success_age", not_negative(std::time(nullptr) - since));
  rows.number("last_duration_ms", milliseconds(status.last_seconds));
  rows.number("last_items", status.last_items);
  rows.number("last_bytes", status.last_file_bytes);
  rows.number("last_relaxed", status.last_relaxed);
  rows.number("last_evicted", status.last_evicted);
  rows.text("last_file", status.last_file);
  rows.text("last_error", status.last_error);
  rows.number("next_time", not_negative(status.next_at));
  rows.number("interval", not_negative(status.interval_seconds));
  rows.number("loaded_items", status.loaded_items);
  rows.number("loaded_ms", milliseconds(status.loaded_seconds));
}

}  // namespace larder::server
