#include "server/command/text_commands.h"

#include "base/assertions.h"
#include "server/command/answers.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::ReplyStyle;
using protocol::Status;

// A multiget's reply is sent in portions of this many bytes.
constexpr size_t kReplyPortionMax = 32 << 10;

// Keys of a multiget looked up together, so that their cache misses overlap.
constexpr size_t kKeysPerBatch = 16;
// This number of keys takes about a millisecond, even if all of them are misses.
constexpr size_t kBatchesPerPortion = 256;

// Watchers of these streams receive the outcome of the lookup before a removal.
constexpr uint16_t kRemovalStreams = protocol::watch::kFetchers | protocol::watch::kDeletions;

}  // namespace

Progress TextCommands::run(protocol::Get& get, const ReplyStyle&, Outbox& out) {
  const base::Time exptime = get.touches ? context_.moment_of(get.exptime) : 0;
  if (!get.more_keys.empty()) return get_many(get, exptime, out);
  if (!get.key.empty()) get_one(slab::Key(get.key, context_.hash), get, exptime, out);
  protocol::encode_status(Status::End, out.bytes());
  return Progress::Done;
}

Progress TextCommands::get_many(protocol::Get& get, base::Time exptime, Outbox& out) {
  slab::Store& store = context_.store;
  const size_t size_max = out.bytes().size() + kReplyPortionMax;
  const char* const line_end = get.more_keys.data() + get.more_keys.size();
  for (size_t batches = 1; !get.key.empty(); ++batches) {
    std::string_view names[kKeysPerBatch];
    uint64_t hashes[kKeysPerBatch];
    size_t count = 0;
    while (count < kKeysPerBatch && !get.key.empty()) {
      names[count] = get.key;
      hashes[count] = store.key(get.key).hash;
      store.prefetch_bucket(slab::Key(get.key, hashes[count]));
      ++count;
      get.key = protocol::next_key(get.more_keys);
    }
    slab::Ref places[kKeysPerBatch];
    for (size_t i = 0; i < count; ++i) {
      places[i] = store.prefetch_item(slab::Key(names[i], hashes[i]));
    }
    size_t done = 0;
    while (done < count && out.bytes().size() < size_max) {
      if (done + kItemsAhead < count) store.prefetch_rest(places[done + kItemsAhead]);
      get_one(slab::Key(names[done], hashes[done]), get, exptime, out);
      ++done;
    }
    if (context_.insight.is_on()) {
      for (size_t i = 0; i < done; ++i) {
        context_.insight.note(CommandKind::Get, slab::Key(names[i], hashes[i]), context_.now);
      }
    }
    if (done < count) {
      get.key = names[done];
      const char* const rest = get.key.data() + get.key.size();
      get.more_keys = {rest, static_cast<size_t>(line_end - rest)};
    }
    const bool is_portion = out.bytes().size() >= size_max || batches == kBatchesPerPortion;
    if (is_portion && !get.key.empty()) return Progress::MoreToAnswer;
  }
  protocol::encode_status(Status::End, out.bytes());
  return Progress::Done;
}

void TextCommands::get_one(const slab::Key& key, const protocol::Get& get, base::Time exptime,
                           Outbox& out) {
  CommandContext& context = context_;
  const auto on_hit = [&](const slab::ItemView& view) {
    context.count_hit(view.class_id(), get.touches, false);
    context.watch_teller.tell_hit(key.bytes, view);
    const protocol::Hit hit{key.bytes, view.flags(), view.value_size(), view.cas()};
    if (!view.is_large()) {
      protocol::encode_hit(hit, get.with_cas, view.value(), out.bytes());
      return;
    }
    protocol::encode_hit_head(hit, get.with_cas, out.bytes());
    context.append_large_value(view, out);
    out.bytes().append("\r\n");
  };
  const slab::ReadOutcome outcome =
      get.touches ? context.store.read_and_touch(context.cache, key, exptime, context.now, on_hit)
                  : context.store.read(context.cache, key, context.now, on_hit);
  if (outcome != slab::ReadOutcome::Hit) {
    if (ClusterItem::is_named(key.bytes) && cluster_item_.answer(get, out)) return;
    (get.touches ? context.counters.touching_get_misses : context.counters.get_misses).add();
    context.count_dead(outcome);
    context.watch_teller.tell_miss(key.bytes, outcome);
  }
  if (context.admin.counts_prefixes()) {
    context.admin.prefixes().count_get(key.bytes, outcome == slab::ReadOutcome::Hit);
  }
}

Progress TextCommands::run(const protocol::Remove& remove, const ReplyStyle& style, Outbox& out) {
  const slab::Key key(remove.key, context_.hash);
  slab::ClassId class_id = slab::kNoClass;
  WatchTeller& teller = context_.watch_teller;
  const bool is_watched = teller.wants(kRemovalStreams);
  if (is_watched) teller.look_up(key, context_.now);
  const bool is_removed = context_.store.remove(context_.cache, key, context_.now, &class_id);
  if (is_watched) teller.tell_removal(key.bytes, is_removed);
  if (is_removed) {
    context_.counters.classes[class_id].delete_hits.add();
    answer(Status::Deleted, style, out);
  } else {
    context_.counters.delete_misses.add();
    answer(Status::NotFound, style, out);
  }
  if (context_.admin.counts_prefixes()) context_.admin.prefixes().count_delete(remove.key);
  return Progress::Done;
}

Progress TextCommands::run(const protocol::Touch& touch, const ReplyStyle& style, Outbox& out) {
  const base::Time exptime = context_.moment_of(touch.exptime);
  const auto on_hit = [&](const slab::ItemView& view) {
    context_.counters.classes[view.class_id()].touch_hits.add();
    context_.watch_teller.tell_hit(touch.key, view);
  };
  const slab::Key key(touch.key, context_.hash);
  const slab::ReadOutcome outcome =
      context_.store.read_and_touch(context_.cache, key, exptime, context_.now, on_hit);
  if (outcome == slab::ReadOutcome::Hit) {
    answer(Status::Touched, style, out);
  } else {
    context_.watch_teller.tell_miss(touch.key, outcome);
    context_.counters.touch_misses.add();
    answer(Status::NotFound, style, out);
  }
  return Progress::Done;
}

Progress TextCommands::run(const protocol::Arithmetic& arithmetic, const ReplyStyle& style,
                           Outbox& out) {
  const bool decrements = arithmetic.decrements;
  const slab::Key key(arithmetic.key, context_.hash);
  WatchTeller& teller = context_.watch_teller;
  if (teller.wants(protocol::watch::kFetchers)) teller.look_up_and_tell(key, context_.now);
  uint64_t result = 0;
  slab::ClassId class_id = slab::kNoClass;
  switch (context_.store.change_counter(context_.cache, key, arithmetic.delta, decrements,
                                        context_.now, &result, &class_id)) {
    case slab::ArithmeticOutcome::Done:
      context_.count_arithmetic_hit(class_id, decrements);
      if (!style.silent) protocol::encode_number(result, out.bytes());
      break;
    case slab::ArithmeticOutcome::NotFound:
      context_.count_arithmetic_miss(decrements);
      answer(Status::NotFound, style, out);
      break;
    case slab::ArithmeticOutcome::NotANumber: answer(Complaint::NotANumber, style, out); break;
    case slab::ArithmeticOutcome::Exists: UNREACHABLE();  // the request had no CAS id
    case slab::ArithmeticOutcome::OutOfMemory: answer(Complaint::OutOfMemory, style, out); break;
  }
  return Progress::Done;
}

}  // namespace larder::server
