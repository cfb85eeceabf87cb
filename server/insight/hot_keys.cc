#include "server/insight/hot_keys.h"

#include <algorithm>
#include <cmath>

#include "protocol/uri_encoding.h"

namespace larder::server {
namespace {

// A key with a thousandth of the requests must be found despite random variation of its samples.
constexpr double kShareMin = 0.0005;
// No more than this many keys can have a thousandth of the requests each.
constexpr size_t kShownMax = 1000;

// Limits how long a worker samples too little after its load has dropped suddenly.
constexpr uint64_t kIntervalMax = 64;

// With more samples than this in a second, the worker's load has risen sharply.  Doubling the
// interval finds the new rate quickly.
constexpr uint64_t kSamplesMax = 2 * HotKeySampler::kSamplesPerSecond;
constexpr uint64_t kSamplesUntilRarer = HotKeySampler::kSamplesPerSecond / 8;

}  // namespace

std::string HotKey::shown_key() const { return protocol::uri_encoded(key); }

std::vector<HotKey> HotKeySums::take() {
  std::vector<HotKey> hot;
  for (const auto& [key, rate] : by_key_) {
    if (rate > 0 && rate >= kShareMin * total_) hot.push_back({key, rate});
  }
  std::ranges::sort(hot, [](const HotKey& one, const HotKey& other) {
    return one.requests_per_second != other.requests_per_second
               ? one.requests_per_second > other.requests_per_second
               : one.key < other.key;
  });
  if (hot.size() > kShownMax) hot.resize(kShownMax);
  return hot;
}

HotKeySampler::HotKeySampler(uint64_t seed, base::Time now)
    : random_(seed), second_(now), since_(now), scaled_at_(now) {}

uint64_t HotKeySampler::note(std::string_view key, uint64_t hash, base::Time now) noexcept {
  if (now != second_) {
    interval_ = std::clamp(requests_ / kSamplesPerSecond, uint64_t{1}, kIntervalMax);
    second_ = now;
    sampled_ = 0;
    requests_ = 0;
  }
  requests_ += interval_;
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
    pass_time(now);
    sketch_.add(key, hash, static_cast<double>(interval_));
  }
  if (++sampled_ == kSamplesMax && interval_ < kIntervalMax) {
    interval_ *= 2;
    sampled_ -= kSamplesUntilRarer;
  }
  return next_skip();
}

uint64_t HotKeySampler::next_skip() noexcept {
  if (interval_ == 1) return 0;
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  // Uniformly distributed from 0 to 2 * interval - 2, so interval - 1 on average.
  return ((random_ >> 32) * (2 * interval_ - 1)) >> 32;
}

void HotKeySampler::pass_time(base::Time now) noexcept {
  if (now <= scaled_at_) return;
  sketch_.scale(std::pow(kKeptPerSecond, now - scaled_at_));
  scaled_at_ = now;
}

void HotKeySampler::read(base::Time now, HotKeySums& sums) {
  const std::lock_guard lock(mutex_);
  pass_time(now);
  // The number of seconds that the counts represent: each past second with its weight, and half of
  // the current one on average.
  const double seconds_kept = std::pow(kKeptPerSecond, scaled_at_ - since_);
  const double seconds = kKeptPerSecond * (1 - seconds_kept) / (1 - kKeptPerSecond) + 0.5;
  sums.add_total(sketch_.total() / seconds);
  const double least = sketch_.total() / kCounts;
  sketch_.for_each([&](std::string_view key, uint64_t, double count, double error) {
    if (count >= least) sums.add(key, (count - error) / seconds);
  });
}

}  // namespace larder::server
