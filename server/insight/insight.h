// What is estimated of the requests that workers execute: hot keys and the miss-ratio curve, each
// if it was asked for.
//
// Threads: a WorkerInsight is its worker's; Insight is anyone's.
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

// Has its lines to itself: every request counts something here.
class alignas(64) WorkerInsight {
 public:
  // Either may be null; they outlive it.
  WorkerInsight(HotKeySampler* hot_keys, MissRatioCurve* curve) noexcept
      : hot_keys_(hot_keys),
        curve_(curve),
        threshold_(curve == nullptr ? kNothing : curve->threshold()),
        skip_(hot_keys == nullptr ? kWrapped - 1 : 0) {}

  // A request has been executed.  True if more is to be told of it: by sample_key(), and by
  // sample() if that asks for it.
  bool note(CommandKind kind, uint64_t hash) noexcept {
    if (kind == CommandKind::Get) gets_.add();
    const bool is_sampled = skip_-- == 0;
    return is_sampled | MissRatioCurve::is_below(hash, threshold_);
  }
  // Precondition: note() was true just now.  True if the curve wants a sample of it.
  bool sample_key(std::string_view key, uint64_t hash, base::Time now) noexcept {
    if (skip_ == kWrapped) skip_ = hot_keys_->note(key, hash, now);
    return MissRatioCurve::is_below(hash, threshold_);
  }
  // Precondition: sample_key() was true.
  void sample(const CurveSample& sample, base::Time now) { curve_->note(sample, now); }

  uint64_t get_count() const noexcept { return gets_.get(); }

 private:
  static const std::atomic<uint64_t> kNothing;
  static constexpr uint64_t kWrapped = std::numeric_limits<uint64_t>::max();  // skip_ was 0

  HotKeySampler* const hot_keys_;
  MissRatioCurve* const curve_;
  const std::atomic<uint64_t>& threshold_;
  uint64_t skip_;  // requests before the next of which hot_keys_ wants to know
  base::OwnedCounter gets_;
};

class Insight {
 public:
  // `store` outlives it.
  Insight(const Options& options, const slab::Store& store, base::Time now);

  // Null if nothing is estimated.  `number` < the number of workers.
  WorkerInsight* of_worker(size_t number) noexcept {
    return workers_.empty() ? nullptr : workers_[number].get();
  }

  bool counts_hot_keys() const noexcept { return !hot_keys_.empty(); }
  bool estimates_curve() const noexcept { return curve_ != nullptr; }

  // Most asked for first; none if they are not counted.
  std::vector<HotKey> hot_keys(base::Time now);
  CurveReport curve();

  // All items are dead from that moment on; 0: what was said before does not hold any more.
  void flush_at(base::Time moment);
  // Ten times a second.
  void maintain(base::Time now, const StoreLookups& lookups = {});

 private:
  uint64_t get_count() const noexcept;

  const slab::Store& store_;
  std::vector<std::unique_ptr<HotKeySampler>> hot_keys_;  // by worker
  std::unique_ptr<MissRatioCurve> curve_;
  std::vector<std::unique_ptr<WorkerInsight>> workers_;
};

}  // namespace larder::server
