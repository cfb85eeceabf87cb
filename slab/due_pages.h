// When something dies in each page: a time per page, so that pages with nothing due are passed by.
//
// A page's time is never later than the first exptime of an item in it.  It may be earlier, of an
// item that is gone or lives longer by now: whoever looks then finds nothing and knows better.
//
// Threads: any.  Dense and seldom written: a gigabyte of cache has 64 KB of times.
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

  // An item of the page dies at `exptime`; 0: never.
  void note(PageIndex page, base::Time exptime) noexcept {
    if (exptime == 0) return;
    Moment& moment = moments_[page];
    base::Time known = moment.load(std::memory_order_relaxed);
    while (__builtin_expect(known == 0 || exptime < known, 0) &&
           !moment.compare_exchange_weak(known, exptime, std::memory_order_relaxed)) {
    }
  }
  // Whether something in it may have died before `now`.
  bool is_due(PageIndex page, base::Time now) const noexcept {
    const base::Time moment = moments_[page].load(std::memory_order_relaxed);
    return moment != 0 && moment < now;
  }
  // Begins anew with a page.  What is linked there from now on is noted; what was linked a moment
  // ago may not be visible yet to whoever called this, and must be looked for a while later.
  void forget(PageIndex page) noexcept { moments_[page].store(0, std::memory_order_seq_cst); }

 private:
  using Moment = base::CountedAtomic<base::Time>;  // 0: nothing will die

  AddressSpace space_;
  Moment* const moments_;
};

}  // namespace larder::slab
