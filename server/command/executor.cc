#include "server/command/executor.h"

#include <utility>

#include "base/assertions.h"
#include "base/version.h"
#include "protocol/encode.h"
#include "protocol/request.h"
#include "server/support/exptime.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::Status;

// A multiget's reply is sent in portions of this many bytes.
constexpr size_t kReplyPortionMax = 32 << 10;

// Keys of a multiget looked up together, so that their cache misses overlap.
constexpr size_t kKeysPerBatch = 16;
// So many keys take about a millisecond, even if none is there.
constexpr size_t kBatchesPerPortion = 256;

// Watchers of these want to know what a write or a removal has found.
constexpr uint16_t kWriteStreams = protocol::watch::kFetchers | protocol::watch::kMutations;
constexpr uint16_t kRemovalStreams = protocol::watch::kFetchers | protocol::watch::kDeletions;

// For values that are sent from where they lie.
constexpr std::string_view kLineEnd = "\r\n";

slab::WriteMode store_mode(protocol::WriteMode mode) {
  switch (mode) {
    case protocol::WriteMode::Set: return slab::WriteMode::Set;
    case protocol::WriteMode::Add: return slab::WriteMode::Add;
    case protocol::WriteMode::Replace: return slab::WriteMode::Replace;
    case protocol::WriteMode::Append: return slab::WriteMode::Append;
    case protocol::WriteMode::Prepend: return slab::WriteMode::Prepend;
    case protocol::WriteMode::Cas: return slab::WriteMode::Cas;
  }
  UNREACHABLE();
}

}  // namespace

Progress Executor::execute(protocol::Request& request, std::string_view value, uint64_t hash,
                           Outbox& out) {
  value_ = value;
  hash_ = hash;
  if (insight_ != nullptr) [[unlikely]]
    return execute_and_note(request, out);
  return run_command(request, out);
}

// Out of line: a second copy of all commands would have hits of its own encoded by calls.
[[gnu::noinline]] Progress Executor::run_command(protocol::Request& request, Outbox& out) {
  // A new command without a run() does not compile.
  return std::visit([&](auto& command) { return run(command, request.style, out); },
                    request.command);
}

void Executor::complain(Complaint complaint, const Style& style, Outbox& out) {
  if (style.silent) return;
  if (style.dialect == protocol::Dialect::Binary) {
    return protocol::encode_binary_complaint(complaint, style, out.bytes());
  }
  protocol::encode_complaint(complaint, out.bytes());
}

void Executor::say(Status status, const Style& style, Outbox& out) {
  if (style.silent) return;
  if (style.dialect == protocol::Dialect::Binary) {  // none says more than that it is done
    return say_binary(protocol::BinaryStatus::Ok, 0, style, out);
  }
  protocol::encode_status(status, out.bytes());
}

Progress Executor::conclude(Complaint complaint, const Style& style, Outbox& out) {
  if (complaint == Complaint::None) {
    say(Status::Ok, style, out);
  } else {
    complain(complaint, style, out);
  }
  return Progress::Done;
}

Progress Executor::run(protocol::Get& get, const Style&, Outbox& out) {
  const base::Time exptime = get.touches ? moment_of(get.exptime, clock_, now_) : 0;
  if (!get.more_keys.empty()) return get_many(get, exptime, out);
  if (!get.key.empty()) get_one(slab::Key(get.key, hash_), get, exptime, out);
  protocol::encode_status(Status::End, out.bytes());
  return Progress::Done;
}

Progress Executor::get_many(protocol::Get& get, base::Time exptime, Outbox& out) {
  const size_t size_max = out.bytes().size() + kReplyPortionMax;
  const char* const line_end = get.more_keys.data() + get.more_keys.size();
  for (size_t batches = 1; !get.key.empty(); ++batches) {
    std::string_view names[kKeysPerBatch];
    uint64_t hashes[kKeysPerBatch];
    size_t count = 0;
    while (count < kKeysPerBatch && !get.key.empty()) {
      names[count] = get.key;
      hashes[count] = store_.key(get.key).hash;
      store_.prefetch_bucket(slab::Key(get.key, hashes[count]));
      ++count;
      get.key = protocol::next_key(get.more_keys);
    }
    slab::Ref places[kKeysPerBatch];
    for (size_t i = 0; i < count; ++i) {
      places[i] = store_.prefetch_item(slab::Key(names[i], hashes[i]));
    }
    size_t done = 0;
    while (done < count && out.bytes().size() < size_max) {
      if (done + kItemsAhead < count) store_.prefetch_rest(places[done + kItemsAhead]);
      get_one(slab::Key(names[done], hashes[done]), get, exptime, out);
      ++done;
    }
    if (insight_ != nullptr) {
      for (size_t i = 0; i < done; ++i) note(CommandKind::Get, slab::Key(names[i], hashes[i]));
    }
    if (done < count) {
      get.key = names[done];
      const char* const rest = get.key.data() + get.key.size();
      get.more_keys = {rest, static_cast<size_t>(line_end - rest)};
    }
    const bool is_portion = out.bytes().size() >= size_max || batches == kBatchesPerPortion;
    if (is_portion && !get.key.empty()) return Progress::MoreToSay;
  }
  protocol::encode_status(Status::End, out.bytes());
  return Progress::Done;
}

