// `stats slabs`: chunks and pages of each class, and requests for its items.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>

#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"

namespace larder::server {
namespace {

struct Chunks {
  uint64_t page_count = 0;
  uint64_t count = 0;
  uint64_t used = 0;
};

// A chunk is used if it is a linked item or a piece of a value.  Chunks in workers' magazines are
// free, because using them needs no eviction.
Chunks chunks_of(slab::Store& store, std::span<const slab::ClassId> classes) {
  Chunks chunks;
  for (const slab::ClassId id : classes) {
    const uint64_t page_count = store.inspect().usage_of(id).page_count;
    const uint64_t count = page_count * store.classes().chunks_per_page(id);
    const uint64_t in_use = store.inspect().level(id, &slab::ClassCounters::items) +
                            store.inspect().level(id, &slab::ClassCounters::pieces);
    chunks.page_count += page_count;
    chunks.count += count;
    // The sums and the page count are not read at the same time.
    chunks.used += std::min(in_use, count);
  }
  return chunks;
}

// For classes that share an id, shows the largest chunk size, which holds all items of the id.
void write_chunks(StatWriter& rows, const slab::SizeClasses& classes, slab::ClassId largest,
                  const Chunks& chunks) {
  rows.number("chunk_size", classes.chunk_size(largest));
  rows.number("chunks_per_page", classes.chunks_per_page(largest));
  rows.number("total_pages", chunks.page_count);
  rows.number("total_chunks", chunks.count);
  rows.number("used_chunks", chunks.used);
  rows.number("free_chunks", chunks.count - chunks.used);
  rows.zero("free_chunks_end");  // not counted by memcached either
}

void write_traffic(StatWriter& rows, const ClassTotals& totals) {
  rows.number("get_hits", totals.all_get_hits());
  rows.number("cmd_set", totals.all_sets());
  rows.number("delete_hits", totals.delete_hits);
  rows.number("incr_hits", totals.incr_hits);
  rows.number("decr_hits", totals.decr_hits);
  rows.number("cas_hits", totals.cas_hits);
  rows.number("cas_badval", totals.cas_bad_values);
  rows.number("touch_hits", totals.all_touch_hits());
}

}  // namespace

void StatsReporter::slabs(const Style& style, Outbox& out) {
  slab::Store& store = context_.store;
  const StatsTotals totals = totals_since_reset();
  uint32_t active_count = 0;
  for (size_t shown_id = 1; shown_id <= store.shown_classes().count(); ++shown_id) {
    const std::span<const slab::ClassId> classes = store.shown_classes().classes_of(shown_id);
    const Chunks chunks = chunks_of(store, classes);
    if (chunks.page_count == 0) continue;
    ++active_count;
    StatWriter rows(out.bytes(), style, fmt::format("{}:", shown_id));
    write_chunks(rows, store.classes(), classes.back(), chunks);
    write_traffic(rows, totals.classes[shown_id]);
  }
  StatWriter rows(out.bytes(), style);
  rows.number("active_slabs", active_count);
  rows.number("total_malloced", store.inspect().pool().pages_in_use() * slab::kPageSize);
}

}  // namespace larder::server
