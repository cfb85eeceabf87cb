// Which keys are asked for most, and how often: -o hot_keys.
//
// Each worker samples its requests into a Space-Saving sketch of its own, and whoever asks adds the
// sketches up.  A key that has more than a thousandth of all requests is found within ten seconds:
//
// - A sketch has 2048 counts, so whatever has more than 1/2048 of the samples is in it.
// - Each second all counts are multiplied by 0.8: a sketch stands for about five seconds, and ten
//   seconds after a key has become hot, or has ceased to be, 0.9 of the change is seen.
// - Of so many requests are skipped that about 20,000 a second are sampled: five seconds are
//   100,000 samples, of which a key of a thousandth has 100, give or take 10.  It is shown from
//   half of that on, five standard deviations away.  A slow worker samples every request.
// - How many are skipped is drawn anew each time, so that no rhythm of the clients' is hit.
//
// What is shown is the count without its error, so a rate may be too low, by 1/2048 of all requests
// at most, but no key is shown that is not hot.
//
// Threads: note() is its worker's, which skips the sample if somebody reads the sketch; read() is
// anyone's.
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

  // As metadump shows keys.
  std::string shown_key() const;
};

// The requests of several workers, added up.
class HotKeySums {
 public:
  void add(std::string_view key, double requests_per_second) {
    by_key_[std::string(key)] += requests_per_second;
  }
  void add_total(double requests_per_second) { total_ += requests_per_second; }
  // What has enough of the total, most first.
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

  // `seed`: not 0.
  HotKeySampler(uint64_t seed, base::Time now);

  // A request that is not skipped.  Returns how many are to be skipped then.
  uint64_t note(std::string_view key, uint64_t hash, base::Time now) noexcept;

  void read(base::Time now, HotKeySums& sums);

 private:
  void pass_time(base::Time now) noexcept;  // mutex_ is held
  uint64_t next_skip() noexcept;

  uint64_t random_;
  uint64_t interval_ = 1;   // one request in so many is sampled
  uint64_t sampled_ = 0;    // since the second began or the interval changed
  uint64_t requests_ = 0;   // that they stand for, of the whole second
  base::Time second_;       // of the last sample
  const base::Time since_;  // before anything was counted
  base::CountedMutex mutex_;
  SpaceSaving sketch_{kCounts};  // guarded by mutex_, and what follows
  base::Time scaled_at_;
};

}  // namespace larder::server
