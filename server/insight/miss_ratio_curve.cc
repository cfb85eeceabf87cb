#include "server/insight/miss_ratio_curve.h"

#include <algorithm>

namespace larder::server {
namespace {

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

constexpr uint32_t kNone = SampleTable::kNone;

}  // namespace

MissRatioCurve::MissRatioCurve(const slab::Options& options, const slab::SizeClasses& classes,
                               Limits limits, base::Time now)
    : limits_(limits),
      table_(limits.key_count),
      tally_(now),
      memory_bytes_(options.memory_bytes_max) {
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    caches_.emplace_back(number, options, classes, table_.keys(), table_.forgotten());
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
  uint32_t key = table_.find(sample.hash);
  if (key != kNone && table_[key].expires_at != 0 && now >= table_[key].expires_at) {
    drop(key);
    key = kNone;
  }
  if (sample.act == CurveSample::Act::Get) judge(sample, key);
  update(sample, key, now);
  table_.sweep_forgotten();
}

void MissRatioCurve::judge(const CurveSample& sample, uint32_t key) {
  tally_.count_sample();
  if (key == kNone && sample.chunks.head != slab::kNoClass && !sample.is_new) {
    unjudged_gets_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const double weight = 1 / rate();
  if (sample.chunks.head == slab::kNoClass || sample.is_new) tally_.count_miss_of_store(weight);
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    if (key != kNone && caches_[number].holds(key)) {
      caches_[number].hit(key);
    } else {
      tally_.count_miss(number, weight);
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
    key = table_.add(sample.hash);
    if (key == kNone) return;
  }
  SampledKey& sampled = table_[key];
  sampled.expires_at = sample.expires_at;
  sampled.asked_at = now;
  if (sampled.chunks != sample.chunks) {
    for (MiniatureCache& cache : caches_) cache.resize(key, sample.chunks, now);
    sampled.chunks = sample.chunks;
  }
  for (MiniatureCache& cache : caches_) {
    if (!cache.holds(key)) cache.insert(key, now);
  }
  const bool has_room = sampled.known_count != 0;  // in any cache
  if (!has_room) table_.forgotten().push_back(key);
}

void MissRatioCurve::maintain(uint64_t memory_bytes, int automove, uint64_t get_count,
                              base::Time now, const StoreLookups& lookups) {
  const std::lock_guard lock(mutex_);
  count_gets(get_count);
  tally_.count_lookups(lookups);
  tally_.fade(now);
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
  table_.sweep_forgotten();
}

CurveReport MissRatioCurve::report(uint64_t get_count) {
  const std::lock_guard lock(mutex_);
  count_gets(get_count);
  CurveReport report{
      .is_enabled = true, .sampled_requests = tally_.sampled_gets(), .sampling_rate = rate()};
  const auto hit_ratios = tally_.hit_ratios();
  if (!hit_ratios) return report;
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    const double factor = kMemoryFactors[number];
    report.points.push_back(
        {.memory_factor = factor,
         .memory_bytes = static_cast<uint64_t>(factor * static_cast<double>(memory_bytes_)),
         .hit_ratio = (*hit_ratios)[number]});
  }
  return report;
}

double MissRatioCurve::rate() const noexcept {
  return static_cast<double>(threshold_.load(std::memory_order_relaxed)) /
         static_cast<double>(kEverything);
}

void MissRatioCurve::count_gets(uint64_t get_count) noexcept {
  tally_.count_gets(get_count, unjudged_gets_.exchange(0, std::memory_order_relaxed), rate());
}

// Whether more than parts/of of the capacity is used, for keys or for the caches' entries.
bool MissRatioCurve::is_full(uint64_t parts, uint64_t of) const noexcept {
  size_t entry_count = 0;
  for (const MiniatureCache& cache : caches_) entry_count += cache.entry_count();
  return table_.count() > limits_.key_count / of * parts ||
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
  for (uint32_t key = 0; key < table_.size(); ++key) {
    if (table_[key].is_in_table && !is_below(table_[key].hash, threshold_)) {
      for (MiniatureCache& cache : caches_) cache.remove(key);
    }
  }
  table_.sweep_forgotten();
  set_capacities(now);
}

void MissRatioCurve::set_capacities(base::Time now) {
  for (size_t number = 0; number < kMiniatureCount; ++number) {
    const double bytes = kMemoryFactors[number] * static_cast<double>(memory_bytes_);
    caches_[number].set_memory(static_cast<uint64_t>(bytes), rate(), now);
  }
  table_.sweep_forgotten();
}

void MissRatioCurve::drop(uint32_t key) {
  for (MiniatureCache& cache : caches_) cache.remove(key);
  table_.sweep_forgotten();
}

void MissRatioCurve::drop_all() {
  if (table_.count() == 0) return;
  for (uint32_t key = 0; key < table_.size(); ++key) {
    if (table_[key].is_in_table) drop(key);
  }
}

}  // namespace larder::server
