// State and functions that a worker's commands share: the store and related objects, the current
// request, and common operations.
//
// Threads: one owner, the worker.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/clock.h"
#include "protocol/reply_style.h"
#include "server/admin/admin.h"
#include "server/command/insight_notes.h"
#include "server/command/watch_teller.h"
#include "server/log/requester.h"
#include "server/net/client.h"
#include "server/net/outbox.h"
#include "server/support/exptime.h"
#include "server/support/worker_counters.h"
#include "slab/store.h"

namespace larder::server {

struct CommandContext {
  slab::Store& store;
  slab::ThreadCache& cache;
  WorkerCounters& counters;
  const base::Clock& clock;
  Admin& admin;
  WatchTeller watch_teller;
  InsightNotes insight;

  base::Time now = 0;  // the time of the turn
  const Client* client = nullptr;
  uint64_t hash = 0;            // of the current request's first key
  std::string_view value = {};  // of the current request, including the terminator
  char decoded_key[slab::kKeySizeMax] = {};

  // The decoded key: the key of the request itself, or the bytes that its base64 encodes; the
  // latter are valid until the next call.
  std::string_view plain_key(std::string_view key, const protocol::ReplyStyle& style) noexcept {
    if (!style.key_is_base64) return key;
    return {decoded_key, base::decode_base64(key, decoded_key)};
  }

  // For the log.
  Requester requester(const protocol::ReplyStyle& style) const { return {client, style.dialect}; }

  base::Time moment_of(int64_t exptime) const { return server::moment_of(exptime, clock, now); }

  // Removes the terminator from the value.  False if the terminator is wrong.
  bool trim_value(const protocol::ReplyStyle& style) noexcept {
    const size_t size = protocol::terminator_size(style);
    if (size != 0 && !value.ends_with("\r\n")) return false;
    value.remove_suffix(size);
    return true;
  }

  // `touches`: the get also changes the exptime.  `is_new`: the get has created the item.
  void count_hit(slab::ClassId class_id, bool touches, bool is_new) {
    if (touches || is_new) [[unlikely]] {
      ClassRareTraffic& rare = counters.rare[class_id];
      (!touches ? rare.created_gets : is_new ? rare.created_touched : rare.touching_gets).add();
    } else {
      counters.classes[class_id].get_hits.add();
    }
  }
  void count_dead(slab::ReadOutcome outcome) {
    if (outcome == slab::ReadOutcome::Expired) counters.get_expired.add();
    if (outcome == slab::ReadOutcome::Flushed) counters.get_flushed.add();
  }
  void count_arithmetic_miss(bool decrements) {
    (decrements ? counters.decr_misses : counters.incr_misses).add();
  }
  void count_arithmetic_hit(slab::ClassId class_id, bool decrements) {
    ClassTraffic& traffic = counters.classes[class_id];
    (decrements ? traffic.decr_hits : traffic.incr_hits).add();
  }

  // The value is sent from the item, without a copy.
  void append_large_value(const slab::ItemView& view, Outbox& out) {
    slab::ItemPin pin = store.pin(cache, view);
    pin.for_each_run([&](std::string_view run) { out.bytes().append_borrowed(run); });
    out.keep(std::move(pin));
  }

  // Calls the store's function and reports the event to watchers.
  slab::ArithmeticOutcome change_counter(const slab::Key& key, const slab::ArithmeticHead& head,
                                         slab::Counted* counted) {
    using namespace protocol::watch;
    const bool is_watched = watch_teller.wants(kFetchers | kMutations);
    if (is_watched) watch_teller.look_up_and_tell(key, now);
    const slab::ArithmeticOutcome outcome = store.change_counter(cache, key, head, now, counted);
    if (is_watched && counted->is_new && outcome == slab::ArithmeticOutcome::Done) {
      watch_teller.tell_created(key.bytes, head, now);
    }
    return outcome;
  }
};

}  // namespace larder::server
