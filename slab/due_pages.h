// The earliest expiry time in each page, so that the search for expired items can skip pages.
//
// A page's time is never later than the first exptime of its items.  It may be earlier if an item
// was removed or got a later exptime; then the search finds nothing and corrects it.
//
// Threads: any.  The table is dense and rarely written: 64 KB per gigabyte of cache.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/clock.h"
#include "base/counted_lock.h"
#include "slab/address_space.h"
#include "slab/page_pool.h"

namespace larder::slab {

class DuePages {
 public:
  explicit DuePages(size_t page_count)
      : space_(page_count * sizeof(Moment), page_count * sizeof(Moment), false),
        moments_(reinterpret_cast<Moment*>(space_.data())) {}

  bool is_usable() const noexcept { return space_.data() != nullptr; }

  // Notes that an item of the page expires at `exptime`; 0: never.
  void note(PageIndex page, base::Time exptime) noexcept {
    if (exptime == 0) return;
    Moment& moment = moments_[page];
    base::Time known = moment.load(std::memory_order_relaxed);
    while (__builtin_expect(known == 0 || exptime < known, 0) &&
           !moment.compare_exchange_weak(known, exptime, std::memory_order_relaxed)) {
    }
  }
  // Whether an item of the page may have expired before `now`.
  bool is_due(PageIndex page, base::Time now) const noexcept {
    const base::Time moment = moments_[page].load(std::memory_order_relaxed);
    return moment != 0 && moment < now;
  }
  // Resets the page's time.  Items that are linked later are noted again.  Items that were linked
  // just before may not be visible to the caller yet, so it must search the page a little later.
  void forget(PageIndex page) noexcept { moments_[page].store(0, std::memory_order_seq_cst); }

 private:
  using Moment = base::CountedAtomic<base::Time>;  // 0: nothing expires

  AddressSpace space_;
  Moment* const moments_;
};

}  // namespace larder::slab
