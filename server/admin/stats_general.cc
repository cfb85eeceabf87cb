// `stats`: memcached's keys in memcached's order, and no others, because clients and tests count
// them.
//
// Rows with a different meaning here, or without one:
//
//   connection_structures       connections and listening sockets
//   response_obj_bytes          replies that wait for slow clients
//   read_buf_count, _bytes      connections with an incomplete request, and its bytes
//   hash_power_level            the index has room for 2^n items
//   hash_bytes                  the index: buckets and overflow buckets
//   hash_is_expanding           0: the index grows by one bucket at a time, between requests
//   direct_reclaims             sweeps that a write did to get memory
//   slab_global_page_pool       pages released by a class and not yet used by another
//   response_obj_oom, _count, read_buf_bytes_free, read_buf_oom, malloc_fails
//                               0: there are no such objects, buffers and free lists
//   reserved_fds                0: none are reserved
//   cmd_config_get, cmd_config_set, curr_config
//                               ElastiCache's; only if a cluster is configured
//   cmd_meta                    me commands, as in memcached
//   slabs_moved                 pages that balancing or `slabs reassign` took from a class, not
//                               those taken by writes
//   slab_reassign_*             0 and "none": a page is emptied, not copied
//   lru_maintainer_juggles, lru_bumps_dropped, evicted_active, lrutail_reflocked, moves_*
//                               0: there are no LRU lists and no moves between them
//   unexpected_napi_ids, round_robin_fallback
//                               0: a client goes to the worker with the fewest connections
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <string>

#include "base/version.h"
#include "server/admin/stat_writer.h"
#include "server/admin/stats_reporter.h"
#include "server/options/options.h"

namespace larder::server {
namespace {

// Items per bucket at which the index grows: see -o hashpower.
constexpr size_t kItemsPerBucket = 8;

std::string seconds(const timeval& time) {
  return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec);
}

void write_process(StatWriter& rows, const AdminContext& context, base::Time now) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  rows.number("pid", static_cast<uint32_t>(::getpid()));
  rows.number("uptime", now - base::Clock::kStartSeconds);
  rows.text("time", std::to_string(context.clock.unix_time(now)));
  rows.text("version", base::kProtocolVersion);
  rows.text("libevent", context.event_library_version);
  rows.number("pointer_size", 8 * sizeof(void*));
  rows.text("rusage_user", seconds(usage.ru_utime));
  rows.text("rusage_system", seconds(usage.ru_stime));
}

void write_buffers(StatWriter& rows, const AdminContext& context) {
  uint64_t backlog_bytes = 0;
  uint64_t tail_bytes = 0;
  uint64_t tail_count = 0;
  for (const WorkerCounters* worker : context.workers) {
    backlog_bytes += worker->backlog_bytes.get();
    tail_bytes += worker->tail_bytes.get();
    tail_count += worker->tail_count.get();
  }
  rows.zero("response_obj_oom");
  rows.zero("response_obj_count");
  rows.number("response_obj_bytes", backlog_bytes);
  rows.number("read_buf_count", tail_count);
  rows.number("read_buf_bytes", tail_bytes);
  rows.zero("read_buf_bytes_free");
  rows.zero("read_buf_oom");
  rows.zero("reserved_fds");
}

void write_commands(StatWriter& rows, const StatsTotals& totals, const ClassTotals& classes) {
  rows.number("cmd_get", classes.all_get_hits() + totals.get_misses);
  rows.number("cmd_set", classes.all_sets());
  rows.number("cmd_flush", totals.flush_commands);
  rows.number("cmd_touch", classes.all_touch_hits() + totals.all_touch_misses());
  rows.number("cmd_meta", totals.meta_debug_commands);
  rows.number("get_hits", classes.all_get_hits());
  rows.number("get_misses", totals.get_misses);
  rows.number("get_expired", totals.get_expired);
  rows.number("get_flushed", totals.get_flushed);
  rows.number("delete_misses", totals.delete_misses);
  rows.number("delete_hits", classes.delete_hits);
  rows.number("incr_misses", totals.incr_misses);
  rows.number("incr_hits", classes.incr_hits);
  rows.number("decr_misses", totals.decr_misses);
  rows.number("decr_hits", classes.decr_hits);
  rows.number("cas_misses", totals.cas_misses);
  rows.number("cas_hits", classes.cas_hits);
  rows.number("cas_badval", classes.cas_bad_values);
  rows.number("touch_hits", classes.all_touch_hits());
  rows.number("touch_misses", totals.all_touch_misses());
  rows.number("store_too_large", totals.store_too_large);
  rows.number("store_no_memory", totals.store_no_memory);
  rows.number("auth_cmds", totals.auth_commands);
  rows.number("auth_errors", totals.auth_errors);
}

void write_service(StatWriter& rows, const AdminContext& context, const StatsTotals& totals) {
  const slab::Index& index = context.store.inspect().index();
  if (context.options.idle_timeout_seconds != 0) rows.number("idle_kicks", totals.idle_kicks);
  rows.number("bytes_read", totals.bytes_read);
  rows.number("bytes_written", totals.bytes_written);
  rows.number("limit_maxbytes", context.store.inspect().budget().limit());
  rows.number("accepting_conns", totals.accepts.is_accepting ? 1u : 0u);
  rows.number("listen_disabled_num", totals.accepts.listen_disabled_count);
  rows.number("time_in_listen_disabled_us", totals.accepts.listen_disabled_us);
  rows.number("threads", static_cast<uint32_t>(context.options.worker_count));
  rows.number("conn_yields", totals.connection_yields);
  const auto power = std::bit_width(index.bucket_count() * kItemsPerBucket) - 1;
  rows.number("hash_power_level", static_cast<uint32_t>(power));
  rows.number("hash_bytes", index.memory_bytes());
  rows.zero("hash_is_expanding");
}

