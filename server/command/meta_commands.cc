#include "server/command/meta_commands.h"

#include "base/assertions.h"
#include "protocol/decimal.h"
#include "protocol/encode.h"
#include "server/command/answers.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::MetaItem;
using protocol::MetaStatus;

constexpr uint16_t kRemovalStreams =
    protocol::watch::kFetchers | protocol::watch::kMutations | protocol::watch::kDeletions;

// The expiry of an item as shown to the client.
void show_exptime(base::Time exptime, base::Time now, MetaItem* shown) {
  shown->never_expires = exptime == 0;
  shown->seconds_left = exptime > now ? exptime - now : 0;
}

MetaItem shown_of(const slab::ItemView& view, base::Time now, bool is_asked_for) {
  if (!is_asked_for) {  // except for the flags that are always shown
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

}  // namespace

Progress MetaCommands::run(const protocol::MetaGet& get, const Style& style, Outbox& out) {
  const slab::Key key(context_.plain_key(get.key, style), context_.hash);
  slab::ReadOutcome outcome;
  if (get.creates && !cluster_item_.reserves(key.bytes)) {
    if (context_.watch_teller.wants(protocol::watch::kFetchers)) {
      context_.watch_teller.look_up_and_tell(key, context_.now);
    }
    outcome = context_.store.read_or_create(
        context_.cache, key, {.cas = get.new_cas, .key_is_binary = style.key_is_base64},
        get.is_access, context_.now, [&](const slab::ItemView& view, bool is_new) {
          context_.insight.set_created(is_new);
          answer_hit(get, style, view, is_new, out);
        });
  } else {
    const auto on_hit = [&](const slab::ItemView& view) {
      answer_hit(get, style, view, false, out);
    };
    outcome = get.is_access ? context_.store.read(context_.cache, key, context_.now, on_hit)
                            : context_.store.peek(context_.cache, key, context_.now, on_hit);
  }
  if (outcome == slab::ReadOutcome::Hit) return Progress::Done;
  if (ClusterItem::is_named(key.bytes) && cluster_item_.answer(get, style, out))
    return Progress::Done;
  context_.counters.get_misses.add();
  context_.count_dead(outcome);
  if (!get.creates) context_.watch_teller.tell_miss(key.bytes, outcome);
  if (!style.quiet) {
    protocol::encode_meta_without_item(MetaStatus::Miss, key.bytes, style, out.bytes());
  }
  return Progress::Done;
}

// Called under the bucket's lock.  Flags that show or change the exptime take effect in the
// client's order: `t T30` shows the old exptime, `T30 t` the new one.
void MetaCommands::answer_hit(const protocol::MetaGet& get, const Style& style,
                              const slab::ItemView& view, bool is_new, Outbox& out) {
  context_.count_hit(view.class_id(), get.touches, is_new);
  if (!get.creates) context_.watch_teller.tell_hit(view.key(), view);
  MetaItem shown = shown_of(view, context_.now, style.asked.count > 0);
  if (get.touches || get.creates || get.recaches) {
    base::Time exptime = view.exptime();
    for (const char letter : style.asked) {
      if (letter == 'T') exptime = context_.moment_of(get.exptime);
      if (letter == 'N' && is_new) {
        exptime = context_.moment_of(get.creation_exptime);
        shown.wins = true;
      }
      if (letter == 'R' && !is_new && !shown.has_sent_token && exptime != 0 &&
          exptime < context_.moment_of(get.recache_exptime)) {
        shown.wins = true;
      }
      if (letter == 't') show_exptime(exptime, context_.now, &shown);
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
    context_.append_large_value(view, out);
    out.bytes().append("\r\n");
  }
}

Progress MetaCommands::run(const protocol::MetaRemove& remove, const Style& style, Outbox& out) {
  const slab::Key key(context_.plain_key(remove.key, style), context_.hash);
  slab::Removal removal{.cas = remove.cas,
                        .invalidates = remove.invalidates,
                        .empties = remove.empties,
                        .flags = remove.flags,
                        .new_cas = remove.new_cas};
  if (remove.exptime) removal.exptime = context_.moment_of(*remove.exptime);
  slab::ClassId class_id = slab::kNoClass;
  MetaStatus status = MetaStatus::Done;
  const bool is_watched = context_.watch_teller.wants(kRemovalStreams);
  if (is_watched) context_.watch_teller.look_up(key, context_.now);
  const slab::RemoveOutcome outcome =
      context_.store.remove(context_.cache, key, removal, context_.now, &class_id);
  if (is_watched) {
    context_.watch_teller.tell_meta_removal(remove, key.bytes,
                                            outcome == slab::RemoveOutcome::Removed, context_.now);
  }
  switch (outcome) {
    case slab::RemoveOutcome::Removed:
      if (!remove.invalidates) context_.counters.classes[class_id].delete_hits.add();
      if (style.quiet) return Progress::Done;
      break;
    case slab::RemoveOutcome::NotFound:
      context_.counters.delete_misses.add();
      status = MetaStatus::NotFound;
      break;
    case slab::RemoveOutcome::Exists:
      context_.counters.delete_misses.add();
      status = MetaStatus::Exists;
      break;
    case slab::RemoveOutcome::OutOfMemory:
      answer(Complaint::OutOfMemory, style, out);
      return Progress::Done;
  }
  protocol::encode_meta_without_item(status, key.bytes, style, out.bytes());
  return Progress::Done;
}

Progress MetaCommands::run(const protocol::MetaArithmetic& arithmetic, const Style& style,
                           Outbox& out) {
  const slab::Key key(context_.plain_key(arithmetic.key, style), context_.hash);
  if (arithmetic.creates && cluster_item_.reserves(key.bytes)) {
    return answer_outcome(Complaint::ClusterKeyReserved, style, out);
  }
  slab::ArithmeticHead head{.delta = arithmetic.delta,
                            .decrements = arithmetic.decrements,
                            .key_is_binary = style.key_is_base64,
                            .cas = arithmetic.cas,
                            .new_cas = arithmetic.new_cas};
  if (arithmetic.touches) head.exptime = context_.moment_of(arithmetic.exptime);
  if (arithmetic.creates) head.initial = arithmetic.initial;
  for (const char letter : style.asked) {  // the last one takes effect
    if (letter == 'T') head.creation_exptime = context_.moment_of(arithmetic.exptime);
    if (letter == 'N') head.creation_exptime = context_.moment_of(arithmetic.creation_exptime);
  }
  slab::Counted counted;
  switch (context_.change_counter(key, head, &counted)) {
    case slab::ArithmeticOutcome::Done:
      answer_counted(arithmetic, counted, key.bytes, style, out);
      break;
    case slab::ArithmeticOutcome::NotFound:
      context_.count_arithmetic_miss(head.decrements);
      protocol::encode_meta_without_item(MetaStatus::NotFound, key.bytes, style, out.bytes());
      break;
    case slab::ArithmeticOutcome::Exists:
      protocol::encode_meta_without_item(MetaStatus::Exists, key.bytes, style, out.bytes());
      break;
    case slab::ArithmeticOutcome::NotANumber: answer(Complaint::NotANumber, style, out); break;
    case slab::ArithmeticOutcome::OutOfMemory:
      answer(counted.is_new ? Complaint::OutOfMemoryCreating : Complaint::OutOfMemory, style, out);
      break;
  }
  return Progress::Done;
}

void MetaCommands::answer_counted(const protocol::MetaArithmetic& arithmetic,
                                  const slab::Counted& counted, std::string_view key,
                                  const Style& style, Outbox& out) {
  if (!counted.is_new) {
    context_.count_arithmetic_hit(counted.class_id, arithmetic.decrements);
  }
  if (style.quiet) return;
  MetaItem shown{.key = key, .key_is_binary = style.key_is_base64, .cas = counted.cas};
  base::Time exptime = counted.exptime_before;
  for (const char letter : style.asked) {
    if (letter == 'T') exptime = context_.moment_of(arithmetic.exptime);
    if (letter == 'N' && counted.is_new) {
      exptime = context_.moment_of(arithmetic.creation_exptime);
    }
    if (letter == 't') show_exptime(exptime, context_.now, &shown);
  }
  if (!arithmetic.wants_value) {
    return protocol::encode_meta(MetaStatus::Done, shown, style, out.bytes());
  }
  char digits[protocol::kDecimal64SizeMax];
  const char* const end = protocol::write_decimal(digits, counted.number);
  protocol::encode_meta_value({digits, static_cast<size_t>(end - digits)}, shown, style,
                              out.bytes());
}

Progress MetaCommands::run(const protocol::MetaDebug& debug, const Style& style, Outbox& out) {
  context_.counters.meta_debug_commands.add();
  const slab::Key key(context_.plain_key(debug.key, style), context_.hash);
  const auto on_hit = [&](const slab::ItemView& view) {
    context_.watch_teller.tell_hit(key.bytes, view);
    const base::Time exptime = view.exptime();
    protocol::encode_meta_debug(
        {.key = view.key(),
         .key_is_binary = view.has(slab::trait::kKeyIsBinary),
         .was_fetched = view.was_fetched(),
         .seconds_left = exptime == 0 ? -1 : int64_t{exptime} - context_.now,
         .seconds_since_access = view.seconds_since_access,
         .cas = view.cas(),
         .class_id = context_.store.shown_classes().id_of(view.class_id()),
         .size = context_.store.sizes().accounted(view)},
        out.bytes());
  };
  const slab::ReadOutcome outcome = context_.store.peek(context_.cache, key, context_.now, on_hit);
  if (outcome == slab::ReadOutcome::Hit) return Progress::Done;
  context_.count_dead(outcome);
  context_.watch_teller.tell_miss(key.bytes, outcome);
  protocol::encode_meta_without_item(MetaStatus::Miss, key.bytes, {}, out.bytes());
  return Progress::Done;
}

}  // namespace larder::server
