// A miniature cache: simulates the store's classes, pages, hands and ghosts (docs/eviction.md) for
// the sampled keys.  The store's own balancer moves the pages.
//
// It has as many pages as a store with that memory, and each page has room for the fraction of its
// chunks that the sample is of all keys: see MiniatureBudget.
//
// Classes are simulated because the value of memory depends on item size: a page of small items has
// more hits than one of large items, and the store gives such a class more pages.
//
// Several caches share the keys: each has its own place in every key.
//
// Threads: one owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "server/insight/miniature_budget.h"
#include "server/insight/miniature_class.h"
#include "server/insight/miniature_ghosts.h"
#include "server/insight/sampled_key.h"
#include "slab/balancer.h"
#include "slab/options.h"
#include "slab/size_classes.h"

namespace larder::server {

class MiniatureCache {
 public:
  // `number` is the index of this cache's place in a key.  A key that no cache knows any longer is
  // appended to `forgotten`; it may become known again and be appended again.  All arguments must
  // outlive the cache.
  MiniatureCache(size_t number, const slab::Options& options, const slab::SizeClasses& classes,
                 std::vector<SampledKey>& keys, std::vector<uint32_t>& forgotten);

  // Evicts what no longer fits.  `rate` is the fraction of all keys that is sampled.
  void set_memory(uint64_t bytes, double rate, base::Time now);

  bool holds(uint32_t key) const noexcept {
    return place(key) != kNowhere && class_of(place(key)) != slab::kNoClass;
  }
  // Records an access to a key that the cache holds.
  void hit(uint32_t key) noexcept;
  // Precondition: the cache does not hold the key.
  void insert(uint32_t key, base::Time now);
  // Moves a key, if it is held, to the size `chunks`.
  // Precondition: keys[key].chunks still has the old value; it is unchanged afterwards.
  void resize(uint32_t key, const slab::Footprint& chunks, base::Time now);
  // Removes the key, or the ghost of it.
  void remove(uint32_t key);

  // The counterpart of slab::Store::maintain(); called several times a second.
  void balance(int automove, base::Time now);

  // Chunks and ghosts: a measure of this object's own memory.
  size_t entry_count() const noexcept { return chunk_count_ + ghosts_.entry_count(); }
  size_t item_count() const noexcept { return item_count_; }
  size_t ghost_count() const noexcept { return ghosts_.count(); }
  uint32_t page_count(slab::ClassId id) const noexcept { return classes_[id].page_count; }
  uint64_t page_count_max() const noexcept { return budget_.page_count_max(); }

 private:
  MiniaturePlace& place(uint32_t key) noexcept { return keys_[key].places[number_]; }
  MiniaturePlace place(uint32_t key) const noexcept { return keys_[key].places[number_]; }
  MiniatureClass::Chunk& chunk_at(MiniaturePlace place) noexcept {
    return classes_[class_of(place)].at(place & kPlaceMask);
  }

  void put(uint32_t key, const slab::Footprint& chunks, uint8_t bits);
  void take_out(uint32_t key);
  void forget(uint32_t key);
  bool make_room(const slab::Footprint& chunks, base::Time now);
  bool make_room(slab::ClassId id, uint32_t count, base::Time now);
  uint64_t capacity_of(slab::ClassId id) const noexcept {
    return budget_.chunk_count(id, classes_[id].page_count);
  }

  void evict_from(slab::ClassId id, base::Time now);
  uint32_t find_victim(slab::ClassId id, base::Time now) noexcept;
  bool is_spared(slab::ClassId id, uint32_t number, slab::Hand hand) noexcept;
  void leave_ghost(uint32_t key);

  void release_excess_pages(base::Time now);
  bool take_page_from_others(slab::ClassId except, base::Time now);
  void move_page(slab::ClassId from, base::Time now);
  void release_unused_pages() noexcept;

  const size_t number_;
  const slab::Options& options_;
  const slab::SizeClasses& size_classes_;
  std::vector<SampledKey>& keys_;
  std::vector<uint32_t>& forgotten_;
  std::vector<MiniatureClass> classes_;  // indexed by class id

  size_t item_count_ = 0;
  size_t chunk_count_ = 0;  // entries of all classes
  MiniatureBudget budget_;
  MiniatureGhosts ghosts_;
  slab::Balancer balancer_;
  base::Time reads_looked_at_ = 0;
};

}  // namespace larder::server
