#include "slab/page_pool.h"

#include "base/assertions.h"

namespace larder::slab {

unsigned PagePool::choose_granule_shift(size_t memory_bytes_max) {
  unsigned shift = kGranuleShiftMin;
  while (shift < kGranuleShiftMax && (size_t{1} << (32 + shift)) < memory_bytes_max + kPageSize) {
    ++shift;
  }
  return shift;
}

PagePool::PagePool(const Options& options, MemoryBudget& budget)
    : budget_(budget),
      granule_shift_(choose_granule_shift(options.memory_bytes_max)),
      space_(size_t{1} << (32 + granule_shift_), options.memory_bytes_max + 2 * kPageSize,
             options.uses_huge_pages),
      page_count_max_(static_cast<PageIndex>(space_.size() / kPageSize)),
      page_space_(page_count_max_ * sizeof(Page), page_count_max_ * sizeof(Page), false),
      pages_(reinterpret_cast<Page*>(page_space_.data())) {}

PageIndex PagePool::acquire() { return budget_.try_take(kPageSize) ? take_page() : kNoPage; }

PageIndex PagePool::acquire_in_exchange() {
  if (!budget_.is_exceeded()) return acquire();
  budget_.take(kPageSize);
  return take_page();
}

PageIndex PagePool::take_page() {
  PageIndex index = kNoPage;
  bool is_new = false;
  {
    std::lock_guard lock(mutex_);
    std::vector<PageIndex>& spare = warm_spare_.empty() ? spare_ : warm_spare_;
    if (!spare.empty()) {
      index = spare.back();
      spare.pop_back();
    } else if (first_untouched_ < page_count_max_) {
      index = first_untouched_++;
      is_new = true;
    }
    if (index != kNoPage) ++pages_in_use_;
  }
  if (index == kNoPage) {
    budget_.give_back(kPageSize);
    return kNoPage;
  }
  char* const bytes = at(chunk_ref(index, 0, 0));
  if (is_new) {
    space_.reach(bytes, kPageSize);
  } else {
    space_.populate(bytes, kPageSize);
  }
  return index;
}

void PagePool::release(PageIndex index, bool to_system) {
  shelve(index, to_system);
  budget_.give_back(kPageSize);
}

void PagePool::exchange_for_budget(PageIndex index) { shelve(index, true); }

void PagePool::shelve(PageIndex index, bool to_system) {
  ASSERT(index != kNoPage);
  if (to_system) space_.give_back(at(chunk_ref(index, 0, 0)), kPageSize);
  pages_[index].forget();
  std::lock_guard lock(mutex_);
  (to_system ? spare_ : warm_spare_).push_back(index);
  --pages_in_use_;
}

void PagePool::touch_ahead() {
  space_.touch_ahead(size_t{first_untouched()} * kPageSize, budget_.left() / 2);
}

void PagePool::cool(size_t count_max) {
  for (size_t i = 0; i < count_max; ++i) {
    PageIndex index;
    {
      std::lock_guard lock(mutex_);
      if (warm_spare_.empty()) return;
      index = warm_spare_.back();
      warm_spare_.pop_back();
    }
    space_.give_back(at(chunk_ref(index, 0, 0)), kPageSize);
    std::lock_guard lock(mutex_);
    spare_.push_back(index);
  }
}

PageIndex PagePool::first_untouched() const {
  std::lock_guard lock(mutex_);
  return first_untouched_;
}

size_t PagePool::pages_in_use() const {
  std::lock_guard lock(mutex_);
  return pages_in_use_;
}

size_t PagePool::spare_count() const {
  std::lock_guard lock(mutex_);
  return spare_.size() + warm_spare_.size();
}

}  // namespace larder::slab
