// A snapshot of `stats`, `stats items`, `stats slabs`, `stats settings` and `stats larder` as rows,
// and of the figures per worker and class that those commands show only as sums.
//
// The rows are parsed from the replies of the commands, so all outputs are consistent.
//
// Threads: plain values; StatsReporter::snapshot() may be called from any thread.
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
  // Null if there is no such row; valid until a row is added.
  const std::string* find(std::string_view name) const;

  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

 private:
  std::vector<StatRow> rows_;
};

// The rows of the size classes that share a shown id; names without the prefix of the command.
struct ClassRows {
  uint32_t id = 0;
  StatRows rows = {};
};

// Counted from the start of the process; `stats reset` does not reset them.
struct WorkerFigures {
  uint64_t connections = 0;  // current number
  uint64_t lookup_hits = 0;
  uint64_t lookup_misses = 0;
  uint64_t sets = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t yields = 0;
  uint64_t backlog_bytes = 0;   // current
  uint64_t tls_handshakes = 0;  // unfinished
};
WorkerFigures figures_of(const WorkerCounters& counters, size_t connection_count);

// The input of balancing, counted from the start of the process.
struct ClassBalance {
  uint32_t id = 0;
  uint64_t ghosts = 0;
  uint64_t ghost_hits = 0;
  uint64_t pages_moved = 0;
};

struct ClassSets {
  uint64_t plain = 0;       // without a CAS id
  uint64_t cas_misses = 0;  // with a CAS id, and no item was found
};

struct StatsSnapshot {
  int64_t started_at_unix = 0;
  StatRows general = {};
  StatRows settings = {};
  StatRows larder = {};
  StatRows slab_totals = {};  // the rows of `stats slabs` for all classes
  std::vector<ClassRows> items = {};
  std::vector<ClassRows> slabs = {};
  std::vector<WorkerFigures> workers = {};  // by number
  std::vector<ClassBalance> balance = {};   // of classes with nonzero figures
  std::vector<ClassSets> sets = {};         // by shown class id
  uint64_t items_evicted_by_moves = 0;
  std::optional<Latencies> latencies = {};  // since the start; none with -o no_latency
  bool counts_hot_keys = false;
  std::vector<HotKey> hot_keys = {};  // the most requested first
  CurveReport curve = {};
};

// The rows of a complete text reply, "STAT <name> <value>\r\n" each.
StatRows rows_of_answer(std::string_view answer);

// Extracts the rows whose names begin with "<prefix><class id>:"; the others go to *others, if that
// is not null.
std::vector<ClassRows> rows_by_class(const StatRows& rows, std::string_view prefix,
                                     StatRows* others);

}  // namespace larder::server
