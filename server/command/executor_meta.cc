// The meta commands.
#include "base/assertions.h"
#include "base/base64.h"
#include "protocol/decimal.h"
#include "protocol/encode.h"
#include "server/command/executor.h"
#include "server/support/exptime.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::MetaItem;
using protocol::MetaStatus;

constexpr uint16_t kRemovalStreams =
    protocol::watch::kFetchers | protocol::watch::kMutations | protocol::watch::kDeletions;

// What the client sees of an item's expiry.
void show_exptime(base::Time exptime, base::Time now, MetaItem* shown) {
  shown->never_expires = exptime == 0;
  shown->seconds_left = exptime > now ? exptime - now : 0;
}

MetaItem shown_of(const slab::ItemView& view, base::Time now, bool is_asked_for) {
  if (!is_asked_for) {  // but for what is shown unasked
    return {.has_sent_token = view.has(slab::trait::kTokenSent),
            .is_stale = view.has(slab::trait::kStale)};
  }
  MetaItem shown{.key = view.key(),
                 .key_is_binary = view.has(slab::trait::kKeyIsBinary),
                 .was_fetched = view.was_fetched(),
                 .has_sent_token = view.has(slab::trait::kTokenSent),
                 .is_stale = view.has(slab::trait::kStale),
                 .seconds_since_access = view.seconds_since_access,
                 .client_flags = view.flags(),
                 .value_size = view.value_size(),
                 .cas = view.cas()};
  show_exptime(view.exptime(), now, &shown);
  return shown;
}

MetaStatus status_of(slab::WriteOutcome outcome) {
  switch (outcome) {
    case slab::WriteOutcome::Stored: return MetaStatus::Done;
    case slab::WriteOutcome::NotStored: return MetaStatus::NotStored;
    case slab::WriteOutcome::Exists: return MetaStatus::Exists;
    case slab::WriteOutcome::NotFound: return MetaStatus::NotFound;
    case slab::WriteOutcome::OutOfMemory: break;
  }
  UNREACHABLE();
}

}  // namespace

std::string_view Executor::decoded_key(std::string_view key) noexcept {
  return {decoded_key_, base::decode_base64(key, decoded_key_)};
}

Progress Executor::run(const protocol::Noop&, const Style& style, Outbox& out) {
  if (style.dialect == protocol::Dialect::Binary) {
    say_binary(protocol::BinaryStatus::Ok, 0, style, out);
  } else {
    protocol::encode_meta_noop(out.bytes());
  }
  return Progress::Done;
}

Progress Executor::run(const protocol::MetaGet& get, const Style& style, Outbox& out) {
  const slab::Key key(plain_key(get.key, style), hash_);
  slab::ReadOutcome outcome;
  if (get.creates && !admin_.discovery().reserves(key.bytes)) {
    if (watch_writer_.wants(protocol::watch::kFetchers)) {
      look_up(key);
      tell_found(key.bytes);
    }
    outcome = store_.read_or_create(
        cache_, key, {.cas = get.new_cas, .key_is_binary = style.key_is_base64}, get.is_access,
        now_, [&](const slab::ItemView& view, bool is_new) {
          was_created_ = is_new;
          encode_meta_hit(get, style, view, is_new, out);
        });
  } else {
    const auto on_hit = [&](const slab::ItemView& view) {
      encode_meta_hit(get, style, view, false, out);
    };
    outcome = get.is_access ? store_.read(cache_, key, now_, on_hit)
                            : store_.peek(cache_, key, now_, on_hit);
  }
  if (outcome == slab::ReadOutcome::Hit) return Progress::Done;
  if (key.bytes == Discovery::kClusterKey && show_cluster(get, style, out)) return Progress::Done;
  counters_.get_misses.add();
  if (outcome == slab::ReadOutcome::Expired) counters_.get_expired.add();
  if (outcome == slab::ReadOutcome::Flushed) counters_.get_flushed.add();
  if (!get.creates) tell_miss(key.bytes, outcome);
  if (!style.quiet) {
    protocol::encode_meta_without_item(MetaStatus::Miss, key.bytes, style, out.bytes());
  }
  return Progress::Done;
}

