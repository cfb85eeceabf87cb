// Estimates about the requests that workers execute: hot keys and the miss-ratio curve, each if
// enabled.
//
// Threads: a WorkerInsight is used by its worker; an Insight by any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "server/insight/hot_keys.h"
#include "server/insight/miss_ratio_curve.h"
#include "server/support/latency.h"
#include "slab/store.h"

namespace larder::server {

struct Options;

// Aligned to a cache line, because every request writes to it.
class alignas(64) WorkerInsight {
 public:
  // Either may be null; they must outlive this object.
  WorkerInsight(HotKeySampler* hot_keys, MissRatioCurve* curve) noexcept
      : hot_keys_(hot_keys),
        curve_(curve),
        threshold_(curve == nullptr ? kNothing : curve->threshold()),
        skip_(hot_keys == nullptr ? kWrapped - 1 : 0) {}

  // Records an executed request.  If it returns true, the caller must call sample_key(), and then
  // sample() if that returns true.
  bool note(CommandKind kind, uint64_t hash) noexcept {
    if (kind == CommandKind::Get) gets_.add();
    const bool is_sampled = skip_-- == 0;
    return is_sampled | MissRatioCurve::is_below(hash, threshold_);
  }
  // Precondition: note() has just returned true.  Returns true if the curve needs a sample.
  bool sample_key(std::string_view key, uint64_t hash, base::Time now) noexcept {
    if (skip_ == kWrapped) skip_ = hot_keys_->note(key, hash, now);
    return MissRatioCurve::is_below(hash, threshold_);
  }
  // Precondition: sample_key() returned true.
  void sample(const CurveSample& sample, base::Time now) { curve_->note(sample, now); }

  uint64_t get_count() const noexcept { return gets_.get(); }

 private:
  static const std::atomic<uint64_t> kNothing;
  static constexpr uint64_t kWrapped = std::numeric_limits<uint64_t>::max();  // skip_ was 0

  HotKeySampler* const hot_keys_;
  MissRatioCurve* const curve_;
  const std::atomic<uint64_t>& threshold_;
  uint64_t skip_;  // requests to skip before the next sample for hot_keys_
  base::OwnedCounter gets_;
};

class Insight {
 public:
  // `store` must outlive this object.
  Insight(const Options& options, const slab::Store& store, base::Time now);

  // Null if nothing is estimated.  `number` is below the number of workers.
  WorkerInsight* of_worker(size_t number) noexcept {
    return workers_.empty() ? nullptr : workers_[number].get();
  }

  bool counts_hot_keys() const noexcept { return !hot_keys_.empty(); }
  bool estimates_curve() const noexcept { return curve_ != nullptr; }

  // In descending order of requests; empty if hot keys are not counted.
  std::vector<HotKey> hot_keys(base::Time now);
  CurveReport curve();

  // All items expire at that time; 0 cancels an earlier call.
  void flush_at(base::Time moment);
  // Called ten times a second.
  void maintain(base::Time now, const StoreLookups& lookups = {});

 private:
  uint64_t get_count() const noexcept;

  const slab::Store& store_;
  std::vector<std::unique_ptr<HotKeySampler>> hot_keys_;  // by worker
  std::unique_ptr<MissRatioCurve> curve_;
  std::vector<std::unique_ptr<WorkerInsight>> workers_;
};

}  // namespace larder::server
