// The counts of the miss-ratio curve, and the hit ratios computed from them.
//
// A sampled get counts as many times as the number of gets it represents.  The counts are halved
// every five minutes.
//
// For the size of the store the ratio is the store's own, of all keys.  The error of the simulation
// of that size, from sampling or simplification, corrects the other ratios.
//
// Threads: guarded by the owner's lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "server/insight/sampled_key.h"

namespace larder::server {

inline constexpr std::array<double, kMiniatureCount> kMemoryFactors = {0.25, 0.5, 1, 2, 4};

// All lookups of the store so far, of sampled keys or others.
struct StoreLookups {
  uint64_t hits = 0;
  uint64_t misses = 0;
};

class CurveTally {
 public:
  using HitRatios = std::array<double, kMiniatureCount>;

  explicit CurveTally(base::Time now) noexcept : faded_at_(now) {}

  // `get_count`: all gets so far.  Excludes those that `unjudged` sampled gets represent at this
  // sampling rate.
  void count_gets(uint64_t get_count, uint64_t unjudged, double rate) noexcept;
  void count_lookups(const StoreLookups& lookups) noexcept;
  // Of a sampled get; `weight` is the number of gets it represents.
  void count_sample() noexcept { ++sampled_gets_; }
  void count_miss_of_store(double weight) noexcept { store_misses_ += weight; }
  void count_miss(size_t number, double weight) noexcept { misses_[number] += weight; }

  void fade(base::Time now) noexcept;

  uint64_t sampled_gets() const noexcept { return sampled_gets_; }  // since the start
  // Empty before the first get.
  std::optional<HitRatios> hit_ratios() const noexcept;

 private:
  double measured_hit_ratio() const noexcept;

  std::array<double, kMiniatureCount> misses_{};
  double store_misses_ = 0;  // of sampled keys
  double hits_looked_up_ = 0;
  double misses_looked_up_ = 0;
  StoreLookups lookups_seen_;
  double gets_ = 0;  // all except those represented by gets that were not judged
  uint64_t gets_seen_ = 0;
  uint64_t sampled_gets_ = 0;
  base::Time faded_at_;
};

}  // namespace larder::server
