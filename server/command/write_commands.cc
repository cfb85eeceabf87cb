#include "server/command/write_commands.h"

#include <optional>
#include <utility>

#include "base/assertions.h"
#include "protocol/binary_frame.h"
#include "server/command/answers.h"

namespace larder::server {
namespace {

using protocol::BinaryStatus;
using protocol::Complaint;
using protocol::Dialect;
using protocol::MetaStatus;
using protocol::Status;

// Watchers of these streams receive the outcome of the lookup before a write.
constexpr uint16_t kWriteStreams = protocol::watch::kFetchers | protocol::watch::kMutations;

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

// The callers of this function handle OutOfMemory themselves.
Status text_status_of(slab::WriteOutcome outcome) {
  switch (outcome) {
    case slab::WriteOutcome::Stored: return Status::Stored;
    case slab::WriteOutcome::NotStored: return Status::NotStored;
    case slab::WriteOutcome::Exists: return Status::Exists;
    case slab::WriteOutcome::NotFound: return Status::NotFound;
    case slab::WriteOutcome::OutOfMemory: break;
  }
  UNREACHABLE();
}

MetaStatus meta_status_of(slab::WriteOutcome outcome) {
  switch (outcome) {
    case slab::WriteOutcome::Stored: return MetaStatus::Done;
    case slab::WriteOutcome::NotStored: return MetaStatus::NotStored;
    case slab::WriteOutcome::Exists: return MetaStatus::Exists;
    case slab::WriteOutcome::NotFound: return MetaStatus::NotFound;
    case slab::WriteOutcome::OutOfMemory: break;
  }
  UNREACHABLE();
}

BinaryStatus binary_status_of(slab::WriteOutcome outcome, slab::WriteMode mode) {
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

slab::WriteHead WriteCommands::head_of(const protocol::Write& write, const Style& style) const {
  const bool is_cas =
      style.dialect == Dialect::Binary && write.cas != 0 && context_.store.options().has_cas &&
      write.mode != protocol::WriteMode::Append && write.mode != protocol::WriteMode::Prepend;
  return {.mode = is_cas ? slab::WriteMode::Cas : store_mode(write.mode),
          .may_be_stale = write.may_be_stale,
          .creates = write.creates,
          .key_is_binary = style.key_is_base64,
          .flags = write.flags,
          .exptime = context_.moment_of(write.exptime),
          .cas = write.cas,
          .new_cas = write.new_cas != 0 ? std::optional(write.new_cas) : std::nullopt};
}

// As in upstream, a set that fails because of its size or for lack of memory removes the old value:
// a reader must not get a value that is older than a write.  For ms this applies to every mode.
void WriteCommands::drop_older(slab::WriteMode mode, std::string_view key, const Style& style) {
  // In the binary protocol, a set with a CAS id has already been converted to a cas.
  const auto opcode = static_cast<protocol::Opcode>(style.opcode);
  const bool is_binary_set = style.dialect == Dialect::Binary &&
                             (opcode == protocol::Opcode::Set || opcode == protocol::Opcode::SetQ);
  if (mode != slab::WriteMode::Set && !is_binary_set && style.dialect != Dialect::Meta) return;
  const slab::Key hashed = context_.store.key(key);
  WatchTeller& teller = context_.watch_teller;
  if (teller.wants(protocol::watch::kFetchers)) teller.look_up_and_tell(hashed, context_.now);
  context_.store.remove(context_.cache, hashed, context_.now, nullptr);
}

// Refuses values larger than -I, and keys that clients must not store.
Complaint WriteCommands::refusal_of(const protocol::Write& write, std::string_view key,
                                    const Style& style) {
  if (context_.admin.counts_prefixes() && style.dialect != Dialect::Meta) {
    context_.admin.prefixes().count_set(key);
  }
  if (cluster_item_.reserves(key)) [[unlikely]]
    return Complaint::ClusterKeyReserved;
  if (context_.store.sizes().fits(key.size(), write.flags, write.value_size))
    return Complaint::None;
  context_.counters.store_too_large.add();
  const slab::WriteMode mode = store_mode(write.mode);
  context_.watch_teller.tell_refused_write(key, StoreStatus::TooLarge, mode);
  drop_older(mode, key, style);
  return Complaint::ValueTooLarge;
}

Complaint WriteCommands::out_of_memory(slab::WriteMode mode, std::string_view key,
                                       const Style& style, Complaint complaint) {
  context_.counters.store_no_memory.add();
  context_.watch_teller.tell_refused_write(key, StoreStatus::NoMemory, mode);
  drop_older(mode, key, style);
  return complaint;
}

Progress WriteCommands::run(const protocol::Write& write, const Style& style, Outbox& out) {
  CommandContext& context = context_;
  const slab::Key key(context.plain_key(write.key, style), context.hash);
  if (const Complaint refusal = refusal_of(write, key.bytes, style); refusal != Complaint::None) {
    answer(refusal, style, out);
    return Progress::Done;
  }
  const slab::ClassId class_id =
      context.store.sizes().class_of(key.bytes.size(), write.flags, write.value_size);
  const slab::WriteHead head = head_of(write, style);
  count_set(class_id, head.mode);
  if (!context.trim_value(style)) {
    answer(Complaint::BadDataChunk, style, out);
    return Progress::Done;
  }
  slab::Written written{.cas = 0, .value_size = write.value_size};
  if (context.watch_teller.wants(kWriteStreams)) context.watch_teller.look_up(key, context.now);
  const slab::WriteOutcome outcome =
      context.store.write(context.cache, key, head, context.value, context.now, &written);
  answer_write(outcome, head, written, class_id, key.bytes, style, out);
  return Progress::Done;
}

void WriteCommands::count_outcome(slab::WriteOutcome outcome, slab::WriteMode mode,
                                  slab::ClassId class_id) {
  if (mode != slab::WriteMode::Cas) return;
  ClassTraffic& traffic = context_.counters.classes[class_id];
  if (outcome == slab::WriteOutcome::Stored) traffic.cas_hits.add();
  if (outcome == slab::WriteOutcome::Exists) traffic.cas_bad_values.add();
  if (outcome == slab::WriteOutcome::NotFound) {
    context_.counters.cas_misses.add();
    context_.counters.rare[class_id].cas_misses.add();
  }
}

void WriteCommands::answer_write(slab::WriteOutcome outcome, const slab::WriteHead& head,
                                 const slab::Written& written, slab::ClassId class_id,
                                 std::string_view key, const Style& style, Outbox& out) {
  count_outcome(outcome, head.mode, class_id);
  if (context_.watch_teller.wants(kWriteStreams)) {
    context_.watch_teller.tell_write(outcome, head, written, class_id, key, context_.now);
  }
  if (outcome == slab::WriteOutcome::OutOfMemory) {
    return answer(out_of_memory(head.mode, key, style, Complaint::OutOfMemoryStoring), style, out);
  }
  const bool is_stored = outcome == slab::WriteOutcome::Stored;
  switch (style.dialect) {
    case Dialect::Text: return answer(text_status_of(outcome), style, out);
    case Dialect::Binary:
      return answer(binary_status_of(outcome, head.mode), is_stored ? written.cas : 0, style, out);
    case Dialect::Meta: break;
  }
  if (is_stored && style.quiet) return;
  protocol::encode_meta(meta_status_of(outcome),
                        {.key = key,
                         .key_is_binary = style.key_is_base64,
                         .value_size = written.value_size,
                         .cas = written.cas},
                        style, out.bytes());
}

Upload WriteCommands::begin(const protocol::Write& write, const Style& style) {
  Upload upload;
  upload.style = style;
  const slab::Key key = context_.store.key(context_.plain_key(write.key, style));
  upload.refusal = refusal_of(write, key.bytes, style);
  if (upload.refusal != Complaint::None) return upload;
  upload.writer =
      context_.store.reserve(context_.cache, key, write.flags, write.value_size, context_.now);
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

void WriteCommands::end(Upload upload, bool is_terminated, Outbox& out) {
  slab::Written written{.cas = 0, .value_size = upload.writer.value_size()};
  const slab::ClassId class_id =
      context_.store.sizes().class_of(upload.key().size(), upload.head.flags, written.value_size);
  count_set(class_id, upload.head.mode);
  if (!is_terminated) return answer(Complaint::BadDataChunk, upload.style, out);
  const slab::Key key = context_.store.key(upload.key());
  if (context_.watch_teller.wants(kWriteStreams)) context_.watch_teller.look_up(key, context_.now);
  const slab::WriteOutcome outcome =
      context_.store.commit(std::move(upload.writer), key, upload.head, context_.now, &written);
  answer_write(outcome, upload.head, written, class_id, upload.key(), upload.own_style(), out);
  if (context_.insight.is_on()) context_.insight.note(CommandKind::Set, key, context_.now);
}

Complaint WriteCommands::abandon(Upload upload) {
  upload.writer.reset();
  return out_of_memory(upload.head.mode, upload.key(), upload.style, Complaint::OutOfMemoryReading);
}

}  // namespace larder::server
