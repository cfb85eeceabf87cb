// The most requested keys and their request rates: -o hot_keys.
//
// Each worker samples its requests into its own Space-Saving sketch; readers add the sketches up.
// A key with more than a thousandth of all requests is found within ten seconds:
//
// - A sketch has 2048 counters, so it contains every key with more than 1/2048 of the samples.
// - Each second all counts are multiplied by 0.8.  So a sketch represents about five seconds, and
//   ten seconds after a key has become hot, or is no longer hot, it shows 0.9 of the change.
// - The interval between samples is chosen so that about 20,000 requests a second are sampled. Five
//   seconds are 100,000 samples; a key with a thousandth has 100 of them, give or take 10.  Keys
//   are shown from half of that on, five standard deviations away.  A slow worker samples each
//   request.
// - The interval is random, so that it cannot coincide with a pattern in the clients' requests.
//
// Keys are shown with their count minus its error.  So a rate may be too low by at most 1/2048 of
// all requests, but a key that is not hot is never shown.
//
// Threads: note() is called by the worker, which skips the sample while another thread reads the
// sketch; read() may be called from any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "server/insight/space_saving.h"

namespace larder::server {

struct HotKey {
  std::string key;
  double requests_per_second;

  // In the format of metadump.
  std::string shown_key() const;
};

// Sums over the requests of several workers.
class HotKeySums {
 public:
  void add(std::string_view key, double requests_per_second) {
    by_key_[std::string(key)] += requests_per_second;
  }
  void add_total(double requests_per_second) { total_ += requests_per_second; }
  // The keys with a sufficient share, in descending order.
  std::vector<HotKey> take();

 private:
  std::unordered_map<std::string, double> by_key_;
  double total_ = 0;
};

class HotKeySampler {
 public:
  static constexpr uint32_t kCounts = 2048;
  static constexpr uint32_t kSamplesPerSecond = 20'000;
  static constexpr double kKeptPerSecond = 0.8;

  // `seed` must not be 0.
  HotKeySampler(uint64_t seed, base::Time now);

  // Records a sampled request.  Returns the number of requests to skip after it.
  uint64_t note(std::string_view key, uint64_t hash, base::Time now) noexcept;

  void read(base::Time now, HotKeySums& sums);

 private:
  void pass_time(base::Time now) noexcept;  // mutex_ must be held
  uint64_t next_skip() noexcept;

  uint64_t random_;
  uint64_t interval_ = 1;   // one request of this many is sampled
  uint64_t sampled_ = 0;    // since the second began or the interval changed
  uint64_t requests_ = 0;   // requests in this second that the samples represent
  base::Time second_;       // of the last sample
  const base::Time since_;  // when counting began
  base::CountedMutex mutex_;
  SpaceSaving sketch_{kCounts};  // this and the members below are guarded by mutex_
  base::Time scaled_at_;
};

}  // namespace larder::server
