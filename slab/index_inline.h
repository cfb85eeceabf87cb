// The parts of Index that are compiled into their callers.  Include "slab/index.h" instead.
#pragma once

#include <mutex>

#include "base/assertions.h"
#include "slab/index.h"

namespace larder::slab {

template <class Matches>
Index::Slot Index::find(Bucket* bucket, uint64_t hash, Matches matches) const noexcept {
  const uint8_t tag = Bucket::tag_of(hash);
  do {
    for (unsigned mask = bucket->match_tags(tag); mask != 0; mask &= mask - 1) {
      const auto number = static_cast<unsigned>(std::countr_zero(mask));
      if (matches(bucket->refs[number])) return {bucket, number};
    }
    bucket = overflow_.next(bucket);
  } while (bucket != nullptr);
  return {};
}

template <class HashOf>
bool Index::grow(HashOf hash_of, bool* lacks_memory) {
  *lacks_memory = false;
  std::unique_lock growing(growth_mutex_, std::try_to_lock);
  if (!growing) return false;
  const size_t count = bucket_count_.load(std::memory_order_relaxed);
  if (count >= bucket_count_max_) return false;
  if (count >= charged_buckets_) {
    if (!budget_.try_take(kChargeBytes)) {
      *lacks_memory = true;
      return false;
    }
    charged_.fetch_add(kChargeBytes, std::memory_order_relaxed);
    charged_buckets_ += kChargeBytes / sizeof(Bucket);
  }

  const size_t half = std::bit_ceil(count + 1) / 2;
  Bucket* from = &buckets_[count - half];
  Bucket* to = &buckets_[count];  // zeros: never used, and not visible to others until published
  base::lock_byte(from->lock);
  take_all(from);
  deal_out(from, to, half, hash_of);
  bucket_count_.store(count + 1, std::memory_order_release);
  base::unlock_byte(from->lock);
  while (Bucket* unneeded = overflow_.pop(kept_)) overflow_.release(unneeded);
  return true;
}

template <class HashOf>
void Index::deal_out(Bucket* from, Bucket* to, size_t bit, HashOf hash_of) {
  for (const Ref ref : moving_) {
    const uint64_t hash = hash_of(ref);
    const bool is_placed = append((hash & bit) != 0 ? to : from, Bucket::tag_of(hash), ref,
                                  [this] { return overflow_.pop(kept_); });
    ASSERT(is_placed);
  }
}

// Moves the ghosts of the empty slots up, and drops the last ones.
template <class Acquire>
bool Index::append(Bucket* first, uint8_t tag, Ref ref, Acquire acquire) {
  Bucket* bucket = first;
  for (;;) {
    const unsigned empty = bucket->match_tags(0);
    if (empty != 0) {
      const auto number = static_cast<unsigned>(std::countr_zero(empty));
      const size_t slots_after = kSlotsPerBucket - 1 - number;
      std::memmove(&bucket->refs[number] + 1, &bucket->refs[number], slots_after * sizeof(Ref));
      bucket->tags[number] = tag;
      bucket->refs[number] = ref;
      return true;
    }
    Bucket* following = overflow_.next(bucket);
    if (following == nullptr) {
      following = acquire();
      if (following == nullptr) return false;
      overflow_.set_next(bucket, following);
    }
    bucket = following;
  }
}

// Reads without a lock: the result is only a hint for prefetching.
inline Ref Index::guess([[maybe_unused]] uint64_t hash) const noexcept {
#if defined(__SANITIZE_THREAD__)
  return kNoRef;
#else
  const Bucket& bucket =
      buckets_[bucket_number(hash, bucket_count_.load(std::memory_order_relaxed))];
  const unsigned mask = bucket.match_tags(Bucket::tag_of(hash));
  return mask == 0 ? kNoRef : bucket.refs[std::countr_zero(mask)];
#endif
}

template <class Visit>
void Index::for_each_ref(Bucket* bucket, Visit visit) const {
  while (bucket != nullptr) {
    for (unsigned number = 0; number < kSlotsPerBucket; ++number) {
      if (bucket->tags[number] != 0 && !visit(bucket->refs[number])) return;
    }
    bucket = overflow_.next(bucket);
  }
}

template <class Visit>
void Index::for_each_guess([[maybe_unused]] size_t number,
                           [[maybe_unused]] Visit visit) const noexcept {
#if !defined(__SANITIZE_THREAD__)
  if (number >= bucket_count()) return;
  const Bucket& bucket = buckets_[number];
  for (unsigned slot = 0; slot < kSlotsPerBucket; ++slot) {
    if (bucket.tags[slot] != 0) visit(bucket.refs[slot]);
  }
#endif
}

}  // namespace larder::slab
