// Moving pages between classes.

#include "base/assertions.h"
#include "slab/store.h"

namespace larder::slab {
namespace {

constexpr uint32_t kSampledChunks = 64;
constexpr uint32_t kReadWindowSeconds = 5;
constexpr size_t kPagesToSpareMin = 2;

}  // namespace

// Estimates the read rate of the page under the class's hand: each item that was accessed in the
// last seconds counts as one read.
double Store::reads_of_next_page(ClassId id, base::Time now) {
  const uint32_t stamp_now = stamp(now);
  uint32_t looked_at = 0;
  uint32_t recent = 0;
  const uint32_t in_use =
      slab_classes_[id].sample_next_page(kSampledChunks, [&](Ref ref, uint8_t bits) {
        ++looked_at;
        if ((bits & state::kPiece) != 0) ref = racy_head_of(ref);
        if (!pool_.is_plausible(ref) || racy_is_dead(ref, now)) return;
        if (racy_stamp_of(ref) + kReadWindowSeconds >= stamp_now) ++recent;
      });
  if (looked_at == 0) return 0;
  return static_cast<double>(recent) / looked_at * in_use / kReadWindowSeconds;
}

void Store::balance(ThreadCache& cache, base::Time now) {
  if (automove() == 0 || !options_.evicts) return;
  std::unique_lock lock(balance_mutex_, std::try_to_lock);
  if (!lock) return;
  const bool looks_at_reads = now != reads_looked_at_;
  reads_looked_at_ = now;
  reads_of_next_page_.resize(classes_.count() + 1);
  for (size_t i = 1; i <= classes_.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    if (looks_at_reads) reads_of_next_page_[id] = reads_of_next_page(id, now);
    const SlabClass::Usage usage = usage_of(id);
    const size_t chunk_count = usage.page_count * classes_.chunks_per_page(id);
    balancer_.report(id, {.evicted = sum(id, &ClassCounters::ghosts),
                          .returned = sum(id, &ClassCounters::ghost_hits),
                          .forced = sum(id, &ClassCounters::forced),
                          .page_count = usage.page_count,
                          .chunks_per_page = classes_.chunks_per_page(id),
                          .free_count = chunk_count - usage.carved_count + usage.free_count,
                          .reads_of_next_page = reads_of_next_page_[id]});
  }
  balancer_.advance(now);
  if (budget_.used() + kPageSize <= budget_.limit()) return;  // unused memory is available
  const auto remembered =
      static_cast<uint64_t>(std::max<int64_t>(item_count_.load(std::memory_order_relaxed), 0));
  const auto transfer = balancer_.choose(classes_.count(), remembered, automove());
  if (!transfer) return;
  for (size_t i = 0; i < transfer->page_count; ++i) {
    const bool is_done = move_page(cache, transfer->from, transfer->to, false, now);
    if (cache.observer != nullptr) {
      cache.observer->page_moved(transfer->from, transfer->to, is_done);
    }
    if (!is_done) return;
  }
}

// Returns false if the class has no page, or if threads hold chunks of all its pages.
bool Store::move_page(ThreadCache& cache, ClassId from, ClassId to, bool may_be_held,
                      base::Time now) {
  flush_magazine(cache, from);
  const PageIndex page = start_draining(from, may_be_held, now);
  if (page == kNoPage) return false;
  items_evicted_by_moves_.add(drain_step(cache, from, page, now));
  cache.counters(from).pages_moved.add();
  if (slab_classes_[from].take_drained(page)) {
    give_page(page, to);
  } else {
    remember_draining({from, page, to});
    drain_generation_.fetch_add(1, std::memory_order_relaxed);
  }
  return true;
}

// Gives the page to the class, or to the pool if `to` is kNoClass or a lowered limit is exceeded.
void Store::give_page(PageIndex page, ClassId to) {
  if (to == kNoClass || budget_.is_exceeded()) {
    pool_.release(page, true);
  } else {
    slab_classes_[to].add_page(page);
  }
}

bool Store::give_unused_page(ClassId to) {
  const PageIndex page = pool_.acquire();
  if (page != kNoPage) slab_classes_[to].add_page(page);
  return page != kNoPage;
}

std::optional<ClassId> Store::class_that_loses_least(ClassId except, base::Time now) {
  std::optional<ClassId> found;
  double least = 0;
  for (size_t i = 1; i <= classes_.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    if (id == except || usage_of(id).page_count < kPagesToSpareMin) continue;
    const double reads = reads_of_next_page(id, now);
    if (found && reads >= least) continue;
    found = id;
    least = reads;
  }
  return found;
}

ReassignOutcome Store::reassign(ThreadCache& cache, std::optional<ClassId> from, ClassId to,
                                base::Time now) {
  const std::lock_guard lock(balance_mutex_);
  if (from == to) return ReassignOutcome::Same;
  if (from.value_or(kNoClass) > classes_.count() || to > classes_.count()) {
    return ReassignOutcome::BadClass;
  }
  if (from == kNoClass) {
    if (pool_.spare_count() < kPagesToSpareMin) return ReassignOutcome::NoSpare;
    return give_unused_page(to) ? ReassignOutcome::Done : ReassignOutcome::NoSpare;
  }
  if (!options_.evicts) return ReassignOutcome::NoSpare;
  if (!from) from = class_that_loses_least(to, now);
  if (!from || usage_of(*from).page_count < kPagesToSpareMin) return ReassignOutcome::NoSpare;
  for (const bool may_be_held : {false, true}) {
    if (move_page(cache, *from, to, may_be_held, now)) return ReassignOutcome::Done;
  }
  return ReassignOutcome::NoSpare;
}

}  // namespace larder::slab
