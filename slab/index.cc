#include "slab/index.h"

#include <algorithm>
#include <array>

namespace larder::slab {
namespace {

// Items per bucket at the start; later growth follows the store's items_per_bucket.
constexpr size_t kInitialItemsPerBucket = 8;

size_t initial_bucket_count(unsigned hash_power) {
  return std::max<size_t>((size_t{1} << hash_power) / kInitialItemsPerBucket, 64);
}

// More buckets are never useful, as items have at least kItemSizeMin bytes.
size_t largest_bucket_count(unsigned hash_power, size_t memory_bytes) {
  const size_t useful = memory_bytes / kItemSizeMin / kInitialItemsPerBucket;
  return std::max(initial_bucket_count(hash_power), useful);
}

}  // namespace

Index::Index(unsigned hash_power, size_t memory_bytes_reachable, bool uses_huge_pages,
             MemoryBudget& budget)
    : budget_(budget),
      space_(largest_bucket_count(hash_power, memory_bytes_reachable) * sizeof(Bucket),
             initial_bucket_count(hash_power) * sizeof(Bucket), uses_huge_pages),
      buckets_(reinterpret_cast<Bucket*>(space_.data())),
      overflow_(budget),
      bucket_count_max_(space_.size() / sizeof(Bucket)),
      bucket_count_(initial_bucket_count(hash_power)) {
  charged_buckets_ = bucket_count();
  charged_.store(charged_buckets_ * sizeof(Bucket));
  budget_.take(charged_.load());
}

bool Index::insert(Bucket* bucket, uint64_t hash, Ref ref) {
  return append(bucket, Bucket::tag_of(hash), ref, [this] { return overflow_.acquire(); });
}

void Index::take_over_budget(size_t size) {
  std::lock_guard growing(growth_mutex_);
  size_t kept = 0;
  if (bucket_count() >= charged_buckets_ && size >= kChargeBytes) {
    kept = kChargeBytes;
    charged_.fetch_add(kept, std::memory_order_relaxed);
    charged_buckets_ += kept / sizeof(Bucket);
  }
  budget_.give_back(size - kept);
}

void Index::erase(Bucket* first, Slot slot) { erase(first, slot, kNoGhost); }

void Index::erase_and_remember(Bucket* first, Slot slot, uint64_t hash) {
  erase(first, slot, ghost_of(hash));
}

void Index::erase(Bucket* first, Slot slot, Ghost ghost) {
  Bucket* before_last = nullptr;
  Bucket* last = first;
  while (Bucket* following = overflow_.next(last)) {
    before_last = last;
    last = following;
  }
  // Chains are gapless: the last slot is the highest used one of the last bucket.
  const unsigned used = ~last->match_tags(0) & ((1u << kSlotsPerBucket) - 1);
  DEBUG_ASSERT(used != 0);
  const unsigned highest = (static_cast<unsigned>(std::bit_width(used)) - 1) % kSlotsPerBucket;
  slot.bucket->tags[slot.number] = last->tags[highest];
  slot.bucket->refs[slot.number] = last->refs[highest];
  last->tags[highest] = 0;
  // Moves the ghosts of the following slots up, next to the new ghost.
  std::array<Ghost, kSlotsPerBucket * kGhostsPerSlot> ghosts{};
  size_t count = 0;
  if (ghost != kNoGhost) ghosts[count++] = ghost;
  std::memcpy(&ghosts[count], &last->refs[highest] + 1,
              (kSlotsPerBucket - 1 - highest) * sizeof(Ref));
  const size_t kept = std::min(ghosts_max_.load(std::memory_order_relaxed), ghosts.size());
  std::fill(ghosts.begin() + static_cast<ptrdiff_t>(kept), ghosts.end(), kNoGhost);
  std::memcpy(&last->refs[highest], ghosts.data(), (kSlotsPerBucket - highest) * sizeof(Ref));
  if (highest == 0 && before_last != nullptr) {
    overflow_.set_next(before_last, nullptr);
    overflow_.release(last);
  }
}

bool Index::take_ghost(Bucket* first, uint64_t hash) {
  Bucket* last = first;
  while (Bucket* following = overflow_.next(last)) last = following;
  const unsigned empty = last->match_tags(0);
  if (empty == 0) return false;
  const auto number = static_cast<unsigned>(std::countr_zero(empty));
  std::array<Ghost, kSlotsPerBucket * kGhostsPerSlot> ghosts;
  const size_t count = (kSlotsPerBucket - number) * kGhostsPerSlot;
  std::memcpy(ghosts.data(), &last->refs[number], count * sizeof(Ghost));
  const auto end = ghosts.begin() + static_cast<ptrdiff_t>(count);
  const auto found = std::find(ghosts.begin(), end, ghost_of(hash));
  if (found == end) return false;
  std::copy(found + 1, end, found);
  *(end - 1) = kNoGhost;
  std::memcpy(&last->refs[number], ghosts.data(), count * sizeof(Ghost));
  return true;
}

void Index::take_all(Bucket* first) {
  moving_.clear();
  Bucket* bucket = first;
  while (bucket != nullptr) {
    for (unsigned number = 0; number < kSlotsPerBucket; ++number) {
      if (bucket->tags[number] != 0) moving_.push_back(bucket->refs[number]);
      bucket->tags[number] = 0;
      bucket->refs[number] = kNoRef;
    }
    Bucket* following = overflow_.next(bucket);
    overflow_.set_next(bucket, nullptr);
    if (bucket != first) overflow_.push(kept_, bucket);
    bucket = following;
  }
}

}  // namespace larder::slab
