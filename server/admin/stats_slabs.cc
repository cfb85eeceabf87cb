// `stats slabs`: what each class has of chunks, and what clients did with its items.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "server/admin/admin.h"
#include "server/admin/stat_writer.h"

namespace larder::server {
namespace {

// A chunk is used if it is a linked item or a piece of a value.  Those that wait in workers'
// magazines are free: no eviction is needed to get at them.
void write_chunks(StatWriter& rows, slab::Store& store, slab::ClassId id, uint64_t page_count) {
  const uint64_t chunks_per_page = store.classes().chunks_per_page(id);
  const uint64_t chunk_count = page_count * chunks_per_page;
  const uint64_t in_use =
      store.level(id, &slab::ClassCounters::items) + store.level(id, &slab::ClassCounters::pieces);
  // The sums and the page count are not of the same moment.
  const uint64_t used = std::min(in_use, chunk_count);
  rows.number("chunk_size", store.classes().chunk_size(id));
  rows.number("chunks_per_page", chunks_per_page);
  rows.number("total_pages", page_count);
  rows.number("total_chunks", chunk_count);
  rows.number("used_chunks", used);
  rows.number("free_chunks", chunk_count - used);
  rows.zero("free_chunks_end");  // upstream has not counted it for years either
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

void Admin::slabs(const Style& style, Outbox& out) {
  slab::Store& store = context_->store;
  const StatsTotals totals = totals_since_reset();
  uint32_t active_count = 0;
  for (size_t i = 1; i <= store.classes().count(); ++i) {
    const auto id = static_cast<slab::ClassId>(i);
    const uint64_t page_count = store.usage_of(id).page_count;
    if (page_count == 0) continue;
    ++active_count;
    StatWriter rows(out.bytes(), style, fmt::format("{}:", i));
    write_chunks(rows, store, id, page_count);
    write_traffic(rows, totals.classes[id]);
  }
  StatWriter rows(out.bytes(), style);
  rows.number("active_slabs", active_count);
  rows.number("total_malloced", store.pool().pages_in_use() * slab::kPageSize);
}

}  // namespace larder::server
