// All that the commands `stats`, `stats items`, `stats slabs`, `stats settings` and `stats larder`
// say at one moment, taken apart, and what they only say in sums: figures of workers and classes.
//
// The rows are those of the commands' own answers, so whoever shows them cannot say anything else.
//
// Threads: plain values; Admin::snapshot() may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/insight/hot_keys.h"
#include "server/insight/miss_ratio_curve.h"
#include "server/support/latency.h"
#include "server/support/worker_counters.h"

namespace larder::server {

struct StatRow {
  std::string name;
  std::string value;
};

class StatRows {
 public:
  void add(std::string_view name, std::string_view value) {
    rows_.push_back({std::string(name), std::string(value)});
  }
  // Null if there is no such row; good until a row is added.
  const std::string* find(std::string_view name) const;

  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

 private:
  std::vector<StatRow> rows_;
};

// Of the size classes that share a shown id; names without what the commands put before them.
struct ClassRows {
  uint32_t id = 0;
  StatRows rows = {};
};

// Since the start of the process: `stats reset` leaves them alone.
struct WorkerFigures {
  uint64_t connections = 0;  // now
  uint64_t lookup_hits = 0;
  uint64_t lookup_misses = 0;
  uint64_t sets = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t yields = 0;
  uint64_t backlog_bytes = 0;   // now
  uint64_t tls_handshakes = 0;  // that have not ended
};
WorkerFigures figures_of(const WorkerCounters& counters, size_t connection_count);

// What balancing goes by; since the start of the process.
struct ClassBalance {
  uint32_t id = 0;
  uint64_t ghosts = 0;
  uint64_t ghost_hits = 0;
  uint64_t pages_moved = 0;
};

struct ClassSets {
  uint64_t plain = 0;       // that name no CAS id
  uint64_t cas_misses = 0;  // that name one, and found no item
};

struct StatsSnapshot {
  int64_t started_at_unix = 0;
  StatRows general = {};
  StatRows settings = {};
  StatRows larder = {};
  StatRows slab_totals = {};  // what `stats slabs` says of all classes
  std::vector<ClassRows> items = {};
  std::vector<ClassRows> slabs = {};
  std::vector<WorkerFigures> workers = {};  // by number
  std::vector<ClassBalance> balance = {};   // of classes that have counted anything
  std::vector<ClassSets> sets = {};         // by shown class id
  uint64_t items_evicted_by_moves = 0;
  std::optional<Latencies> latencies = {};  // since the start; none with -o no_latency
  bool counts_hot_keys = false;
  std::vector<HotKey> hot_keys = {};  // most asked for first
  CurveReport curve = {};
};

// The rows of a whole text answer, "STAT <name> <value>\r\n" each.
StatRows rows_of_answer(std::string_view answer);

// Takes rows whose names begin with "<prefix><class id>:" out of `rows`; what is left goes to
// *others, if that is not null.
std::vector<ClassRows> rows_by_class(const StatRows& rows, std::string_view prefix,
                                     StatRows* others);

}  // namespace larder::server
