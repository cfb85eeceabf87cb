// What the miss-ratio curve has counted, and the hit ratios that follow from it.
//
// Each sampled get counts for as many as the sample stands for at the time.  What was counted is
// halved every five minutes.
//
// At the size that the store has the ratio is the store's own, of all keys; what the simulation of
// that size is off by, by chance of the sample or by simplicity, corrects the others.
//
// Threads: one owner, or a lock of it.
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

  // `get_count`: all gets so far.  Those that `unjudged` sampled ones stand for, at this rate, are
  // left out.
  void count_gets(uint64_t get_count, uint64_t unjudged, double rate) noexcept;
  void count_lookups(const StoreLookups& lookups) noexcept;
  // Of a sampled get: `weight` is how many it stands for.
  void count_sample() noexcept { ++sampled_gets_; }
  void count_miss_of_store(double weight) noexcept { store_misses_ += weight; }
  void count_miss(size_t number, double weight) noexcept { misses_[number] += weight; }

  void fade(base::Time now) noexcept;

  uint64_t sampled_gets() const noexcept { return sampled_gets_; }  // since the start
  // Nothing before there was a get.
  std::optional<HitRatios> hit_ratios() const noexcept;

 private:
  double measured_hit_ratio() const noexcept;

  std::array<double, kMiniatureCount> misses_{};
  double store_misses_ = 0;  // of sampled keys
  double hits_looked_up_ = 0;
  double misses_looked_up_ = 0;
  StoreLookups lookups_seen_;
  double gets_ = 0;  // all, but for what those stand for that were not judged
  uint64_t gets_seen_ = 0;
  uint64_t sampled_gets_ = 0;
  base::Time faded_at_;
};

}  // namespace larder::server
