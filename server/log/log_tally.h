// Logs events that are reported as sums: refused connections and writes, moved pages.  The control
// thread compares the counters of other threads with what was logged.  It logs a first change at
// once, and further changes as one sum after an interval.
//
// Threads: one owner, the control thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/log/log.h"
#include "slab/observer.h"
#include "slab/shown_classes.h"

namespace larder::server {

class LogTally final : public slab::Observer {
 public:
  static constexpr int64_t kEpisodeSeconds = 10;
  static constexpr int64_t kPagesSeconds = 1;

  // Totals since the start of the process.
  struct Figures {
    uint64_t refused_connections = 0;
    uint64_t accepting_pauses = 0;
    uint64_t writes_without_memory = 0;
    uint64_t tls_failures = 0;
    uint64_t dropped_lines = 0;
  };

  // Both outlive it.  Class ids are logged as `shown_classes` says.
  LogTally(Log& log, const slab::ShownClasses& shown_classes)
      : log_(log), shown_classes_(shown_classes) {}

  void look(const Figures& figures, int64_t monotonic_us);

  // The observer to install in the store: this object if moved pages are logged (it forwards to
  // `watching`), otherwise `watching`, which may be null.  Valid as long as `watching`.
  slab::Observer* observer(slab::Observer* watching) noexcept;

  // slab::Observer
  void evicted(const slab::Evicted& item) noexcept override;
  void page_moved(slab::ClassId from, slab::ClassId to, bool is_done) noexcept override;

 private:
  struct Row;
  static const Row kRows[];
  static constexpr size_t kRowCount = 5;
  static constexpr size_t kMovesMax = 16;

  struct Episode {
    uint64_t told = 0;
    int64_t quiet_until_us = 0;
  };
  struct Move {
    slab::ClassId from;
    slab::ClassId to;
    uint64_t pages;
    uint64_t failures;  // moves that found no page
  };

  void tell_moves() noexcept;

  Log& log_;
  const slab::ShownClasses& shown_classes_;
  slab::Observer* watching_ = nullptr;
  std::array<Episode, kRowCount> episodes_{};
  std::array<Move, kMovesMax> moves_{};
  size_t move_count_ = 0;
  int64_t moves_quiet_until_us_ = 0;
};

}  // namespace larder::server
