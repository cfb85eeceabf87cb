// A walk over all items of a store as they were at one point in time: the walk's beginning.
//
// Every item that was alive then is handed out once, whatever is written, deleted, flushed or
// expires meanwhile, but for those that were evicted (evicted()) and those that the store's bound
// of memory for changed items forced to be shown with a later value or, after a delete, not at all
// (relaxed()).  Items that are stored later are not handed out.
//
// Threads: one thread walks; others use the store meanwhile.  One walk at a time and store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "slab/item.h"
#include "slab/limits.h"

namespace larder::slab {

class Store;
class ThreadCache;
struct Heap;
struct PreImage;

// An item at the point in time.  The key is valid during the call that gets it.
struct SavedItem {
  std::string_view key;
  uint32_t flags;
  uint64_t cas;        // 0: the store has none
  base::Time exptime;  // 0: never
  uint32_t seconds_since_access;
  uint32_t value_size;
  uint8_t traits;  // of trait::kKeyIsBinary to kHasForeignCas
  uint8_t state;   // of state::kFetched, kMain and the frequency
};

// Receives the items.
class WalkSink {
 public:
  virtual ~WalkSink() = default;

  // These two are called with a bucket locked: they may neither wait nor allocate memory.
  // Whether add() can take an item of this size.
  virtual bool has_room(size_t key_size, uint32_t value_size) noexcept = 0;
  virtual void add(const SavedItem& item, std::string_view value) noexcept = 0;

  // Without a lock: makes room for one more item of any size that was copied, at least.  May wait.
  // False: nothing more is wanted.
  virtual bool make_room() = 0;

  // A value of more than kCopiedValueSizeMax bytes, without a lock: begin(), then piece() until all
  // of it is there.  May wait.
  virtual void begin(const SavedItem& item) = 0;
  virtual void piece(std::string_view bytes) = 0;
};

class PointInTimeWalk {
 public:
  // Takes the point in time.  `store` and `cache`, which is the walking thread's, outlive the walk.
  PointInTimeWalk(Store& store, ThreadCache& cache, base::Time now);
  // Ends the walk; a walk that is not done is carried to its end without handing items out.
  ~PointInTimeWalk();
  PointInTimeWalk(const PointInTimeWalk&) = delete;
  PointInTimeWalk& operator=(const PointInTimeWalk&) = delete;

  // False: another walk was under way, and this one hands nothing out.
  bool has_begun() const noexcept { return has_begun_; }

  // Goes over some buckets and over what has changed since the last step.  False: done; the sink
  // has all, or wants no more.
  bool step(WalkSink& sink, size_t bucket_count, base::Time now);

  // The part of the buckets that the walk has gone over, 0 to 1.
  double progress() const noexcept;

  uint64_t relaxed() const noexcept;
  uint64_t evicted() const noexcept;

 private:
  void save_bucket(WalkSink& sink, size_t number);
  void save_changed(WalkSink& sink, size_t retired_max);
  void save_rest(WalkSink& sink);
  void save_copy(WalkSink& sink, const PreImage& copy);
  void save(WalkSink& sink, const SavedItem& item, const ValuePlace& value, bool is_large);
  void make_room(WalkSink& sink);
  void stop_saving();
  void drop_changed();
  void free_retired(Item* item);
  void free_copy(PreImage* copy);
  SavedItem saved(const Item& item) const noexcept;

  Heap& heap_;
  ThreadCache& cache_;
  base::Time now_;
  const bool has_begun_;
  bool is_done_;
  bool is_wanted_ = true;  // by the sink
  size_t next_bucket_ = 0;
  std::array<char, kKeySizeMax> key_;  // of a large item
};

}  // namespace larder::slab