// Under the bucket's lock.  The flags that look at the exptime or change it do so in the client's
// order: `t T30` shows the old one, `T30 t` the new one.
void Executor::encode_meta_hit(const protocol::MetaGet& get, const Style& style,
                               const slab::ItemView& view, bool is_new, Outbox& out) {
  count_hit(view.class_id(), get.touches, is_new);
  if (!get.creates) tell_hit(view.key(), view);
  MetaItem shown = shown_of(view, now_, style.asked.count > 0);
  if (get.touches || get.creates || get.recaches) {
    base::Time exptime = view.exptime();
    for (const char letter : style.asked) {
      if (letter == 'T') exptime = moment_of(get.exptime, clock_, now_);
      if (letter == 'N' && is_new) {
        exptime = moment_of(get.creation_exptime, clock_, now_);
        shown.wins = true;
      }
      if (letter == 'R' && !is_new && !shown.has_sent_token && exptime != 0 &&
          exptime < moment_of(get.recache_exptime, clock_, now_)) {
        shown.wins = true;
      }
      if (letter == 't') show_exptime(exptime, now_, &shown);
    }
    view.set_exptime(exptime);
  }
  if (shown.is_stale && !shown.has_sent_token) shown.wins = true;
  if (shown.wins) view.mark_token_sent();

  const bool is_known = get.known_cas && *get.known_cas == view.cas();
  if (!get.wants_value || is_known) {
    protocol::encode_meta(MetaStatus::Done, shown, style, out.bytes());
  } else if (!view.is_large()) {
    protocol::encode_meta_value(view.value(), shown, style, out.bytes());
  } else {
    protocol::encode_meta_value_head(view.value_size(), shown, style, out.bytes());
    append_large_value(view, out);
    out.bytes().append("\r\n");
  }
}

void Executor::answer_meta(slab::WriteOutcome outcome, const slab::Written& written,
                           std::string_view key, const Style& style, Outbox& out) {
  if (outcome == slab::WriteOutcome::Stored && style.quiet) return;
  protocol::encode_meta(status_of(outcome),
                        {.key = key,
                         .key_is_binary = style.key_is_base64,
                         .value_size = written.value_size,
                         .cas = written.cas},
                        style, out.bytes());
}

Progress Executor::run(const protocol::MetaRemove& remove, const Style& style, Outbox& out) {
  const slab::Key key(plain_key(remove.key, style), hash_);
  slab::Removal removal{.cas = remove.cas,
                        .invalidates = remove.invalidates,
                        .empties = remove.empties,
                        .flags = remove.flags,
                        .new_cas = remove.new_cas};
  if (remove.exptime) removal.exptime = moment_of(*remove.exptime, clock_, now_);
  slab::ClassId class_id = slab::kNoClass;
  MetaStatus status = MetaStatus::Done;
  const bool is_watched = watch_writer_.wants(kRemovalStreams);
  if (is_watched) look_up(key);
  const slab::RemoveOutcome outcome = store_.remove(cache_, key, removal, now_, &class_id);
  if (is_watched) {
    tell_meta_removal(remove, key.bytes, outcome == slab::RemoveOutcome::Removed);
  }
  switch (outcome) {
    case slab::RemoveOutcome::Removed:
      if (!remove.invalidates) counters_.classes[class_id].delete_hits.add();
      if (style.quiet) return Progress::Done;
      break;
    case slab::RemoveOutcome::NotFound:
      counters_.delete_misses.add();
      status = MetaStatus::NotFound;
      break;
    case slab::RemoveOutcome::Exists:
      counters_.delete_misses.add();
      status = MetaStatus::Exists;
      break;
    case slab::RemoveOutcome::OutOfMemory:
      complain(Complaint::OutOfMemory, style, out);
      return Progress::Done;
  }
  protocol::encode_meta_without_item(status, key.bytes, style, out.bytes());
  return Progress::Done;
}

