#include "server/insight/miss_ratio_curve.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assertions.h"

namespace larder::server {
namespace {

constexpr double kHalfLifeSeconds = 300;
constexpr uint64_t kThresholdMin = 1 << 12;  // one key in a million
// The maximum number of samples in one step, as a multiple of the usual number: the threshold
// adapts only between steps.
constexpr uint64_t kBurst = 4;
constexpr double kRateStep = 0.75;  // when the table becomes full
// After too many samples, the number to aim for, as a share of the maximum.
constexpr double kAimedShare = 0.8;
// The limit of chunks and ghosts in all caches together, per key of the table's capacity.
constexpr size_t kEntriesPerKey = 3;
// 128 Ki keys of 56 bytes, their table, and chunks and ghosts of 9: 12 MB.
static_assert(sizeof(SampledKey) <= 56);
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

MissRatioCurve::MissRatioCurve(const slab::Options& options, const slab::SizeClasses& classes,
                               Limits limits, base::Time now)
    : limits_(limits),
      keys_(limits.key_count),
      first_by_hash_(limits.key_count, kNone),
      memory_bytes_(options.memory_bytes_max),
      faded_at_(now) {
  ASSERT((limits.key_count & (limits.key_count - 1)) == 0);
  for (uint32_t key = limits.key_count; key-- > 0;) {
    keys_[key].next = free_;
    free_ = key;
  }
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    caches_.emplace_back(number, options, classes, keys_, forgotten_);
  }
  set_capacities(now);
}

void MissRatioCurve::note(const CurveSample& sample, base::Time now) {
  const uint64_t attempt = attempts_.fetch_add(1, std::memory_order_relaxed);
  std::unique_lock lock(mutex_, std::defer_lock);
  if (attempt >= kBurst * limits_.samples_per_step || !lock.try_lock()) {
    if (sample.act == CurveSample::Act::Get) {
      unjudged_gets_.fetch_add(1, std::memory_order_relaxed);
    }
    return;
  }
  uint32_t key = find(sample.hash);
  if (key != kNone && keys_[key].expires_at != 0 && now >= keys_[key].expires_at) {
    drop(key);
    key = kNone;
  }
  if (sample.act == CurveSample::Act::Get) judge(sample, key);
  update(sample, key, now);
  sweep_forgotten();
}

void MissRatioCurve::judge(const CurveSample& sample, uint32_t key) {
  ++sampled_gets_;
  if (key == kNone && sample.chunks.head != slab::kNoClass && !sample.is_new) {
    unjudged_gets_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const double weight = 1 / rate();
  if (sample.chunks.head == slab::kNoClass || sample.is_new) store_misses_ += weight;
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    if (key != kNone && caches_[number].holds(key)) {
      caches_[number].hit(key);
    } else {
      misses_[number] += weight;
    }
  }
}

// Updates the caches to what the store holds.  A cache keeps keys that the store has evicted,
// because it may be larger; a key that was written or removed gets its present state.
void MissRatioCurve::update(const CurveSample& sample, uint32_t key, base::Time now) {
  if (sample.chunks.head == slab::kNoClass) {
    if (sample.act != CurveSample::Act::Get && key != kNone) drop(key);
    return;
  }
  if (key == kNone) {
    key = add(sample.hash);
    if (key == kNone) return;
  }
  SampledKey& sampled = keys_[key];
  sampled.expires_at = sample.expires_at;
  sampled.asked_at = now;
  if (sampled.chunks != sample.chunks) {
    for (MiniatureCache& cache : caches_) cache.resize(key, sample.chunks, now);
    sampled.chunks = sample.chunks;
  }
  for (MiniatureCache& cache : caches_) {
    if (!cache.holds(key)) cache.insert(key, now);
  }
  if (sampled.known_count == 0) forgotten_.push_back(key);  // no cache has room for the item
}

void MissRatioCurve::maintain(uint64_t memory_bytes, int automove, uint64_t get_count,
                              base::Time now, const StoreLookups& lookups) {
  const std::lock_guard lock(mutex_);
  count_gets(get_count);
  count_lookups(lookups);
  fade(now);
  base::Time flush_at = flush_at_.load(std::memory_order_relaxed);
  if (flush_at != 0 && now >= flush_at) {
    drop_all();
    // Unless another flush was requested meanwhile.
    flush_at_.compare_exchange_strong(flush_at, 0, std::memory_order_relaxed);
  }
  if (memory_bytes != memory_bytes_) {
    memory_bytes_ = memory_bytes;
    set_capacities(now);
  }
  adapt(attempts_.exchange(0, std::memory_order_relaxed), now);
  for (MiniatureCache& cache : caches_) cache.balance(automove, now);
  sweep_forgotten();
}

CurveReport MissRatioCurve::report(uint64_t get_count) {
  const std::lock_guard lock(mutex_);
  count_gets(get_count);
  CurveReport report{
      .is_enabled = true, .sampled_requests = sampled_gets_, .sampling_rate = rate()};
  if (gets_ < 1) return report;
  const auto hit_ratio_of = [&](double misses) { return std::clamp(1 - misses / gets_, 0.0, 1.0); };
  const double measured = measured_hit_ratio();
  const double simulated = hit_ratio_of(misses_[kMeasured]);
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    const double factor = kMemoryFactors[number];
    report.points.push_back(
        {.memory_factor = factor,
         .memory_bytes = static_cast<uint64_t>(factor * static_cast<double>(memory_bytes_)),
         .hit_ratio = corrected(number, hit_ratio_of(misses_[number]), simulated, measured)});
  }
  return report;
}

