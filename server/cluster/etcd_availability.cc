#include "server/cluster/etcd_availability.h"

#include <utility>

#include "server/support/clock_driver.h"

namespace larder::server {

EtcdAvailability::EtcdAvailability(std::string cluster, std::string node, Log& log)
    : cluster_(std::move(cluster)),
      node_(std::move(node)),
      log_(log),
      away_since_us_(monotonic_microseconds()) {}

void EtcdAvailability::note_joined(int64_t lease, std::string_view endpoint) {
  is_up_.store(true);
  const bool was_told_away = std::exchange(has_told_away_, false);
  const int64_t lease_before = std::exchange(joined_lease_, lease);
  if (lease_before != 0 && was_told_away) {
    const int64_t away_us = monotonic_microseconds() - away_since_us_;
    log_.tell(LogEvent::EtcdBack, "etcd is available again.", [&](LogLine& line) {
      line.text("endpoint", endpoint);
      line.milliseconds("away_ms", static_cast<uint64_t>(away_us) * 1000);
    });
    return;
  }
  if (lease_before == lease) return;
  log_.tell(LogEvent::ClusterJoined, "Node registered in etcd.", [&](LogLine& line) {
    line.text("cluster", cluster_);
    line.text("node", node_);
    line.text("endpoint", endpoint);
  });
}

void EtcdAvailability::note_failure(const base::Error& error) {
  if (std::exchange(has_failed_, true) || !has_ever_joined()) return note_away(error);
  away_since_us_ = monotonic_microseconds();
}

void EtcdAvailability::note_away(const base::Error& error) {
  is_up_.store(false);
  if (std::exchange(has_told_away_, true)) return;
  log_.tell(LogEvent::EtcdAway, "etcd is unavailable; the last node list stays in use.",
            [&](LogLine& line) { line.text("error", error.text); });
}

}  // namespace larder::server
