#include "client/node_health.h"

#include <algorithm>

namespace larder::client {
namespace {

constexpr uint32_t kDoublingsMax = 32;

}  // namespace

void NodeHealth::note_success() noexcept {
  if (is_ejected_) return;
  failures_ = 0;
  ejections_ = 0;
}

void NodeHealth::note_failure(Time now, double chance) noexcept {
  if (is_ejected_) return;
  ++failures_;
  if (options_.failures_max != 0 && failures_ >= options_.failures_max) eject(now, chance);
}

bool NodeHealth::begin_probe(Time now) noexcept {
  if (!is_ejected_ || is_probed_ || now < due_) return false;
  is_probed_ = true;
  return true;
}

void NodeHealth::end_probe(bool has_answered, Time now, double chance) noexcept {
  is_probed_ = false;
  if (!has_answered) return eject(now, chance);
  is_ejected_ = false;
  // A single further failure ejects a node that replies to probes only.
  failures_ = options_.failures_max - 1;
}

void NodeHealth::eject(Time now, double chance) noexcept {
  using std::chrono::milliseconds;
  milliseconds backoff = std::min(options_.backoff_min, options_.backoff_max);
  const uint32_t doublings = std::min<uint32_t>(ejections_, kDoublingsMax);
  for (uint32_t i = 0; i < doublings; ++i) backoff = std::min(2 * backoff, options_.backoff_max);
  const double share = 1.0 - std::clamp(options_.jitter, 0.0, 1.0) * chance;
  const double time = static_cast<double>(backoff.count()) * share;
  due_ = now + milliseconds(static_cast<int64_t>(time));
  is_ejected_ = true;
  ++ejections_;
}

}  // namespace larder::client
