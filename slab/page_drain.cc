#include "slab/page_drain.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "slab/racy_chunk.h"

namespace larder::slab {
namespace {

constexpr int kPageAttemptsMax = 4;  // pages to try, as threads may hold chunks of them

}  // namespace

// Empties pages until one is free: first those that are draining, then one of which no thread holds
// a chunk, from the class with the most pages.  The page does not go through the pool, where
// another thread could take it first.  If threads hold chunks of every page, one more page starts
// to drain for the next write.
PageIndex PageDrain::take_page(ThreadCache& cache, ClassId except, base::Time now) {
  heap_.flush_magazines(cache);
  const Progress progress = drain_held(cache, now, true);
  if (progress.taken != kNoPage) return progress.taken;
  if (progress.left > 0) {
    const PageIndex page = heap_.pool.acquire_in_exchange();
    if (page != kNoPage) return page;
  }
  std::vector<std::pair<size_t, ClassId>> donors;
  for (size_t i = 1; i <= heap_.classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    const size_t page_count = heap_.slab_classes[id].usage().page_count;
    if (id != except && page_count > 0) donors.emplace_back(page_count, id);
  }
  std::sort(donors.begin(), donors.end(), std::greater<>());
  for (const bool may_be_held : {false, true}) {
    int attempts_left = may_be_held ? 1 : kPageAttemptsMax;
    for (const auto& [page_count, id] : donors) {
      const PageIndex page = start(id, may_be_held, now);
      if (page == kNoPage) continue;
      evict_all(cache, id, page, now);
      if (heap_.slab_classes[id].take_drained(page)) return page;
      // Other threads hold chunks of it, in magazines, writers or pins, and will return them.
      remember({id, page});
      ask_for_chunks();
      if (--attempts_left == 0) break;
    }
  }
  return kNoPage;
}

bool PageDrain::move_page(ThreadCache& cache, ClassId from, ClassId to, bool may_be_held,
                          base::Time now, size_t* evicted) {
  heap_.flush_magazine(cache, from);
  const PageIndex page = start(from, may_be_held, now);
  if (page == kNoPage) return false;
  *evicted += evict_all(cache, from, page, now);
  if (heap_.slab_classes[from].take_drained(page)) {
    give_page(page, to);
  } else {
    remember({from, page, to});
    ask_for_chunks();
  }
  return true;
}

// Gives the page to the class, or to the pool if `to` is kNoClass or a lowered limit is exceeded.
void PageDrain::give_page(PageIndex page, ClassId to) {
  if (to == kNoClass || heap_.budget.is_exceeded()) {
    heap_.pool.release(page, true);
  } else {
    heap_.slab_classes[to].add_page(page);
  }
}

bool PageDrain::give_unused_page(ClassId to) {
  const PageIndex page = heap_.pool.acquire();
  if (page != kNoPage) heap_.slab_classes[to].add_page(page);
  return page != kNoPage;
}

PageIndex PageDrain::start(ClassId id, bool may_be_held, base::Time now) {
  return heap_.slab_classes[id].start_draining(
      may_be_held, [&](Ref ref, uint8_t bits) { return eviction_.look_at(ref, bits, now); });
}

size_t PageDrain::evict_all(ThreadCache& cache, ClassId id, PageIndex page, base::Time now) {
  size_t evicted = 0;
  heap_.slab_classes[id].for_each_chunk_of_draining(page, [&](Ref ref) {
    if ((RacyChunk(heap_, ref).state() & state::kInUse) == 0) return;
    evicted += eviction_.evict(cache, ref, now, Mercy::None);
  });
  heap_.flush_magazine(cache, id);
  return evicted;
}

// Adds the page only once: it may have left, come back and started to drain again before its old
// entry was processed.
void PageDrain::remember(DrainingPage page) {
  std::lock_guard lock(mutex_);
  const auto is_same = [&](const DrainingPage& other) {
    return other.id == page.id && other.index == page.index;
  };
  if (std::none_of(pages_.begin(), pages_.end(), is_same)) pages_.push_back(page);
}

PageDrain::Progress PageDrain::drain_held(ThreadCache& cache, base::Time now, bool takes_one) {
  std::vector<DrainingPage> pages;
  {
    std::lock_guard lock(mutex_);
    pages.swap(pages_);
  }
  Progress progress;
  for (const DrainingPage& page : pages) {
    SlabClass& slab_class = heap_.slab_classes[page.id];
    if (!slab_class.claim(page.index)) {
      // The page has left, and its budget is free; or it has left and another thread uses it.
      if (slab_class.is_draining(page.index)) continue;
      ++progress.left;
      if (page.to != kNoClass) give_unused_page(page.to);
      continue;
    }
    evict_all(cache, page.id, page.index, now);
    if (!slab_class.take_drained(page.index)) {
      ++progress.held;
      remember(page);
    } else if (takes_one && page.to == kNoClass && progress.taken == kNoPage) {
      progress.taken = page.index;
    } else {
      give_page(page.index, page.to);
    }
  }
  // A chunk that was freed after its holder's last check is in a magazine again.
  if (progress.held > 0) ask_for_chunks();
  return progress;
}

}  // namespace larder::slab
