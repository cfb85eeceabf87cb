#include "slab/store.h"

#include "base/assertions.h"

namespace larder::slab {
namespace {

// memcached's sizes, used for -I and `bytes`.
constexpr uint64_t kUpstreamHeaderSize = 48;
constexpr uint64_t kUpstreamTerminatorsSize = 3;  // the key's NUL and the value's line end

}  // namespace

// The initial index takes at most a 128th of the memory by default, and at most a quarter if a size
// is requested, because memory of the index never becomes available to items again.
unsigned initial_hash_power(const Options& options) {
  unsigned power = options.hash_power;
  const size_t share = power == Options::kHashPowerDefault ? 128 : 4;
  while (power > 0 && (size_t{8} << power) > options.memory_bytes_max / share) --power;
  return power;
}

Store::Store(const Options& options)
    : options_(options),
      hasher_(options.hash_seed),
      budget_(options.memory_bytes_max),
      pool_(options_, budget_),
      classes_(options_, pool_.granule_shift()),
      shown_classes_(classes_),
      index_(initial_hash_power(options), pool_.memory_bytes_reachable(), options.uses_huge_pages,
             budget_),
      slab_classes_(std::make_unique<SlabClass[]>(classes_.count() + 1)),
      due_pages_(pool_.page_count_max()) {
  for (size_t id = 1; id <= classes_.count(); ++id) {
    const auto class_id = static_cast<ClassId>(id);
    slab_classes_[id].open(class_id, classes_.chunk_size(class_id),
                           classes_.chunks_per_page(class_id), pool_);
  }
}

Store::~Store() = default;

bool Store::is_usable() const {
  return pool_.is_usable() && index_.is_usable() && due_pages_.is_usable();
}

ThreadCache& Store::make_thread_cache() {
  std::lock_guard lock(threads_mutex_);
  ASSERT(threads_.size() < options_.thread_count_max);
  const auto number = static_cast<uint32_t>(threads_.size());
  threads_.push_back(std::make_unique<ThreadCache>(number, options_.thread_count_max, classes_));
  return *threads_.back();
}

uint64_t Store::accounted_size(size_t key_size, uint32_t flags, uint64_t value_size,
                               bool has_cas) noexcept {
  return kUpstreamHeaderSize + kUpstreamTerminatorsSize + key_size + value_size +
         (flags != 0 ? 4 : 0) + (has_cas ? 8 : 0);
}

bool Store::fits(size_t key_size, uint32_t flags, uint64_t value_size) const noexcept {
  return accounted_size(key_size, flags, value_size, options_.has_cas) <= options_.item_size_max;
}

ItemPin Store::pin(ThreadCache& cache, const ItemView& view) {
  DEBUG_ASSERT(view.is_large());
  view.item->pins().fetch_add(1, std::memory_order_relaxed);
  return ItemPin(this, &cache, view.item);
}

void ItemPin::reset() noexcept {
  Store* const store = std::exchange(store_, nullptr);
  if (store != nullptr && pins_->fetch_sub(1, std::memory_order_acq_rel) == 1) {
    store->free_item(*cache_, item_);
  }
}

void Store::flush_all(base::Time now) {
  std::lock_guard lock(threads_mutex_);
  flush_clock_.cancel();
  flush_clock_.flush(now, sum_of_stored());
}

void Store::flush_all_at(base::Time moment) { flush_clock_.plan(moment); }

// Every thread calls this before its first request of a new second.  The first one flushes, and the
// others wait for it.  So no read in that second finds a flushed item, and no item stored in that
// second is flushed.
void Store::flush_if_due(base::Time now) noexcept {
  if (flush_clock_.take_due(now)) flush_clock_.flush(now, sum_of_stored());
}

uint64_t Store::sum(ClassId id, base::OwnedCounter ClassCounters::*counter) const {
  std::lock_guard lock(threads_mutex_);
  uint64_t total = 0;
  for (const auto& thread : threads_) total += (std::as_const(*thread).counters(id).*counter).get();
  return total;
}

uint64_t Store::level(ClassId id, base::OwnedCounter ClassCounters::*counter) const {
  const auto total = static_cast<int64_t>(sum(id, counter));
  return total > 0 ? static_cast<uint64_t>(total) : 0;
}

uint64_t Store::chunks_at_hand(ClassId id) const {
  std::lock_guard lock(threads_mutex_);
  uint64_t total = 0;
  for (const auto& thread : threads_) {
    total += std::as_const(*thread).magazine(id).count.load(std::memory_order_relaxed);
  }
  return total;
}

uint64_t Store::items_stored() const {
  std::lock_guard lock(threads_mutex_);
  return sum_of_stored();
}

uint64_t Store::sum_of_stored() const noexcept {
  uint64_t total = 0;
  for (const auto& thread : threads_) total += thread->items_stored.get();
  return total;
}

uint32_t Store::age_of_oldest(ClassId id, base::Time now) {
  const Ref ref = slab_classes_[id].oldest_chunk();
  if (ref == kNoRef) return 0;
  // The page may belong to another class by now.
  return seconds_between(racy_stamp_of(ref), stamp(now));
}

void Store::verify() {
  for (size_t i = 1; i <= classes_.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    uint64_t linked = 0;
    uint64_t pieces = 0;
    const auto check = [&](Ref ref) {
      const Item* item = pool_.item_at(ref);
      const uint8_t bits = item->state.load();
      if ((bits & state::kLinked) != 0) {
        ++linked;
        ASSERT(item->class_id == id);
        const uint64_t hash = hash_of(ref);
        Bucket* bucket = index_.lock(hash);
        ASSERT(index_.find_ref(bucket, hash, ref));
        index_.unlock(bucket);
      }
      if ((bits & state::kPiece) != 0) ++pieces;
      return true;
    };
    slab_classes_[id].for_each_chunk(check);
    SlabClass::Usage usage = slab_classes_[id].usage();
    for (const DrainingPage& draining : draining_) {
      if (draining.id != id) continue;
      slab_classes_[id].for_each_chunk_of_draining(draining.page, check);
      const SlabClass::Usage leaving = slab_classes_[id].usage_of_draining(draining.page);
      usage.carved_count += leaving.carved_count;
      usage.free_count += leaving.free_count;
    }
    ASSERT(linked == sum(id, &ClassCounters::items));
    ASSERT(pieces == sum(id, &ClassCounters::pieces));
    ASSERT(linked + pieces + usage.free_count + chunks_at_hand(id) == usage.carved_count);
  }
}

}  // namespace larder::slab