// The rows of threads that exist in memcached; options turn them off one by one.
void write_background_work(StatWriter& rows, const TuningOptions& options, const Crawler& crawler,
                           const ClassTotals& classes) {
  if (options.reassigns_slabs) {
    for (const char* name : {"rescues", "chunk_rescues", "inline_reclaim", "busy_items",
                             "busy_deletes", "busy_nomem"}) {
      rows.zero(std::string("slab_reassign_") + name);
    }
    rows.text("slab_reassign_last_busy_status", "none");
    rows.zero("slab_reassign_running");
    rows.number("slabs_moved", classes.pages_moved);
  }
  if (options.has_lru_crawler) {
    rows.number("lru_crawler_running", crawler.is_running() ? 1u : 0u);
    rows.number("lru_crawler_starts", crawler.start_count());
  }
  if (options.has_lru_maintainer) rows.zero("lru_maintainer_juggles");
  rows.zero("malloc_fails");
}

void write_logs(StatWriter& rows, const WatchTotals& totals) {
  rows.number("log_worker_dropped", totals.worker_dropped);
  rows.number("log_worker_written", totals.worker_written);
  rows.number("log_watcher_skipped", totals.watcher_skipped);
  rows.number("log_watcher_sent", totals.watcher_sent);
  rows.number("log_watchers", totals.watcher_count);
}

void write_tls(StatWriter& rows, const AdminContext& context, const StatsTotals& totals,
               base::Time now) {
  if (context.tls == nullptr) return;
  if (context.options.has_tls_session_cache) {
    rows.number("ssl_new_sessions", totals.tls_new_sessions);
  }
  rows.number("ssl_handshake_errors", totals.tls_handshake_errors);
  rows.number("ssl_proto_errors", totals.tls_protocol_errors);
  rows.number("time_since_server_cert_refresh", now - std::min(now, context.tls->loaded_at()));
}

void write_items(StatWriter& rows, const AdminContext& context, const StatsTotals& totals,
                 const ClassTotals& classes) {
  const bool has_lists = context.options.has_lru_maintainer;
  uint64_t bytes = 0;
  uint64_t items = 0;
  for (size_t i = 1; i <= context.store.classes().count(); ++i) {
    const auto id = static_cast<slab::ClassId>(i);
    bytes += context.store.inspect().level(id, &slab::ClassCounters::bytes);
    items += context.store.inspect().level(id, &slab::ClassCounters::items);
  }
  rows.number("bytes", bytes);
  rows.number("curr_items", items);
  rows.number("total_items", totals.items_stored);
  rows.number("slab_global_page_pool", context.store.inspect().pool().spare_count());
  rows.number("expired_unfetched", classes.expired_unfetched);
  rows.number("evicted_unfetched", classes.evicted_unfetched);
  if (has_lists) rows.zero("evicted_active");
  rows.number("evictions", classes.evicted);
  rows.number("reclaimed", classes.reclaimed);
  rows.number("crawler_reclaimed", classes.crawler_reclaimed);
  rows.number("crawler_items_checked", classes.crawler_items_checked);
  rows.zero("lrutail_reflocked");
  if (!has_lists) return;
  rows.zero("moves_to_cold");
  rows.zero("moves_to_warm");
  rows.zero("moves_within_lru");
  rows.number("direct_reclaims", classes.direct_reclaims);
  rows.zero("lru_bumps_dropped");
}

}  // namespace

// The names are ElastiCache's.
void StatsReporter::write_discovery(StatWriter& rows, const StatsTotals& totals) const {
  rows.number("cmd_config_get", totals.config_get_commands);
  rows.number("cmd_config_set", totals.config_set_commands);
  rows.number("curr_config", context_.discovery.entry_count());
}

void StatsReporter::general(base::Time now, const Style& style, Outbox& out) {
  const WorkerOptions& options = context_.options;
  const StatsTotals totals = totals_since_reset();
  const ClassTotals classes = totals.of_all_classes();
  const size_t connections = connection_count();
  StatWriter rows(out.bytes(), style);
  write_process(rows, context_, now);
  rows.number("max_connections", static_cast<uint32_t>(options.connection_count_max));
  rows.number("curr_connections", connections);
  rows.number("total_connections", totals.accepts.total_connections);
  if (options.refuses_excess_connections) {
    rows.number("rejected_connections", totals.accepts.rejected_connections);
  }
  rows.number("connection_structures", connections + context_.listening_sockets().size());
  write_buffers(rows, context_);
  write_commands(rows, totals, classes);
  write_service(rows, context_, totals);
  write_background_work(rows, state_.live_options.get(), state_.crawler, classes);
  write_logs(rows, totals.logs);
  write_tls(rows, context_, totals, now);
  rows.zero("unexpected_napi_ids");
  rows.zero("round_robin_fallback");
  write_items(rows, context_, totals, classes);
  if (context_.discovery.map().is_configured()) write_discovery(rows, totals);
}

}  // namespace larder::server
