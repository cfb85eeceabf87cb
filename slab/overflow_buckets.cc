#include "slab/overflow_buckets.h"

#include <algorithm>
#include <iterator>
#include <mutex>

#include "slab/limits.h"

namespace larder::slab {
namespace {

constexpr size_t kChargeBytes = 4096;  // the budget is asked for this much at a time

// The number needed if this much memory is full of the smallest items and the index never grows.
size_t useful_count(size_t memory_bytes) { return memory_bytes / kItemSizeMin / kSlotsPerBucket; }

}  // namespace

OverflowBuckets::OverflowBuckets(MemoryBudget& budget)
    : budget_(budget),
      space_((size_t{kCountMax} + 1) * sizeof(Bucket),
             (useful_count(budget.limit()) + 1) * sizeof(Bucket), false),
      buckets_(reinterpret_cast<Bucket*>(space_.data())) {}

void OverflowBuckets::set_next(Bucket* bucket, const Bucket* following) const noexcept {
  bucket->set_overflow_number(following == nullptr ? 0u
                                                   : static_cast<uint32_t>(following - buckets_));
}

Bucket* OverflowBuckets::acquire() {
  std::lock_guard lock(mutex_);
  Bucket* bucket = pop(free_);
  if (bucket == nullptr) {
    if ((size_t{untouched_} + 1) * sizeof(Bucket) > space_.size()) return nullptr;
    const uint32_t number = untouched_++;
    if (number * sizeof(Bucket) >= memory_bytes()) {
      budget_.take(kChargeBytes);  // even above the limit: the key must be stored
      charged_bytes_.fetch_add(kChargeBytes, std::memory_order_relaxed);
    }
    bucket = &buckets_[number];
  }
  in_use_.fetch_add(1, std::memory_order_relaxed);
  return bucket;
}

void OverflowBuckets::release(Bucket* bucket) {
  std::lock_guard lock(mutex_);
  push(free_, bucket);
  in_use_.fetch_sub(1, std::memory_order_relaxed);
}

void OverflowBuckets::push(uint32_t& list, Bucket* bucket) const noexcept {
  bucket->refs[0] = list;
  list = static_cast<uint32_t>(bucket - buckets_);
}

Bucket* OverflowBuckets::pop(uint32_t& list) const noexcept {
  if (list == 0) return nullptr;
  Bucket* bucket = &buckets_[list];
  list = bucket->refs[0];
  std::fill(std::begin(bucket->refs), std::end(bucket->refs), kNoRef);
  return bucket;
}

}  // namespace larder::slab
