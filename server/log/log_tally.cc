#include "server/log/log_tally.h"

#include <iterator>

namespace larder::server {

struct LogTally::Row {
  uint64_t Figures::*figure;
  LogEvent event;
  std::string_view message;
};

const LogTally::Row LogTally::kRows[] = {
    {&Figures::refused_connections, LogEvent::ConnectionLimit,
     "Connection limit reached; connections were refused."},
    {&Figures::accepting_pauses, LogEvent::AcceptingPaused,
     "Accepting paused until a connection closes."},
    {&Figures::writes_without_memory, LogEvent::OutOfMemory, "Writes failed: out of memory."},
    {&Figures::tls_failures, LogEvent::TlsFailed, "TLS connections failed."},
    {&Figures::dropped_lines, LogEvent::LogOverrun, "Log lines were lost."},
};

void LogTally::look(const Figures& figures, int64_t now_us) {
  static_assert(std::size(kRows) == kRowCount);
  for (size_t i = 0; i < kRowCount; ++i) {
    const Row& row = kRows[i];
    Episode& episode = episodes_[i];
    const uint64_t total = figures.*row.figure;
    if (total == episode.told || now_us < episode.quiet_until_us) continue;
    log_.tell(row.event, row.message,
              [&](LogLine& line) { line.number("count", total - episode.told); });
    episode = {total, now_us + kEpisodeSeconds * 1'000'000};
  }
  log_.tell_suppressed(now_us * 1000);
  if (move_count_ == 0 || now_us < moves_quiet_until_us_) return;
  tell_moves();
  moves_quiet_until_us_ = now_us + kPagesSeconds * 1'000'000;
}

slab::Observer* LogTally::observer(slab::Observer* watching) noexcept {
  watching_ = watching;
  return log_.wants(LogEvent::PagesMoved) ? this : watching;
}

void LogTally::evicted(const slab::Evicted& item) noexcept {
  if (watching_ != nullptr) watching_->evicted(item);
}

void LogTally::page_moved(slab::ClassId from, slab::ClassId to, bool is_done) noexcept {
  if (watching_ != nullptr) watching_->page_moved(from, to, is_done);
  size_t i = 0;
  while (i < move_count_ && (moves_[i].from != from || moves_[i].to != to)) ++i;
  if (i == kMovesMax) {
    tell_moves();
    i = 0;
  }
  if (i == move_count_) moves_[move_count_++] = {from, to, 0, 0};
  ++(is_done ? moves_[i].pages : moves_[i].failures);
}

void LogTally::tell_moves() noexcept {
  for (size_t i = 0; i < move_count_; ++i) {
    const Move& move = moves_[i];
    log_.tell(LogEvent::PagesMoved, "Pages moved to another slab class.", [&](LogLine& line) {
      line.number("from", shown_classes_.id_of(move.from));
      line.number("to", shown_classes_.id_of(move.to));
      line.number("pages", move.pages);
      line.number("failures", move.failures);
    });
  }
  move_count_ = 0;
}

}  // namespace larder::server
