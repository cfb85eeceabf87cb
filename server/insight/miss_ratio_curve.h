// What the hit ratio would be with more memory or with less: -o miss_ratio_curve.
//
// A miniature simulation (Waldspurger et al., ATC 2017) for each of five sizes: caches with the
// store's classes, pages and policy see only keys whose hash is below a threshold, and have that
// share of the memory.  Which keys are sampled is SHARDS (Waldspurger et al., FAST 2015), in its
// fixed-size variant: all of them at first, and fewer when their table becomes full or when they
// become too many to be looked at.  A few very popular keys in the sample, or missing from it,
// would distort the ratio; so what misses stand for is set against all gets, as SHARDS-adj does.
//
// A sample says what happened to a key and which chunks the store holds of it afterwards.  A get
// that missed in a cache but hit in the store is what its client would have stored: it is inserted.
// A get of a key that no cache has heard of and the store holds says nothing, and is not counted:
// that is so for keys that are sampled only since a moment ago.
//
// How much it costs: 12 MB, and per worker up to 10,000 samples a second.  How exact it is: the
// table holds 65,000 to 112,000 keys before the threshold sinks, which are items and ghosts of the
// largest cache, so some 10,000 items at the size the store has and 2,500 at a quarter of it.  What
// is over the limit of samples lowers the threshold too: small caches at a high rate of requests
// are known less exactly.
//
// The sampled keys are in a SampleTable; CurveTally has what was counted and makes ratios of it.
//
// Threads: any.  One mutex, a leaf; note() does not wait for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "server/insight/curve_tally.h"
#include "server/insight/miniature_cache.h"
#include "server/insight/sample_table.h"

namespace larder::server {

struct CurvePoint {
  double memory_factor;
  uint64_t memory_bytes;
  double hit_ratio;
};

struct CurveReport {
  bool is_enabled = false;
  uint64_t sampled_requests = 0;        // gets, since the start
  double sampling_rate = 0;             // now
  std::vector<CurvePoint> points = {};  // none before there was a get
};

// What happened to a sampled key.
struct CurveSample {
  enum class Act : uint8_t { Get, Other };
  Act act = Act::Other;
  bool is_new = false;  // Get: the store had no such item, and has made one to answer with
  uint64_t hash = 0;
  // What the store holds now, if anything.
  slab::Footprint chunks = {};
  base::Time expires_at = 0;
};

class MissRatioCurve {
 public:
  struct Limits {
    uint32_t key_count = 128 << 10;       // a power of two
    uint64_t samples_per_step = 1000;     // one worker's, for a tenth of a second
    uint32_t steps_until_rise = 10 * 60;  // so long there has to be room for twice the samples
  };

  // `options` and `classes` are the store's and outlive it.
  MissRatioCurve(const slab::Options& options, const slab::SizeClasses& classes, Limits limits,
                 base::Time now);

  // Keys for which is_below() says so are to be noted.
  const std::atomic<uint64_t>& threshold() const noexcept { return threshold_; }
  static bool is_below(uint64_t hash, const std::atomic<uint64_t>& threshold) noexcept {
    // Other bits than those that choose a key's bucket and tag.
    return (hash * 0x9e3779b97f4a7c15) >> 32 < threshold.load(std::memory_order_relaxed);
  }

  void note(const CurveSample& sample, base::Time now);
  // All items are dead from the first maintain() on that comes at that moment or later; 0: from
  // none that was to come.  Forgetting them all takes a while, which no client is to wait for.
  void flush_at(base::Time moment) noexcept { flush_at_.store(moment, std::memory_order_relaxed); }

  // Ten times a second or so, with what the store may have now and its automove().  `get_count`:
  // all gets so far, of sampled keys or others.  Without lookups sampled gets stand for them.
  void maintain(uint64_t memory_bytes, int automove, uint64_t get_count, base::Time now,
                const StoreLookups& lookups = {});

  CurveReport report(uint64_t get_count);

 private:
  static constexpr uint64_t kEverything = uint64_t{1} << 32;

  // mutex_ is held.
  double rate() const noexcept;
  void count_gets(uint64_t get_count) noexcept;
  void adapt(uint64_t attempts, base::Time now);
  void set_threshold(uint64_t threshold, base::Time now);
  void set_capacities(base::Time now);
  bool is_full(uint64_t parts, uint64_t of) const noexcept;
  void judge(const CurveSample& sample, uint32_t key);
  void update(const CurveSample& sample, uint32_t key, base::Time now);
  void drop(uint32_t key);
  void drop_all();

  alignas(64) std::atomic<uint64_t> threshold_{kEverything};  // read by every request

  const Limits limits_;
  alignas(64) std::atomic<uint64_t> attempts_{0};  // since the last step
  std::atomic<uint64_t> unjudged_gets_{0};         // since the last step
  std::atomic<base::Time> flush_at_{0};            // 0: none is to come
  base::CountedMutex mutex_;
  // Guarded by mutex_, as all that follows.
  SampleTable table_;
  CurveTally tally_;
  std::vector<MiniatureCache> caches_;
  uint64_t memory_bytes_;
  uint32_t steps_with_room_ = 0;
};

}  // namespace larder::server