Progress Executor::run(const protocol::MetaArithmetic& arithmetic, const Style& style,
                       Outbox& out) {
  const slab::Key key(plain_key(arithmetic.key, style), hash_);
  if (arithmetic.creates && admin_.discovery().reserves(key.bytes)) {
    return conclude(Complaint::ClusterKeyReserved, style, out);
  }
  slab::ArithmeticHead head{.delta = arithmetic.delta,
                            .decrements = arithmetic.decrements,
                            .key_is_binary = style.key_is_base64,
                            .cas = arithmetic.cas,
                            .new_cas = arithmetic.new_cas};
  if (arithmetic.touches) head.exptime = moment_of(arithmetic.exptime, clock_, now_);
  if (arithmetic.creates) head.initial = arithmetic.initial;
  for (const char letter : style.asked) {  // the last one counts
    if (letter == 'T') head.creation_exptime = moment_of(arithmetic.exptime, clock_, now_);
    if (letter == 'N') head.creation_exptime = moment_of(arithmetic.creation_exptime, clock_, now_);
  }
  slab::Counted counted;
  switch (add(key, head, &counted)) {
    case slab::ArithmeticOutcome::Done:
      answer_counted(arithmetic, counted, key.bytes, style, out);
      break;
    case slab::ArithmeticOutcome::NotFound:
      (head.decrements ? counters_.decr_misses : counters_.incr_misses).add();
      protocol::encode_meta_without_item(MetaStatus::NotFound, key.bytes, style, out.bytes());
      break;
    case slab::ArithmeticOutcome::Exists:
      protocol::encode_meta_without_item(MetaStatus::Exists, key.bytes, style, out.bytes());
      break;
    case slab::ArithmeticOutcome::NotANumber: complain(Complaint::NotANumber, style, out); break;
    case slab::ArithmeticOutcome::OutOfMemory:
      complain(counted.is_new ? Complaint::OutOfMemoryCreating : Complaint::OutOfMemory, style,
               out);
      break;
  }
  return Progress::Done;
}

void Executor::answer_counted(const protocol::MetaArithmetic& arithmetic,
                              const slab::Counted& counted, std::string_view key,
                              const Style& style, Outbox& out) {
  if (!counted.is_new) {
    ClassTraffic& traffic = counters_.classes[counted.class_id];
    (arithmetic.decrements ? traffic.decr_hits : traffic.incr_hits).add();
  }
  if (style.quiet) return;
  MetaItem shown{.key = key, .key_is_binary = style.key_is_base64, .cas = counted.cas};
  base::Time exptime = counted.exptime_before;
  for (const char letter : style.asked) {
    if (letter == 'T') exptime = moment_of(arithmetic.exptime, clock_, now_);
    if (letter == 'N' && counted.is_new) {
      exptime = moment_of(arithmetic.creation_exptime, clock_, now_);
    }
    if (letter == 't') show_exptime(exptime, now_, &shown);
  }
  if (!arithmetic.wants_value) {
    return protocol::encode_meta(MetaStatus::Done, shown, style, out.bytes());
  }
  char digits[protocol::kDecimal64SizeMax];
  const char* const end = protocol::write_decimal(digits, counted.number);
  protocol::encode_meta_value({digits, static_cast<size_t>(end - digits)}, shown, style,
                              out.bytes());
}

Progress Executor::run(const protocol::MetaDebug& debug, const Style& style, Outbox& out) {
  counters_.meta_debug_commands.add();
  const slab::Key key(plain_key(debug.key, style), hash_);
  const auto on_hit = [&](const slab::ItemView& view) {
    tell_hit(key.bytes, view);
    const base::Time exptime = view.exptime();
    const bool has_cas = view.has(slab::trait::kHasCas);
    protocol::encode_meta_debug({.key = view.key(),
                                 .key_is_binary = view.has(slab::trait::kKeyIsBinary),
                                 .was_fetched = view.was_fetched(),
                                 .seconds_left = exptime == 0 ? -1 : int64_t{exptime} - now_,
                                 .seconds_since_access = view.seconds_since_access,
                                 .cas = view.cas(),
                                 .class_id = store_.shown_classes().id_of(view.class_id()),
                                 .size = slab::Store::accounted_size(
                                     view.key().size(), view.flags(), view.value_size(), has_cas)},
                                out.bytes());
  };
  const slab::ReadOutcome outcome = store_.peek(cache_, key, now_, on_hit);
  if (outcome == slab::ReadOutcome::Hit) return Progress::Done;
  if (outcome == slab::ReadOutcome::Expired) counters_.get_expired.add();
  if (outcome == slab::ReadOutcome::Flushed) counters_.get_flushed.add();
  tell_miss(key.bytes, outcome);
  protocol::encode_meta_without_item(MetaStatus::Miss, key.bytes, {}, out.bytes());
  return Progress::Done;
}

}  // namespace larder::server
