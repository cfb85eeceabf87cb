// The pages of a miniature cache.  They are moved as slab/store_balance.cc and
// slab/store_maintenance.cc move those of the store.

#include <algorithm>

#include "base/assertions.h"
#include "server/insight/miniature_cache.h"

namespace larder::server {
namespace {

using slab::ClassId;

constexpr uint32_t kChunksLookedAt = 64;
constexpr base::Time kReadWindowSeconds = 5;

// The reads per second of the page that a class's main hand reaches next.  `sampled_per_page` is
// how many of the `chunks_per_page` are sampled.
double reads_of_next_page(const MiniatureClass& here, const std::vector<SampledKey>& keys,
                          double sampled_per_page, uint32_t chunks_per_page, base::Time now) {
  const auto wanted =
      static_cast<uint32_t>(std::clamp<double>(sampled_per_page, 1, kChunksLookedAt));
  uint32_t looked_at = 0;
  uint32_t recent = 0;
  here.look_ahead(wanted, [&](uint32_t key) {
    ++looked_at;
    if (keys[key].asked_at + kReadWindowSeconds >= now) ++recent;
  });
  if (looked_at == 0) return 0;
  return static_cast<double>(recent) / looked_at * chunks_per_page / kReadWindowSeconds;
}

}  // namespace

void MiniatureCache::set_memory(uint64_t bytes, double rate, base::Time now) {
  budget_.set_memory(bytes, rate);
  budget_.update(item_count_);
  release_excess_pages(now);
  for (size_t i = 1; i < classes_.size(); ++i) {
    const auto id = static_cast<ClassId>(i);
    while (classes_[id].count() > 0 && classes_[id].used_count > capacity_of(id)) {
      evict_from(id, now);
    }
  }
}

void MiniatureCache::release_excess_pages(base::Time now) {
  while (budget_.is_exceeded() && take_page_from_others(slab::kNoClass, now)) {
  }
}

// Takes a page of the class with the most.
bool MiniatureCache::take_page_from_others(ClassId except, base::Time now) {
  ClassId donor = slab::kNoClass;
  for (size_t i = 1; i < classes_.size(); ++i) {
    if (i == except || classes_[i].page_count == 0) continue;
    if (donor != slab::kNoClass && classes_[i].page_count < classes_[donor].page_count) continue;
    donor = static_cast<ClassId>(i);
  }
  if (donor == slab::kNoClass) return false;
  move_page(donor, now);
  return true;
}

// Removes a page from the class; the next class that needs one takes it.
void MiniatureCache::move_page(ClassId from, base::Time now) {
  --classes_[from].page_count;
  budget_.release_pages(1);
  while (classes_[from].count() > 0 && classes_[from].used_count > capacity_of(from)) {
    evict_from(from, now);
  }
}

// A class without items keeps one page.
void MiniatureCache::release_unused_pages() noexcept {
  for (MiniatureClass& each : classes_) {
    if (each.used_count > 0 || each.page_count < 2) continue;
    budget_.release_pages(each.page_count - 1);
    each.page_count = 1;
  }
}

void MiniatureCache::balance(int automove, base::Time now) {
  budget_.update(item_count_);
  release_unused_pages();
  release_excess_pages(now);
  if (automove == 0 || !options_.evicts) return;
  const bool looks_at_reads = now != reads_looked_at_;
  reads_looked_at_ = now;
  for (size_t i = 1; i < classes_.size(); ++i) {
    const auto id = static_cast<ClassId>(i);
    MiniatureClass& here = classes_[id];
    const double sampled_per_page = budget_.chunks_per_page(id);
    const uint32_t chunks_per_page = size_classes_.chunks_per_page(id);
    if (looks_at_reads) {
      here.reads_of_next_page =
          reads_of_next_page(here, keys_, sampled_per_page, chunks_per_page, now);
    }
    const double chunk_count = here.page_count * sampled_per_page;
    const double free_count = std::max(0.0, chunk_count - static_cast<double>(here.used_count));
    balancer_.report(id, {.evicted = static_cast<uint64_t>(here.evicted),
                          .returned = static_cast<uint64_t>(here.returned),
                          .forced = static_cast<uint64_t>(here.forced),
                          .page_count = here.page_count,
                          .chunks_per_page = chunks_per_page,
                          .free_count = static_cast<size_t>(free_count / budget_.rate()),
                          .reads_of_next_page = here.reads_of_next_page});
  }
  balancer_.advance(now);
  if (budget_.has_page()) return;  // a class that needs a page still gets one
  const auto remembered = static_cast<uint64_t>(static_cast<double>(item_count_) / budget_.rate());
  const auto transfer = balancer_.choose(size_classes_.count(), remembered, automove);
  if (!transfer) return;
  for (size_t i = 0; i < transfer->page_count && classes_[transfer->from].page_count > 0; ++i) {
    move_page(transfer->from, now);
    ++classes_[transfer->to].page_count;
    budget_.take_page();
  }
}

}  // namespace larder::server
