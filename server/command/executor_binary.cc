// What the binary dialect does otherwise than text: its own reads and removals, counters that are
// created, and its answers.
#include "base/assertions.h"
#include "protocol/encode.h"
#include "server/command/executor.h"
#include "server/support/exptime.h"

namespace larder::server {
namespace {

using protocol::BinaryStatus;
using protocol::Complaint;

BinaryStatus status_of(slab::WriteOutcome outcome, slab::WriteMode mode) {
  switch (outcome) {
    case slab::WriteOutcome::Stored: return BinaryStatus::Ok;
    case slab::WriteOutcome::Exists: return BinaryStatus::Exists;
    case slab::WriteOutcome::NotFound: return BinaryStatus::NotFound;
    case slab::WriteOutcome::NotStored:
      if (mode == slab::WriteMode::Add) return BinaryStatus::Exists;
      if (mode == slab::WriteMode::Replace) return BinaryStatus::NotFound;
      return BinaryStatus::NotStored;
    case slab::WriteOutcome::OutOfMemory: break;
  }
  UNREACHABLE();
}

}  // namespace

// A status that is expected is left out of what is quiet.
void Executor::say_binary(BinaryStatus status, uint64_t cas, const Style& style, Outbox& out) {
  if (status == BinaryStatus::Ok && style.quiet) return;
  protocol::encode_binary_status(status, cas, style, out.bytes());
}

void Executor::answer_binary(slab::WriteOutcome outcome, slab::WriteMode mode,
                             const slab::Written& written, const Style& style, Outbox& out) {
  const bool is_stored = outcome == slab::WriteOutcome::Stored;
  say_binary(status_of(outcome, mode), is_stored ? written.cas : 0, style, out);
}

Progress Executor::run(const protocol::BinaryGet& get, const Style& style, Outbox& out) {
  const slab::Key key(get.key, hash_);
  const auto on_hit = [&](const slab::ItemView& view) {
    count_hit(view.class_id(), get.touches, false);
    tell_hit(key.bytes, view);
    const protocol::BinaryHit hit{.key = get.shows_key ? key.bytes : std::string_view(),
                                  .flags = view.flags(),
                                  .value_size = get.wants_value ? view.value_size() : 0,
                                  .cas = view.cas()};
    if (!get.wants_value) return protocol::encode_binary_hit_head(hit, style, out.bytes());
    if (!view.is_large()) {
      return protocol::encode_binary_hit(hit, view.value(), style, out.bytes());
    }
    protocol::encode_binary_hit_head(hit, style, out.bytes());
    append_large_value(view, out);
  };
  const slab::ReadOutcome outcome =
      get.touches
          ? store_.read_and_touch(cache_, key, moment_of(get.exptime, clock_, now_), now_, on_hit)
          : store_.read(cache_, key, now_, on_hit);
  const bool is_hit = outcome == slab::ReadOutcome::Hit;
  if (!is_hit) {
    if (key.bytes == Discovery::kClusterKey && show_cluster(get, style, out)) return Progress::Done;
    (get.touches ? counters_.touching_get_misses : counters_.get_misses).add();
    if (outcome == slab::ReadOutcome::Expired) counters_.get_expired.add();
    if (outcome == slab::ReadOutcome::Flushed) counters_.get_flushed.add();
    tell_miss(key.bytes, outcome);
    if (!style.quiet) {
      protocol::encode_binary_miss(get.shows_key ? key.bytes : std::string_view(), style,
                                   out.bytes());
    }
  }
  if (admin_.counts_prefixes()) admin_.prefixes().count_get(key.bytes, is_hit);
  return Progress::Done;
}

Progress Executor::run(const protocol::BinaryRemove& remove, const Style& style, Outbox& out) {
  if (admin_.counts_prefixes()) admin_.prefixes().count_delete(remove.key);
  slab::Removal removal;
  if (remove.cas != 0) removal.cas = remove.cas;
  slab::ClassId class_id = slab::kNoClass;
  const slab::Key key(remove.key, hash_);
  if (watch_writer_.wants(protocol::watch::kFetchers)) {  // upstream tells no deletion of these
    look_up(key);
    tell_found(key.bytes);
  }
  switch (store_.remove(cache_, key, removal, now_, &class_id)) {
    case slab::RemoveOutcome::Removed:
      counters_.classes[class_id].delete_hits.add();
      say_binary(BinaryStatus::Ok, 0, style, out);
      break;
    case slab::RemoveOutcome::NotFound:
      counters_.delete_misses.add();
      say_binary(BinaryStatus::NotFound, 0, style, out);
      break;
    case slab::RemoveOutcome::Exists: say_binary(BinaryStatus::Exists, 0, style, out); break;
    case slab::RemoveOutcome::OutOfMemory: UNREACHABLE();  // nothing is to stay
  }
  return Progress::Done;
}

Progress Executor::run(const protocol::BinaryArithmetic& arithmetic, const Style& style,
                       Outbox& out) {
  if (arithmetic.creates && admin_.discovery().reserves(arithmetic.key)) {
    return conclude(Complaint::ClusterKeyReserved, style, out);
  }
  slab::ArithmeticHead head{
      .delta = arithmetic.delta, .decrements = arithmetic.decrements, .cas = arithmetic.cas};
  if (arithmetic.creates) {
    head.initial = arithmetic.initial;
    head.creation_exptime = moment_of(arithmetic.exptime, clock_, now_);
  }
  slab::Counted counted;
  switch (add(slab::Key(arithmetic.key, hash_), head, &counted)) {
    case slab::ArithmeticOutcome::Done:
      if (!counted.is_new) {
        ClassTraffic& traffic = counters_.classes[counted.class_id];
        (head.decrements ? traffic.decr_hits : traffic.incr_hits).add();
      }
      if (style.quiet) break;
      protocol::encode_binary_number(counted.number, counted.cas, style, out.bytes());
      break;
    case slab::ArithmeticOutcome::NotFound:
      (head.decrements ? counters_.decr_misses : counters_.incr_misses).add();
      say_binary(BinaryStatus::NotFound, 0, style, out);
      break;
    case slab::ArithmeticOutcome::Exists: say_binary(BinaryStatus::Exists, 0, style, out); break;
    case slab::ArithmeticOutcome::NotANumber: complain(Complaint::NotANumber, style, out); break;
    case slab::ArithmeticOutcome::OutOfMemory:
      complain(counted.is_new ? Complaint::OutOfMemoryCreating : Complaint::OutOfMemory, style,
               out);
      break;
  }
  return Progress::Done;
}

}  // namespace larder::server
