#include "server/command/watch_teller.h"

#include <charconv>

#include "server/support/exptime.h"

namespace larder::server {
namespace {

using protocol::watch::kDeletions;
using protocol::watch::kFetchers;
using protocol::watch::kMutations;

constexpr size_t kDigitsMax = 20;

StoreStatus status_of(slab::WriteOutcome outcome) {
  switch (outcome) {
    case slab::WriteOutcome::Stored: return StoreStatus::Stored;
    case slab::WriteOutcome::NotStored: return StoreStatus::NotStored;
    case slab::WriteOutcome::Exists: return StoreStatus::Exists;
    case slab::WriteOutcome::NotFound: return StoreStatus::NotFound;
    case slab::WriteOutcome::OutOfMemory: break;
  }
  return StoreStatus::NoMemory;
}

uint32_t digit_count(uint64_t number) {
  char digits[kDigitsMax];
  return static_cast<uint32_t>(std::to_chars(digits, digits + kDigitsMax, number).ptr - digits);
}

int64_t seconds_until(base::Time now, base::Time exptime) {
  return exptime == 0 ? 0 : int64_t{exptime} - now;
}

}  // namespace

FoundItem WatchTeller::found_of(const slab::ItemView& view) noexcept {
  return {.outcome = slab::ReadOutcome::Hit,
          .class_id = view.class_id(),
          .value_size = view.value_size(),
          .flags = view.flags(),
          .exptime = view.exptime(),
          .cas = view.cas()};
}

void WatchTeller::look_up(const slab::Key& key, base::Time now) {
  found_ = {};
  found_.outcome =
      store_.peek(cache_, key, now, [&](const slab::ItemView& view) { found_ = found_of(view); });
}

void WatchTeller::tell_found(std::string_view key) noexcept {
  if (wants(kFetchers)) writer_.fetched(key, found_);
}

void WatchTeller::tell_write(slab::WriteOutcome outcome, const slab::WriteHead& head,
                             const slab::Written& written, slab::ClassId class_id,
                             std::string_view key, base::Time now) noexcept {
  if (outcome == slab::WriteOutcome::OutOfMemory) return;
  tell_found(key);
  if (!wants(kMutations)) return;
  const bool has_old =
      outcome == slab::WriteOutcome::Stored && found_.outcome == slab::ReadOutcome::Hit;
  const bool joins =
      has_old && (head.mode == slab::WriteMode::Append || head.mode == slab::WriteMode::Prepend);
  const bool is_stale = has_old && head.may_be_stale && head.cas < found_.cas;
  if (joins) class_id = store_.sizes().class_of(key.size(), found_.flags, written.value_size);
  writer_.stored(key, status_of(outcome), head.mode, class_id, written.value_size,
                 seconds_until(now, joins || is_stale ? found_.exptime : head.exptime));
}

void WatchTeller::tell_removal(std::string_view key, bool is_removed) noexcept {
  tell_found(key);
  if (!is_removed || !wants(kDeletions)) return;
  writer_.deleted(key, false, found_.class_id, found_.value_size);
}

// Emptying an item sets an empty one; a deletion of it afterwards reports the empty item.
void WatchTeller::tell_meta_removal(const protocol::MetaRemove& remove, std::string_view key,
                                    bool is_removed, base::Time now) noexcept {
  tell_found(key);
  if (!is_removed) return;
  if (remove.empties) {
    tell_found(key);
    found_.class_id = store_.sizes().class_of(key.size(), remove.flags, 0);
    found_.value_size = 0;
    const base::Time exptime = remove.exptime ? moment_of(*remove.exptime, clock_, now) : 0;
    if (wants(kMutations)) {
      writer_.stored(key, StoreStatus::Stored, slab::WriteMode::Set, found_.class_id, 0,
                     seconds_until(now, exptime));
    }
  }
  if (remove.invalidates || !wants(kDeletions)) return;
  writer_.deleted(key, true, found_.class_id, found_.value_size);
}

// A counter that is created is looked up again.
void WatchTeller::tell_created(std::string_view key, const slab::ArithmeticHead& head,
                               base::Time now) noexcept {
  tell_found(key);
  if (!wants(kMutations)) return;
  const uint32_t size = digit_count(*head.initial);
  writer_.stored(key, StoreStatus::Stored, slab::WriteMode::Add,
                 store_.sizes().class_of(key.size(), 0, size), size,
                 seconds_until(now, head.creation_exptime));
}

}  // namespace larder::server
