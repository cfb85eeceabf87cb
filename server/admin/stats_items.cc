// `stats items` and `stats sizes`.
//
// A class has one queue, which is shown as memcached's cold list: number_cold equals number, and
// hits_to_cold counts all hits.  tailrepairs, evicted_active, lrutail_reflocked and moves_* are 0,
// because there are no such events.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"
#include "server/options/options.h"

namespace larder::server {
namespace {

constexpr uint64_t kSizeStep = 32;  // of `stats sizes`, as in memcached

struct ClassState {
  uint64_t item_count = 0;
  uint64_t bytes = 0;
  uint32_t age_seconds = 0;           // of the oldest item
  uint32_t evicted_idle_seconds = 0;  // the smallest of the classes
};

// The figures of the classes that share an id.
ClassState state_of(slab::Store& store, std::span<const slab::ClassId> classes, base::Time now) {
  ClassState state;
  std::optional<uint32_t> evicted_idle_seconds;
  for (const slab::ClassId id : classes) {
    state.item_count += store.inspect().level(id, &slab::ClassCounters::items);
    state.bytes += store.inspect().level(id, &slab::ClassCounters::bytes);
    state.age_seconds = std::max(state.age_seconds, store.inspect().age_of_oldest(id, now));
    if (store.inspect().sum(id, &slab::ClassCounters::evicted) == 0) continue;
    const uint32_t idle_seconds = store.inspect().evicted_idle_seconds(id);
    evicted_idle_seconds = std::min(evicted_idle_seconds.value_or(idle_seconds), idle_seconds);
  }
  state.evicted_idle_seconds = evicted_idle_seconds.value_or(0);
  return state;
}

void write_class(StatWriter& rows, const TuningOptions& options, const ClassState& state,
                 const ClassTotals& totals) {
  const bool has_lists = options.has_lru_maintainer;
  rows.number("number", state.item_count);
  if (has_lists) {
    rows.zero("number_hot");
    rows.zero("number_warm");
    rows.number("number_cold", state.item_count);
    if (options.has_temporary_lru) rows.zero("number_temp");
    rows.zero("age_hot");
    rows.zero("age_warm");
  }
  rows.number("age", state.age_seconds);
  rows.number("mem_requested", state.bytes);
  rows.number("evicted", totals.evicted);
  rows.number("evicted_nonzero", totals.evicted_nonzero);
  rows.number("evicted_time", totals.evicted > 0 ? state.evicted_idle_seconds : 0u);
  rows.number("outofmemory", totals.out_of_memory);
  rows.zero("tailrepairs");
  rows.number("reclaimed", totals.reclaimed);
  rows.number("expired_unfetched", totals.expired_unfetched);
  rows.number("evicted_unfetched", totals.evicted_unfetched);
  if (has_lists) rows.zero("evicted_active");
  rows.number("crawler_reclaimed", totals.crawler_reclaimed);
  rows.number("crawler_items_checked", totals.crawler_items_checked);
  rows.zero("lrutail_reflocked");
  if (!has_lists) return;
  rows.zero("moves_to_cold");
  rows.zero("moves_to_warm");
  rows.zero("moves_within_lru");
  rows.number("direct_reclaims", totals.direct_reclaims);
  rows.zero("hits_to_hot");
  rows.zero("hits_to_warm");
  rows.number("hits_to_cold", totals.all_get_hits());
  rows.zero("hits_to_temp");
}

}  // namespace

void StatsReporter::items(base::Time now, const Style& style, Outbox& out) {
  const TuningOptions options = state_.live_options.get();
  slab::Store& store = context_.store;
  const StatsTotals totals = totals_since_reset();
  for (size_t shown_id = 1; shown_id <= store.shown_classes().count(); ++shown_id) {
    const ClassState state = state_of(store, store.shown_classes().classes_of(shown_id), now);
    const ClassTotals& class_totals = totals.classes[shown_id];
    // A class that could not get its first page has no items but must show outofmemory.
    if (state.item_count == 0 && class_totals.out_of_memory == 0) continue;
    StatWriter rows(out.bytes(), style, fmt::format("items:{}:", shown_id));
    write_class(rows, options, state, class_totals);
  }
}

// Examines every item while this worker's other clients wait; it is available only with
// -o track_sizes.  memcached counts sizes on every write instead.
void StatsReporter::sizes(base::Time now, const Style& style, Outbox& out) {
  StatWriter rows(out.bytes(), style);
  if (!context_.options.tracks_sizes) {
    rows.text("sizes_status", "disabled");
    return;
  }
  slab::Store& store = context_.store;
  std::map<uint64_t, uint64_t> counts;  // by size, rounded up
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    store.inspect().for_each_item(static_cast<slab::ClassId>(id), now,
                                  [&](const slab::ItemView& view) {
                                    const uint64_t size = store.sizes().accounted(view);
                                    ++counts[(size + kSizeStep - 1) / kSizeStep * kSizeStep];
                                    return true;
                                  });
  }
  for (const auto& [size, count] : counts) rows.number(std::to_string(size), count);
}

}  // namespace larder::server