void Executor::get_one(const slab::Key& key, const protocol::Get& get, base::Time exptime,
                       Outbox& out) {
  const auto on_hit = [&](const slab::ItemView& view) {
    count_hit(view.class_id(), get.touches, false);
    tell_hit(key.bytes, view);
    const protocol::Hit hit{key.bytes, view.flags(), view.value_size(), view.cas()};
    if (!view.is_large()) {
      protocol::encode_hit(hit, get.with_cas, view.value(), out.bytes());
      return;
    }
    protocol::encode_hit_head(hit, get.with_cas, out.bytes());
    append_large_value(view, out);
    out.bytes().append(kLineEnd);
  };
  const slab::ReadOutcome outcome = get.touches
                                        ? store_.read_and_touch(cache_, key, exptime, now_, on_hit)
                                        : store_.read(cache_, key, now_, on_hit);
  if (outcome != slab::ReadOutcome::Hit) {
    if (key.bytes == Discovery::kClusterKey && show_cluster(get, out)) return;
    (get.touches ? counters_.touching_get_misses : counters_.get_misses).add();
    if (outcome == slab::ReadOutcome::Expired) counters_.get_expired.add();
    if (outcome == slab::ReadOutcome::Flushed) counters_.get_flushed.add();
    tell_miss(key.bytes, outcome);
  }
  if (admin_.counts_prefixes()) {
    admin_.prefixes().count_get(key.bytes, outcome == slab::ReadOutcome::Hit);
  }
}

// The value is sent from where it lies.
void Executor::append_large_value(const slab::ItemView& view, Outbox& out) {
  slab::ItemPin pin = store_.pin(cache_, view);
  pin.for_each_run([&](std::string_view run) { out.bytes().append_borrowed(run); });
  out.keep(std::move(pin));
}

slab::WriteHead Executor::head_of(const protocol::Write& write, const Style& style) const {
  const bool is_cas = style.dialect == protocol::Dialect::Binary && write.cas != 0 &&
                      store_.options().has_cas && write.mode != protocol::WriteMode::Append &&
                      write.mode != protocol::WriteMode::Prepend;
  return {.mode = is_cas ? slab::WriteMode::Cas : store_mode(write.mode),
          .may_be_stale = write.may_be_stale,
          .creates = write.creates,
          .key_is_binary = style.key_is_base64,
          .flags = write.flags,
          .exptime = moment_of(write.exptime, clock_, now_),
          .cas = write.cas,
          .new_cas = write.new_cas != 0 ? std::optional(write.new_cas) : std::nullopt};
}

// A set that fails for its size or for memory removes the old value, as upstream's does: a reader
// must not see one older than a write the client believes it made.  Of ms that holds in every mode.
void Executor::drop_older(slab::WriteMode mode, std::string_view key, const Style& style) {
  // In binary a set with an id has become a cas on the way.
  const auto opcode = static_cast<protocol::Opcode>(style.opcode);
  const bool is_binary_set = style.dialect == protocol::Dialect::Binary &&
                             (opcode == protocol::Opcode::Set || opcode == protocol::Opcode::SetQ);
  if (mode == slab::WriteMode::Set || is_binary_set || style.dialect == protocol::Dialect::Meta) {
    if (watch_writer_.wants(protocol::watch::kFetchers)) {
      look_up(store_.key(key));
      tell_found(key);
    }
    store_.remove(cache_, store_.key(key), now_, nullptr);
  }
}

// Values over -I, and what is not for clients to store.
Complaint Executor::refusal_of(const protocol::Write& write, std::string_view key,
                               const Style& style) {
  if (admin_.counts_prefixes() && style.dialect != protocol::Dialect::Meta) {
    admin_.prefixes().count_set(key);
  }
  if (admin_.discovery().reserves(key)) [[unlikely]]
    return Complaint::ClusterKeyReserved;
  if (store_.fits(key.size(), write.flags, write.value_size)) return Complaint::None;
  counters_.store_too_large.add();
  if (watch_writer_.wants(protocol::watch::kMutations)) {
    watch_writer_.stored(key, StoreStatus::TooLarge, store_mode(write.mode), slab::kNoClass, 0, 0);
  }
  drop_older(store_mode(write.mode), key, style);
  return Complaint::ValueTooLarge;
}

