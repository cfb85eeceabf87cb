#include "server/command/binary_commands.h"

#include "base/assertions.h"
#include "protocol/encode.h"
#include "server/command/answers.h"

namespace larder::server {

using protocol::BinaryStatus;
using protocol::Complaint;
using protocol::ReplyStyle;

Progress BinaryCommands::run(const protocol::BinaryGet& get, const ReplyStyle& style, Outbox& out) {
  const slab::Key key(get.key, context_.hash);
  const auto on_hit = [&](const slab::ItemView& view) {
    context_.count_hit(view.class_id(), get.touches, false);
    context_.watch_teller.tell_hit(key.bytes, view);
    const protocol::BinaryHit hit{.key = get.shows_key ? key.bytes : std::string_view(),
                                  .flags = view.flags(),
                                  .value_size = get.wants_value ? view.value_size() : 0,
                                  .cas = view.cas()};
    if (!get.wants_value) return protocol::encode_binary_hit_head(hit, style, out.bytes());
    if (!view.is_large()) {
      return protocol::encode_binary_hit(hit, view.value(), style, out.bytes());
    }
    protocol::encode_binary_hit_head(hit, style, out.bytes());
    context_.append_large_value(view, out);
  };
  const slab::ReadOutcome outcome =
      get.touches ? context_.store.read_and_touch(
                        context_.cache, key, context_.moment_of(get.exptime), context_.now, on_hit)
                  : context_.store.read(context_.cache, key, context_.now, on_hit);
  const bool is_hit = outcome == slab::ReadOutcome::Hit;
  if (!is_hit) {
    if (ClusterItem::is_named(key.bytes) && cluster_item_.answer(get, style, out))
      return Progress::Done;
    (get.touches ? context_.counters.touching_get_misses : context_.counters.get_misses).add();
    context_.count_dead(outcome);
    context_.watch_teller.tell_miss(key.bytes, outcome);
    if (!style.quiet) {
      protocol::encode_binary_miss(get.shows_key ? key.bytes : std::string_view(), style,
                                   out.bytes());
    }
  }
  if (context_.admin.counts_prefixes()) context_.admin.prefixes().count_get(key.bytes, is_hit);
  return Progress::Done;
}

Progress BinaryCommands::run(const protocol::BinaryRemove& remove, const ReplyStyle& style,
                             Outbox& out) {
  if (context_.admin.counts_prefixes()) context_.admin.prefixes().count_delete(remove.key);
  slab::Removal removal;
  if (remove.cas != 0) removal.cas = remove.cas;
  slab::ClassId class_id = slab::kNoClass;
  const slab::Key key(remove.key, context_.hash);
  if (context_.watch_teller.wants(
          protocol::watch::kFetchers)) {  // upstream reports no deletion to them
    context_.watch_teller.look_up_and_tell(key, context_.now);
  }
  switch (context_.store.remove(context_.cache, key, removal, context_.now, &class_id)) {
    case slab::RemoveOutcome::Removed:
      context_.counters.classes[class_id].delete_hits.add();
      answer(BinaryStatus::Ok, 0, style, out);
      break;
    case slab::RemoveOutcome::NotFound:
      context_.counters.delete_misses.add();
      answer(BinaryStatus::NotFound, 0, style, out);
      break;
    case slab::RemoveOutcome::Exists: answer(BinaryStatus::Exists, 0, style, out); break;
    case slab::RemoveOutcome::OutOfMemory: UNREACHABLE();  // removing an item needs no memory
  }
  return Progress::Done;
}

Progress BinaryCommands::run(const protocol::BinaryArithmetic& arithmetic, const ReplyStyle& style,
                             Outbox& out) {
  if (arithmetic.creates && cluster_item_.reserves(arithmetic.key)) {
    return answer_outcome(Complaint::ClusterKeyReserved, style, out);
  }
  slab::ArithmeticHead head{
      .delta = arithmetic.delta, .decrements = arithmetic.decrements, .cas = arithmetic.cas};
  if (arithmetic.creates) {
    head.initial = arithmetic.initial;
    head.creation_exptime = context_.moment_of(arithmetic.exptime);
  }
  slab::Counted counted;
  switch (context_.change_counter(slab::Key(arithmetic.key, context_.hash), head, &counted)) {
    case slab::ArithmeticOutcome::Done:
      if (!counted.is_new) {
        context_.count_arithmetic_hit(counted.class_id, head.decrements);
      }
      if (style.quiet) break;
      protocol::encode_binary_number(counted.number, counted.cas, style, out.bytes());
      break;
    case slab::ArithmeticOutcome::NotFound:
      context_.count_arithmetic_miss(head.decrements);
      answer(BinaryStatus::NotFound, 0, style, out);
      break;
    case slab::ArithmeticOutcome::Exists: answer(BinaryStatus::Exists, 0, style, out); break;
    case slab::ArithmeticOutcome::NotANumber: answer(Complaint::NotANumber, style, out); break;
    case slab::ArithmeticOutcome::OutOfMemory:
      answer(counted.is_new ? Complaint::OutOfMemoryCreating : Complaint::OutOfMemory, style, out);
      break;
  }
  return Progress::Done;
}

}  // namespace larder::server
