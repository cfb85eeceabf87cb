// The families memcached_slab_*: one sample for each size class that has pages or items.
#include <string>

#include "server/admin/stat_number.h"
#include "server/http/metrics_text.h"

namespace larder::server {
namespace {

constexpr MetricType kCounter = MetricType::Counter;
constexpr MetricType kGauge = MetricType::Gauge;

// From `stats items`.
constexpr MetricRow kItemsRows[] = {
    {"number", "memcached_slab_current_items", kGauge, "Items of the class."},
    {"age", "memcached_slab_items_age_seconds", kGauge,
     "Seconds since the last access of the item that the main hand examines next."},
    {"mem_requested", "memcached_slab_mem_requested_bytes", kGauge,
     "Bytes of the class's items by memcached's accounting."},
    {"crawler_reclaimed", "memcached_slab_items_crawler_reclaimed_total", kCounter,
     "Expired items found by the background search and by crawls."},
    {"evicted", "memcached_slab_items_evicted_total", kCounter,
     "Items evicted before they expired."},
    {"evicted_nonzero", "memcached_slab_items_evicted_nonzero_total", kCounter,
     "Items with an expiry time that were evicted before it."},
    {"evicted_time", "memcached_slab_items_evicted_time_seconds", kCounter,
     "Seconds since the last access of the item evicted last; can fall."},
    {"evicted_unfetched", "memcached_slab_items_evicted_unfetched_total", kCounter,
     "Items evicted before they expired and without having been fetched."},
    {"expired_unfetched", "memcached_slab_items_expired_unfetched_total", kCounter,
     "Items that expired without having been fetched."},
    {"outofmemory", "memcached_slab_items_outofmemory_total", kCounter,
     "Writes refused because the class could not get memory."},
    {"reclaimed", "memcached_slab_items_reclaimed_total", kCounter,
     "Expired items whose memory was used for a write."},
    {"tailrepairs", "memcached_slab_items_tailrepairs_total", kCounter, "0: nothing to repair."},
    {"moves_to_cold", "memcached_slab_items_moves_to_cold", kCounter,
     "0: there are no lists to move items between."},
    {"moves_to_warm", "memcached_slab_items_moves_to_warm", kCounter,
     "0: there are no lists to move items between."},
    {"moves_within_lru", "memcached_slab_items_moves_within_lru", kCounter,
     "0: a hit moves no item."},
    {"number_hot", "memcached_slab_hot_items", kGauge, "0: there is one queue, the cold one."},
    {"number_warm", "memcached_slab_warm_items", kGauge, "0: there is one queue, the cold one."},
    {"number_cold", "memcached_slab_cold_items", kGauge, "All items of the class."},
    {"number_temp", "memcached_slab_temporary_items", kGauge,
     "0: there is one queue, the cold one."},
    {"age_hot", "memcached_slab_hot_age_seconds", kGauge, "0: there is one queue, the cold one."},
    {"age_warm", "memcached_slab_warm_age_seconds", kGauge, "0: there is one queue, the cold one."},
};

// From `stats slabs`.
constexpr MetricRow kSlabsRows[] = {
    {"chunk_size", "memcached_slab_chunk_size_bytes", kGauge, "Bytes of one chunk."},
    {"chunks_per_page", "memcached_slab_chunks_per_page", kGauge, "Chunks in one page of 64 KB."},
    {"total_pages", "memcached_slab_current_pages", kGauge, "Pages of the class."},
    {"total_chunks", "memcached_slab_current_chunks", kGauge, "Chunks in those pages."},
    {"used_chunks", "memcached_slab_chunks_used", kGauge,
     "Chunks that hold items or pieces of large values."},
    {"free_chunks", "memcached_slab_chunks_free", kGauge,
     "All other chunks, including those in the workers' magazines."},
    {"free_chunks_end", "memcached_slab_chunks_free_end", kGauge, "0, as in memcached."},
};

void write_rows(MetricsWriter& out, const std::vector<ClassRows>& classes,
                const MetricRow& metric) {
  out.family(metric.name, metric.type, metric.help);
  for (const ClassRows& one : classes) {
    const std::string* value = one.rows.find(metric.row);
    if (value != nullptr) out.sample(*value, {{"slab", std::to_string(one.id)}});
  }
}

void write_hits(MetricsWriter& out, const std::vector<ClassRows>& classes) {
  constexpr struct {
    std::string_view row;
    std::string_view list;
  } kLists[] = {{"hits_to_hot", "hot"},
                {"hits_to_warm", "warm"},
                {"hits_to_cold", "cold"},
                {"hits_to_temp", "temporary"}};
  out.family("memcached_slab_lru_hits_total", kCounter,
             "Gets that found their item; all are counted as cold.");
  for (const ClassRows& one : classes) {
    for (const auto& [row, list] : kLists) {
      const std::string* value = one.rows.find(row);
      if (value == nullptr) continue;
      out.sample(*value, {{"slab", std::to_string(one.id)}, {"lru", list}});
    }
  }
}

void write_commands(MetricsWriter& out, const StatsSnapshot& stats) {
  out.family("memcached_slab_commands_total", kCounter,
             "Requests by the class of their item, command and outcome.");
  for (const ClassRows& one : stats.slabs) {
    const std::string id = std::to_string(one.id);
    const auto write = [&](uint64_t count, std::string_view command, std::string_view status) {
      out.sample(count, {{"slab", id}, {"command", command}, {"status", status}});
    };
    for (const std::string command : {"get", "delete", "incr", "decr", "cas", "touch"}) {
      write(number_in(one.rows, command + "_hits"), command, "hit");
    }
    write(number_in(one.rows, "cas_badval"), "cas", "badval");
    // The exporter has no class for a CAS that found no item, and so counts it as a set.
    const ClassSets& sets = stats.sets.at(one.id);
    write(sets.plain + sets.cas_misses, "set", "hit");
  }
}

}  // namespace

void write_memcached_class_metrics(MetricsWriter& out, const StatsSnapshot& stats) {
  for (const MetricRow& row : kItemsRows) write_rows(out, stats.items, row);
  write_hits(out, stats.items);
  for (const MetricRow& row : kSlabsRows) write_rows(out, stats.slabs, row);
  write_commands(out, stats);
}

}  // namespace larder::server