double MissRatioCurve::rate() const noexcept {
  return static_cast<double>(threshold_.load(std::memory_order_relaxed)) /
         static_cast<double>(kEverything);
}

void MissRatioCurve::count_gets(uint64_t get_count) {
  // The workers' counters are read one after another, so they are not from a single moment.
  const uint64_t new_count = get_count - std::min(gets_seen_, get_count);
  gets_seen_ = std::max(gets_seen_, get_count);
  const uint64_t unjudged = unjudged_gets_.exchange(0, std::memory_order_relaxed);
  gets_ += static_cast<double>(new_count) - static_cast<double>(unjudged) / rate();
}

void MissRatioCurve::count_lookups(const StoreLookups& lookups) noexcept {
  const auto add = [](double& sum, uint64_t& seen, uint64_t now) {
    sum += static_cast<double>(now - std::min(seen, now));
    seen = std::max(seen, now);
  };
  add(hits_looked_up_, lookups_seen_.hits, lookups.hits);
  add(misses_looked_up_, lookups_seen_.misses, lookups.misses);
}

// Precondition: gets_ >= 1.
double MissRatioCurve::measured_hit_ratio() const noexcept {
  const double lookups = hits_looked_up_ + misses_looked_up_;
  if (lookups >= 1) return hits_looked_up_ / lookups;
  return std::clamp(1 - store_misses_ / gets_, 0.0, 1.0);
}

void MissRatioCurve::fade(base::Time now) {
  if (now <= faded_at_) return;
  const double factor = std::exp2(-static_cast<double>(now - faded_at_) / kHalfLifeSeconds);
  faded_at_ = now;
  gets_ *= factor;
  store_misses_ *= factor;
  hits_looked_up_ *= factor;
  misses_looked_up_ *= factor;
  for (double& misses : misses_) misses *= factor;
}

// Whether more than parts/of of the capacity is used, for keys or for the caches' entries.
bool MissRatioCurve::is_full(uint64_t parts, uint64_t of) const noexcept {
  size_t entry_count = 0;
  for (const MiniatureCache& cache : caches_) entry_count += cache.entry_count();
  return key_count_ > limits_.key_count / of * parts ||
         entry_count > kEntriesPerKey * limits_.key_count / of * parts;
}

void MissRatioCurve::adapt(uint64_t attempts, base::Time now) {
  const uint64_t threshold = threshold_.load(std::memory_order_relaxed);
  uint64_t wanted = threshold;
  if (attempts > limits_.samples_per_step) {
    const double share =
        kAimedShare * static_cast<double>(limits_.samples_per_step) / static_cast<double>(attempts);
    wanted = static_cast<uint64_t>(static_cast<double>(threshold) * share);
  }
  if (is_full(7, 8)) {
    wanted = std::min(wanted, static_cast<uint64_t>(static_cast<double>(threshold) * kRateStep));
  }
  wanted = std::max(wanted, kThresholdMin);
  const bool has_room = attempts < limits_.samples_per_step / 3 && !is_full(1, 3);
  steps_with_room_ = has_room ? steps_with_room_ + 1 : 0;
  if (steps_with_room_ >= limits_.steps_until_rise) {
    steps_with_room_ = 0;
    wanted = std::min(2 * threshold, kEverything);
  }
  if (wanted != threshold) set_threshold(wanted, now);
}

void MissRatioCurve::set_threshold(uint64_t threshold, base::Time now) {
  threshold_.store(threshold, std::memory_order_relaxed);
  for (uint32_t key = 0; key < keys_.size(); ++key) {
    if (keys_[key].is_in_table && !is_below(keys_[key].hash, threshold_)) {
      for (MiniatureCache& cache : caches_) cache.remove(key);
    }
  }
  sweep_forgotten();
  set_capacities(now);
}

void MissRatioCurve::set_capacities(base::Time now) {
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    const double bytes = kMemoryFactors[number] * static_cast<double>(memory_bytes_);
    caches_[number].set_memory(static_cast<uint64_t>(bytes), rate(), now);
  }
  sweep_forgotten();
}

uint32_t MissRatioCurve::find(uint64_t hash) const noexcept {
  uint32_t key = first_by_hash_[hash & (limits_.key_count - 1)];
  while (key != kNone && keys_[key].hash != hash) key = keys_[key].next;
  return key;
}

uint32_t MissRatioCurve::add(uint64_t hash) {
  if (free_ == kNone) return kNone;
  const uint32_t key = free_;
  SampledKey& sampled = keys_[key];
  free_ = sampled.next;
  sampled = {.hash = hash, .next = first_of(hash), .is_in_table = true};
  first_of(hash) = key;
  ++key_count_;
  return key;
}

void MissRatioCurve::drop(uint32_t key) {
  for (MiniatureCache& cache : caches_) cache.remove(key);
  sweep_forgotten();
}

void MissRatioCurve::drop_all() {
  if (key_count_ == 0) return;
  for (uint32_t key = 0; key < keys_.size(); ++key) {
    if (keys_[key].is_in_table) drop(key);
  }
}

void MissRatioCurve::sweep_forgotten() {
  for (const uint32_t key : forgotten_) {
    SampledKey& sampled = keys_[key];
    if (sampled.known_count != 0 || !sampled.is_in_table) continue;
    uint32_t* link = &first_of(sampled.hash);
    while (*link != key) link = &keys_[*link].next;
    *link = sampled.next;
    sampled.is_in_table = false;
    sampled.next = free_;
    free_ = key;
    --key_count_;
  }
  forgotten_.clear();
}

}  // namespace larder::server
