#include "server/insight/curve_tally.h"

#include <algorithm>
#include <cmath>

namespace larder::server {
namespace {

constexpr double kHalfLifeSeconds = 300;
// The index of the cache with the store's own memory size.
constexpr size_t kMeasured = 2;
static_assert(kMemoryFactors[kMeasured] == 1);

// The error of the simulation is known for the store's own memory.  As a fraction of the hits it is
// applied to smaller caches, and as a fraction of the misses to larger ones.
double corrected(size_t number, double ratio, double simulated, double measured) {
  if (number == kMeasured) return measured;
  if (number < kMeasured)
    return simulated > 0 ? std::min(ratio * measured / simulated, 1.0) : ratio;
  return simulated < 1 ? std::max(1 - (1 - ratio) * (1 - measured) / (1 - simulated), 0.0) : ratio;
}

}  // namespace

void CurveTally::count_gets(uint64_t get_count, uint64_t unjudged, double rate) noexcept {
  // The workers' counters are read one after another, so they are not from a single moment.
  const uint64_t new_count = get_count - std::min(gets_seen_, get_count);
  gets_seen_ = std::max(gets_seen_, get_count);
  gets_ += static_cast<double>(new_count) - static_cast<double>(unjudged) / rate;
}

void CurveTally::count_lookups(const StoreLookups& lookups) noexcept {
  const auto add = [](double& sum, uint64_t& seen, uint64_t now) {
    sum += static_cast<double>(now - std::min(seen, now));
    seen = std::max(seen, now);
  };
  add(hits_looked_up_, lookups_seen_.hits, lookups.hits);
  add(misses_looked_up_, lookups_seen_.misses, lookups.misses);
}

void CurveTally::fade(base::Time now) noexcept {
  if (now <= faded_at_) return;
  const double factor = std::exp2(-static_cast<double>(now - faded_at_) / kHalfLifeSeconds);
  faded_at_ = now;
  gets_ *= factor;
  store_misses_ *= factor;
  hits_looked_up_ *= factor;
  misses_looked_up_ *= factor;
  for (double& misses : misses_) misses *= factor;
}

std::optional<CurveTally::HitRatios> CurveTally::hit_ratios() const noexcept {
  if (gets_ < 1) return std::nullopt;
  const auto hit_ratio_of = [&](double misses) { return std::clamp(1 - misses / gets_, 0.0, 1.0); };
  const double measured = measured_hit_ratio();
  const double simulated = hit_ratio_of(misses_[kMeasured]);
  HitRatios ratios;
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    ratios[number] = corrected(number, hit_ratio_of(misses_[number]), simulated, measured);
  }
  return ratios;
}

// Precondition: gets_ >= 1.
double CurveTally::measured_hit_ratio() const noexcept {
  const double lookups = hits_looked_up_ + misses_looked_up_;
  if (lookups >= 1) return hits_looked_up_ / lookups;
  return std::clamp(1 - store_misses_ / gets_, 0.0, 1.0);
}

}  // namespace larder::server
