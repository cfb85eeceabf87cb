#include "slab/point_in_time_walk.h"

#include <algorithm>
#include <thread>

#include "slab/heap.h"
#include "slab/store.h"

namespace larder::slab {
namespace {

// Copied while a bucket is locked; then others may have it before the walk goes on.
constexpr size_t kCopiedBytesPerLock = 4096;
constexpr size_t kBucketsPrefetched = 4;
constexpr size_t kRetiredPerBucket = 32;  // saved before the walk goes to the next bucket

constexpr uint8_t kSavedTraits =
    trait::kKeyIsBinary | trait::kStale | trait::kTokenSent | trait::kHasForeignCas;
constexpr uint8_t kSavedState = state::kFetched | state::kMain | state::kFrequencyMask;

}  // namespace

PointInTimeWalk::PointInTimeWalk(Store& store, ThreadCache& cache, base::Time now)
    : heap_(store.heap_),
      cache_(cache),
      now_(now),
      has_begun_(heap_.point_in_time.begin(now, heap_.flush_clock.last_flushed())),
      is_done_(!has_begun_) {}

PointInTimeWalk::~PointInTimeWalk() {
  if (!has_begun_) return;
  stop_saving();
  heap_.point_in_time.end();
  heap_.flush_magazines(cache_);
}

uint64_t PointInTimeWalk::relaxed() const noexcept { return heap_.point_in_time.relaxed(); }
uint64_t PointInTimeWalk::evicted() const noexcept { return heap_.point_in_time.evicted(); }

double PointInTimeWalk::progress() const noexcept {
  return std::min(
      1.0, static_cast<double>(next_bucket_) / static_cast<double>(heap_.index.bucket_count()));
}

// A bucket's items only ever move to a bucket behind it, in one step under its lock; so each item
// is met, and its colour says whether it was met before.
bool PointInTimeWalk::step(WalkSink& sink, size_t bucket_count, base::Time now) {
  if (is_done_) return false;
  now_ = now;
  for (size_t i = 0; i < bucket_count && next_bucket_ < heap_.index.bucket_count(); ++i) {
    save_changed(sink, kRetiredPerBucket);
    heap_.index.prefetch_at(next_bucket_ + 2 * kBucketsPrefetched);
    heap_.index.for_each_guess(next_bucket_ + kBucketsPrefetched,
                               [this](Ref ref) { __builtin_prefetch(heap_.pool.at(ref)); });
    save_bucket(sink, next_bucket_);
    if (!is_wanted_) break;  // what is left of the bucket has the old colour
    ++next_bucket_;
  }
  heap_.flush_magazines(cache_);
  if (is_wanted_ && next_bucket_ < heap_.index.bucket_count()) return true;
  if (is_wanted_) save_rest(sink);
  stop_saving();
  return false;
}

// Everything that was claimed before the walk had gone over its bucket.
void PointInTimeWalk::save_rest(WalkSink& sink) {
  for (;;) {
    save_changed(sink, SIZE_MAX);
    if (!is_wanted_ || heap_.point_in_time.has_all()) break;
    std::this_thread::yield();  // a thread is between its unlinking and its retire()
  }
  save_changed(sink, SIZE_MAX);  // copies that were made before the last claim
}

// Carries the walk to its end without saving: all items get the new colour.
void PointInTimeWalk::stop_saving() {
  if (is_done_) return;
  is_done_ = true;
  heap_.point_in_time.stop_saving();
  while (next_bucket_ < heap_.index.bucket_count()) {
    Bucket* bucket = heap_.index.lock_at(next_bucket_++);
    heap_.index.for_each_ref(bucket, [this](Ref ref) {
      Item* item = heap_.pool.item_at(ref);
      if (heap_.colour.is_old(*item)) item->traits ^= trait::kColour;
      return true;
    });
    heap_.index.unlock(bucket);
    drop_changed();
  }
  while (!heap_.point_in_time.has_all()) {
    drop_changed();
    std::this_thread::yield();
  }
  drop_changed();
}

void PointInTimeWalk::drop_changed() {
  Ref ref;
  while (heap_.point_in_time.take_retired(&ref)) free_retired(heap_.pool.item_at(ref));
  while (PreImage* copy = heap_.point_in_time.take_copy()) free_copy(copy);
}

SavedItem PointInTimeWalk::saved(const Item& item) const noexcept {
  return {.key = item.key(),
          .flags = item.flags(),
          .cas = item.cas(),
          .exptime = item.exptime.load(std::memory_order_relaxed),
          .seconds_since_access = Heap::seconds_between(item, heap_.stamp(now_)),
          .value_size = item.value_size,
          .traits = static_cast<uint8_t>(item.traits & kSavedTraits),
          .state = static_cast<uint8_t>(item.state.load(std::memory_order_relaxed) & kSavedState)};
}

// Locks the bucket again after some bytes, for a large value, and when the sink has no room: the
// colour says what is left.
void PointInTimeWalk::save_bucket(WalkSink& sink, size_t number) {
  for (bool is_over = false; !is_over && is_wanted_;) {
    bool lacks_room = false;
    size_t copied = 0;
    ItemPin large;
    SavedItem item{};
    is_over = true;
    Bucket* bucket = heap_.index.lock_at(number);
    heap_.index.for_each_ref(bucket, [&](Ref ref) {
      Item* found = heap_.pool.item_at(ref);
      if (!heap_.colour.is_old(*found)) return true;
      if (heap_.point_in_time.was_alive(*found)) {
        item = saved(*found);
        if (found->is_large()) {
          std::copy_n(item.key.data(), item.key.size(), key_.data());
          item.key = {key_.data(), item.key.size()};
          large = heap_.pin(cache_, found);
        } else if (copied < kCopiedBytesPerLock &&
                   sink.has_room(item.key.size(), item.value_size)) {
          sink.add(item, {found->value(), found->value_size});
          copied += item.key.size() + item.value_size;
        } else {
          lacks_room = copied < kCopiedBytesPerLock;
          return is_over = false;
        }
      }
      found->traits ^= trait::kColour;
      if (large) return is_over = false;
      return true;
    });
    heap_.index.unlock(bucket);
    if (large) {
      sink.begin(item);
      large.for_each_run([&](std::string_view run) { sink.piece(run); });
    }
    if (lacks_room) make_room(sink);
  }
}

void PointInTimeWalk::make_room(WalkSink& sink) {
  if (is_wanted_) is_wanted_ = sink.make_room();
}

void PointInTimeWalk::save_changed(WalkSink& sink, size_t retired_max) {
  Ref ref;
  for (size_t i = 0; i < retired_max && heap_.point_in_time.take_retired(&ref); ++i) {
    Item* item = heap_.pool.item_at(ref);
    save(sink, saved(*item), item->value_place(), item->is_large());
    free_retired(item);
  }
  while (PreImage* copy = heap_.point_in_time.take_copy()) {
    save_copy(sink, *copy);
    free_copy(copy);
  }
}

void PointInTimeWalk::save_copy(WalkSink& sink, const PreImage& copy) {
  const SavedItem item{.key = {copy.key, copy.key_size},
                       .flags = copy.flags,
                       .cas = copy.cas,
                       .exptime = copy.exptime,
                       .seconds_since_access = Heap::seconds_between(copy.stamp, heap_.stamp(now_)),
                       .value_size = copy.value_size,
                       .traits = static_cast<uint8_t>(copy.traits & kSavedTraits),
                       .state = static_cast<uint8_t>(copy.state & kSavedState)};
  const bool is_large = copy.pinned != nullptr;
  save(sink, item, is_large ? copy.place : ValuePlace{copy.value, copy.value_size, kNoRef},
       is_large);
}

// Without a lock, of what nobody changes.
void PointInTimeWalk::save(WalkSink& sink, const SavedItem& item, const ValuePlace& value,
                           bool is_large) {
  if (!is_wanted_) return;
  if (is_large) {
    sink.begin(item);
    heap_.for_each_run(value, [&](std::string_view run) { sink.piece(run); });
    return;
  }
  if (!sink.has_room(item.key.size(), item.value_size)) make_room(sink);
  if (is_wanted_) sink.add(item, {value.head, value.size});
}

void PointInTimeWalk::free_retired(Item* item) {
  const size_t size = PointInTime::size_of(*item);
  item->state.store(0, std::memory_order_relaxed);
  heap_.release(cache_, item);
  heap_.point_in_time.released(size);
}

void PointInTimeWalk::free_copy(PreImage* copy) {
  if (copy->pinned != nullptr && copy->pins->fetch_sub(1, std::memory_order_acq_rel) == 1) {
    heap_.free_item(cache_, copy->pinned);
  }
  heap_.point_in_time.give_back(copy);
}

}  // namespace larder::slab
