#include "slab/page_balance.h"

#include <mutex>

#include "slab/observer.h"
#include "slab/racy_chunk.h"

namespace larder::slab {
namespace {

constexpr uint32_t kSampledChunks = 64;
constexpr uint32_t kReadWindowSeconds = 5;
constexpr size_t kPagesToSpareMin = 2;

}  // namespace

// Estimates the read rate of the page under the class's hand: each item that was accessed in the
// last seconds counts as one read.
double PageBalance::reads_of_next_page(ClassId id, base::Time now) {
  const uint32_t stamp_now = heap_.stamp(now);
  uint32_t looked_at = 0;
  uint32_t recent = 0;
  const uint32_t in_use =
      heap_.slab_classes[id].sample_next_page(kSampledChunks, [&](Ref ref, uint8_t bits) {
        ++looked_at;
        if ((bits & state::kPiece) != 0) ref = RacyChunk(heap_, ref).head();
        if (!heap_.pool.is_plausible(ref) || RacyChunk(heap_, ref).is_dead(now)) return;
        if (RacyChunk(heap_, ref).stamp() + kReadWindowSeconds >= stamp_now) ++recent;
      });
  if (looked_at == 0) return 0;
  return static_cast<double>(recent) / looked_at * in_use / kReadWindowSeconds;
}

void PageBalance::step(ThreadCache& cache, base::Time now) {
  if (automove() == 0 || !heap_.options.evicts) return;
  std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  const size_t class_count = heap_.classes.count();
  const bool looks_at_reads = now != reads_looked_at_;
  reads_looked_at_ = now;
  reads_of_next_page_.resize(class_count + 1);
  for (size_t i = 1; i <= class_count; ++i) {
    const auto id = static_cast<ClassId>(i);
    if (looks_at_reads) reads_of_next_page_[id] = reads_of_next_page(id, now);
    report(id);
  }
  balancer_.advance(now);
  if (heap_.budget.used() + kPageSize <= heap_.budget.limit())
    return;  // unused memory is available
  const auto transfer = balancer_.choose(class_count, growth_.item_count(), automove());
  if (!transfer) return;
  for (size_t i = 0; i < transfer->page_count; ++i) {
    const bool is_done = move_page(cache, transfer->from, transfer->to, false, now);
    if (cache.observer != nullptr) {
      cache.observer->page_moved(transfer->from, transfer->to, is_done);
    }
    if (!is_done) return;
  }
}

void PageBalance::report(ClassId id) {
  const SlabClass::Usage usage = heap_.slab_classes[id].usage();
  const uint32_t chunks_per_page = heap_.classes.chunks_per_page(id);
  const size_t chunk_count = usage.page_count * chunks_per_page;
  balancer_.report(id, {.evicted = threads_.sum(id, &ClassCounters::ghosts),
                        .returned = threads_.sum(id, &ClassCounters::ghost_hits),
                        .forced = threads_.sum(id, &ClassCounters::forced),
                        .page_count = usage.page_count,
                        .chunks_per_page = chunks_per_page,
                        .free_count = chunk_count - usage.carved_count + usage.free_count,
                        .reads_of_next_page = reads_of_next_page_[id]});
}

bool PageBalance::move_page(ThreadCache& cache, ClassId from, ClassId to, bool may_be_held,
                            base::Time now) {
  size_t evicted = 0;
  if (!drain_.move_page(cache, from, to, may_be_held, now, &evicted)) return false;
  items_evicted_.add(evicted);
  cache.counters(from).pages_moved.add();
  return true;
}

std::optional<ClassId> PageBalance::class_that_loses_least(ClassId except, base::Time now) {
  std::optional<ClassId> found;
  double least = 0;
  for (size_t i = 1; i <= heap_.classes.count(); ++i) {
    const auto id = static_cast<ClassId>(i);
    if (id == except || heap_.slab_classes[id].usage().page_count < kPagesToSpareMin) continue;
    const double reads = reads_of_next_page(id, now);
    if (found && reads >= least) continue;
    found = id;
    least = reads;
  }
  return found;
}

ReassignOutcome PageBalance::reassign(ThreadCache& cache, std::optional<ClassId> from, ClassId to,
                                      base::Time now) {
  const std::lock_guard lock(mutex_);
  const size_t class_count = heap_.classes.count();
  if (from == to) return ReassignOutcome::Same;
  if (from.value_or(kNoClass) > class_count || to > class_count) return ReassignOutcome::BadClass;
  if (from == kNoClass) {
    if (heap_.pool.spare_count() < kPagesToSpareMin) return ReassignOutcome::NoSpare;
    return drain_.give_unused_page(to) ? ReassignOutcome::Done : ReassignOutcome::NoSpare;
  }
  if (!heap_.options.evicts) return ReassignOutcome::NoSpare;
  if (!from) from = class_that_loses_least(to, now);
  if (!from || heap_.slab_classes[*from].usage().page_count < kPagesToSpareMin) {
    return ReassignOutcome::NoSpare;
  }
  for (const bool may_be_held : {false, true}) {
    if (move_page(cache, *from, to, may_be_held, now)) return ReassignOutcome::Done;
  }
  return ReassignOutcome::NoSpare;
}

}  // namespace larder::slab
