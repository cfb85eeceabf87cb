// Reports requests to watchers: like upstream, every lookup of an item, including the one before a
// write or a removal.
//
// This extra lookup is made only while there are watchers, and not under the lock of the change
// that follows: another client may change the item in between.
//
// Threads: one owner, the worker.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "protocol/meta_commands.h"
#include "protocol/watch_streams.h"
#include "server/log/watch_writer.h"
#include "slab/store.h"

namespace larder::server {

class WatchTeller {
 public:
  // All arguments must outlive it.
  WatchTeller(slab::Store& store, slab::ThreadCache& cache, const base::Clock& clock,
              Watchers& watchers)
      : store_(store), cache_(cache), clock_(clock), writer_(watchers, store.shown_classes()) {}

  void begin_turn() noexcept {
    writer_.begin_turn();
    cache_.observer = writer_.observer();
  }

  WatchWriter& writer() noexcept { return writer_; }
  bool wants(uint16_t streams) const noexcept { return writer_.wants(streams); }

  // These two may be called without watchers.
  void tell_hit(std::string_view key, const slab::ItemView& view) noexcept {
    if (wants(protocol::watch::kFetchers)) writer_.fetched(key, found_of(view));
  }
  void tell_miss(std::string_view key, slab::ReadOutcome outcome) noexcept {
    if (wants(protocol::watch::kFetchers)) writer_.fetched(key, {.outcome = outcome});
  }

  // Precondition: there are watchers.  look_up() is called before the change; the other functions
  // are called after it and report the outcome of look_up() first.
  void look_up(const slab::Key& key, base::Time now);
  void tell_found(std::string_view key) noexcept;
  void look_up_and_tell(const slab::Key& key, base::Time now) {
    look_up(key, now);
    tell_found(key.bytes);
  }
  // A write that failed for lack of memory is reported by tell_refused_write().
  void tell_write(slab::WriteOutcome outcome, const slab::WriteHead& head,
                  const slab::Written& written, slab::ClassId class_id, std::string_view key,
                  base::Time now) noexcept;
  void tell_removal(std::string_view key, bool is_removed) noexcept;
  void tell_meta_removal(const protocol::MetaRemove& remove, std::string_view key, bool is_removed,
                         base::Time now) noexcept;
  void tell_created(std::string_view key, const slab::ArithmeticHead& head,
                    base::Time now) noexcept;

  // May be called without watchers.
  void tell_refused_write(std::string_view key, StoreStatus status, slab::WriteMode mode) noexcept {
    if (wants(protocol::watch::kMutations)) {
      writer_.stored(key, status, mode, slab::kNoClass, 0, 0);
    }
  }

 private:
  static FoundItem found_of(const slab::ItemView& view) noexcept;

  slab::Store& store_;
  slab::ThreadCache& cache_;
  const base::Clock& clock_;
  WatchWriter writer_;
  FoundItem found_;  // the result of look_up()
};

}  // namespace larder::server