Complaint Executor::out_of_memory(slab::WriteMode mode, std::string_view key, const Style& style,
                                  Complaint complaint) {
  counters_.store_no_memory.add();
  if (watch_writer_.wants(protocol::watch::kMutations)) {
    watch_writer_.stored(key, StoreStatus::NoMemory, mode, slab::kNoClass, 0, 0);
  }
  drop_older(mode, key, style);
  return complaint;
}

Progress Executor::run(const protocol::Write& write, const Style& style, Outbox& out) {
  const slab::Key key(plain_key(write.key, style), hash_);
  if (const Complaint refusal = refusal_of(write, key.bytes, style); refusal != Complaint::None) {
    complain(refusal, style, out);
    return Progress::Done;
  }
  const slab::ClassId class_id = store_.class_of(key.bytes.size(), write.flags, write.value_size);
  const slab::WriteHead head = head_of(write, style);
  count_set(class_id, head.mode);
  if (!ends_well(style)) {
    complain(Complaint::BadDataChunk, style, out);
    return Progress::Done;
  }
  value_.remove_suffix(protocol::terminator_size(style));
  slab::Written written{.cas = 0, .value_size = write.value_size};
  if (watch_writer_.wants(kWriteStreams)) look_up(key);
  const slab::WriteOutcome outcome = store_.write(cache_, key, head, value_, now_, &written);
  answer(outcome, head, written, class_id, key.bytes, style, out);
  return Progress::Done;
}

void Executor::count(slab::WriteOutcome outcome, slab::WriteMode mode, slab::ClassId class_id) {
  if (mode != slab::WriteMode::Cas) return;
  ClassTraffic& traffic = counters_.classes[class_id];
  if (outcome == slab::WriteOutcome::Stored) traffic.cas_hits.add();
  if (outcome == slab::WriteOutcome::Exists) traffic.cas_bad_values.add();
  if (outcome == slab::WriteOutcome::NotFound) {
    counters_.cas_misses.add();
    counters_.rare[class_id].cas_misses.add();
  }
}

void Executor::answer(slab::WriteOutcome outcome, const slab::WriteHead& head,
                      const slab::Written& written, slab::ClassId class_id, std::string_view key,
                      const Style& style, Outbox& out) {
  count(outcome, head.mode, class_id);
  if (watch_writer_.wants(kWriteStreams)) tell_write(outcome, head, written, class_id, key);
  if (outcome == slab::WriteOutcome::OutOfMemory) {
    return complain(out_of_memory(head.mode, key, style, Complaint::OutOfMemoryStoring), style,
                    out);
  }
  if (style.dialect == protocol::Dialect::Meta) {
    return answer_meta(outcome, written, key, style, out);
  }
  if (style.dialect == protocol::Dialect::Binary) {
    return answer_binary(outcome, head.mode, written, style, out);
  }
  switch (outcome) {
    case slab::WriteOutcome::Stored: return say(Status::Stored, style, out);
    case slab::WriteOutcome::NotStored: return say(Status::NotStored, style, out);
    case slab::WriteOutcome::Exists: return say(Status::Exists, style, out);
    case slab::WriteOutcome::NotFound: return say(Status::NotFound, style, out);
    case slab::WriteOutcome::OutOfMemory: break;
  }
  UNREACHABLE();
}

Upload Executor::begin_upload(const protocol::Write& write, const Style& style) {
  Upload upload;
  upload.style = style;
  const slab::Key key = store_.key(plain_key(write.key, style));
  upload.refusal = refusal_of(write, key.bytes, style);
  if (upload.refusal != Complaint::None) return upload;
  upload.writer = store_.reserve(cache_, key, write.flags, write.value_size, now_);
  if (!upload.writer) {
    upload.refusal =
        out_of_memory(store_mode(write.mode), key.bytes, style, Complaint::OutOfMemoryStoring);
    return upload;
  }
  upload.head = head_of(write, style);
  upload.key_size = static_cast<uint8_t>(key.bytes.copy(upload.key_bytes, slab::kKeySizeMax));
  upload.opaque_size =
      static_cast<uint8_t>(style.opaque.copy(upload.opaque_bytes, protocol::kOpaqueSizeMax));
  return upload;
}

void Executor::end_upload(Upload upload, bool is_terminated, Outbox& out) {
  slab::Written written{.cas = 0, .value_size = upload.writer.value_size()};
  const slab::ClassId class_id =
      store_.class_of(upload.key().size(), upload.head.flags, written.value_size);
  count_set(class_id, upload.head.mode);
  if (!is_terminated) return complain(Complaint::BadDataChunk, upload.style, out);
  const slab::Key key = store_.key(upload.key());
  if (watch_writer_.wants(kWriteStreams)) look_up(key);
  const slab::WriteOutcome outcome =
      store_.commit(std::move(upload.writer), key, upload.head, now_, &written);
  answer(outcome, upload.head, written, class_id, upload.key(), upload.own_style(), out);
  if (insight_ != nullptr) note(CommandKind::Set, key);
}

Complaint Executor::abandon_upload(Upload upload) {
  upload.writer.reset();
  return out_of_memory(upload.head.mode, upload.key(), upload.style, Complaint::OutOfMemoryReading);
}

Progress Executor::run(const protocol::Remove& remove, const Style& style, Outbox& out) {
  const slab::Key key(remove.key, hash_);
  slab::ClassId class_id = slab::kNoClass;
  const bool is_watched = watch_writer_.wants(kRemovalStreams);
  if (is_watched) look_up(key);
  const bool is_removed = store_.remove(cache_, key, now_, &class_id);
  if (is_watched) tell_removal(key.bytes, is_removed);
  if (is_removed) {
    counters_.classes[class_id].delete_hits.add();
    say(Status::Deleted, style, out);
  } else {
    counters_.delete_misses.add();
    say(Status::NotFound, style, out);
  }
  if (admin_.counts_prefixes()) admin_.prefixes().count_delete(remove.key);
  return Progress::Done;
}

Progress Executor::run(const protocol::Touch& touch, const Style& style, Outbox& out) {
  const base::Time exptime = moment_of(touch.exptime, clock_, now_);
  const auto on_hit = [&](const slab::ItemView& view) {
    counters_.classes[view.class_id()].touch_hits.add();
    tell_hit(touch.key, view);
  };
  const slab::Key key(touch.key, hash_);
  const slab::ReadOutcome outcome = store_.read_and_touch(cache_, key, exptime, now_, on_hit);
  if (outcome == slab::ReadOutcome::Hit) {
    say(Status::Touched, style, out);
  } else {
    tell_miss(touch.key, outcome);
    counters_.touch_misses.add();
    say(Status::NotFound, style, out);
  }
  return Progress::Done;
}

Progress Executor::run(const protocol::Arithmetic& arithmetic, const Style& style, Outbox& out) {
  const bool decrements = arithmetic.decrements;
  const slab::Key key(arithmetic.key, hash_);
  if (watch_writer_.wants(protocol::watch::kFetchers)) {
    look_up(key);
    tell_found(key.bytes);
  }
  uint64_t result = 0;
  slab::ClassId class_id = slab::kNoClass;
  switch (
      store_.change_counter(cache_, key, arithmetic.delta, decrements, now_, &result, &class_id)) {
    case slab::ArithmeticOutcome::Done: {
      ClassTraffic& traffic = counters_.classes[class_id];
      (decrements ? traffic.decr_hits : traffic.incr_hits).add();
      if (!style.silent) protocol::encode_number(result, out.bytes());
      break;
    }
    case slab::ArithmeticOutcome::NotFound:
      (decrements ? counters_.decr_misses : counters_.incr_misses).add();
      say(Status::NotFound, style, out);
      break;
    case slab::ArithmeticOutcome::NotANumber: complain(Complaint::NotANumber, style, out); break;
    case slab::ArithmeticOutcome::Exists: UNREACHABLE();  // no id was asked for
    case slab::ArithmeticOutcome::OutOfMemory: complain(Complaint::OutOfMemory, style, out); break;
  }
  return Progress::Done;
}

Progress Executor::run(const protocol::FlushAll& flush, const Style& style, Outbox& out) {
  const Complaint complaint = admin_.flush_all(flush, now_);
  // Upstream counts what it refuses, but not in binary.
  if (complaint == Complaint::None || style.dialect != protocol::Dialect::Binary) {
    counters_.flush_commands.add();
  }
  if (complaint == Complaint::None) counters_.flushes.add();
  return conclude(complaint, style, out);
}

Progress Executor::run(const protocol::Stats& stats, const Style& style, Outbox& out) {
  admin_.stats(stats, style, now_, out);
  return Progress::Done;
}

Progress Executor::run(const protocol::Version&, const Style& style, Outbox& out) {
  if (style.dialect == protocol::Dialect::Binary) {
    protocol::encode_binary_text(protocol::BinaryStatus::Ok, base::kProtocolVersion, style,
                                 out.bytes());
  } else {
    protocol::encode_version(base::kProtocolVersion, out.bytes());
  }
  return Progress::Done;
}

Progress Executor::run(const protocol::Quit&, const Style& style, Outbox& out) {
  if (style.dialect == protocol::Dialect::Binary) {
    say_binary(protocol::BinaryStatus::Ok, 0, style, out);
  }
  return Progress::Close;
}

void Executor::welcome(const Style& style, Outbox& out) {
  if (style.dialect == protocol::Dialect::Binary) {
    tell(protocol::BinaryStatus::Ok, "Authenticated", style, out);
  } else {
    protocol::encode_status(Status::Stored, out.bytes());
  }
}

}  // namespace larder::server
