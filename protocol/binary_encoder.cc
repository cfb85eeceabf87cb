// Replies as frames of the binary protocol.
#include <cstring>

#include "base/assertions.h"
#include "protocol/binary_frame.h"
#include "protocol/encode.h"
#include "protocol/write_text.h"

namespace larder::protocol {
namespace {

struct Sizes {
  uint8_t extras = 0;
  size_t key = 0;
  size_t value = 0;
};

// Precondition: room for kBinaryHeaderSize bytes.
char* write_header(char* out, BinaryStatus status, const Sizes& sizes, uint64_t cas,
                   const ReplyStyle& style) {
  *out++ = static_cast<char>(kBinaryResponseMagic);
  *out++ = static_cast<char>(style.opcode);
  out = store_big_endian(out, static_cast<uint16_t>(sizes.key));
  *out++ = static_cast<char>(sizes.extras);
  *out++ = 0;  // data type: raw bytes
  out = store_big_endian(out, static_cast<uint16_t>(status));
  out = store_big_endian(out, static_cast<uint32_t>(sizes.extras + sizes.key + sizes.value));
  std::memcpy(out, &style.binary_opaque, sizeof style.binary_opaque);
  out += sizeof style.binary_opaque;
  return store_big_endian(out, cas);
}

constexpr uint8_t kFlagsSize = 4;

// The head of a hit.  If `has_value`, the caller appends a value of hit.value_size bytes.
// Precondition: room for it.
char* write_hit_head(char* out, const BinaryHit& hit, const ReplyStyle& style) {
  const Sizes sizes{kFlagsSize, hit.key.size(), hit.value_size};
  out = write_header(out, BinaryStatus::Ok, sizes, hit.cas, style);
  out = store_big_endian(out, hit.flags);
  return write_text(out, hit.key);
}

size_t head_size(const BinaryHit& hit) { return kBinaryHeaderSize + kFlagsSize + hit.key.size(); }

struct Answer {
  BinaryStatus status;
  std::string_view text;
};

Answer answer_of(BinaryStatus status) {
  switch (status) {
    case BinaryStatus::Ok:
    case BinaryStatus::AuthenticationContinues: return {status, ""};
    case BinaryStatus::NotFound: return {status, "Not found"};
    case BinaryStatus::Exists: return {status, "Data exists for key."};
    case BinaryStatus::TooLarge: return {status, "Too large."};
    case BinaryStatus::InvalidArguments: return {status, "Invalid arguments"};
    case BinaryStatus::NotStored: return {status, "Not stored."};
    case BinaryStatus::NotANumber:
      return {status, "Non-numeric server-side value for incr or decr"};
    case BinaryStatus::AuthenticationFailed: return {status, "Auth failure."};
    case BinaryStatus::UnknownCommand: return {status, "Unknown command"};
    case BinaryStatus::OutOfMemory: return {status, "Out of memory"};
  }
  UNREACHABLE();
}

Answer answer_of(Complaint complaint) {
  switch (complaint) {
    case Complaint::UnknownCommand: return answer_of(BinaryStatus::UnknownCommand);
    case Complaint::NotANumber: return answer_of(BinaryStatus::NotANumber);
    case Complaint::ValueTooLarge: return answer_of(BinaryStatus::TooLarge);
    case Complaint::OutOfMemoryStoring:
    case Complaint::OutOfMemoryReading:
      return {BinaryStatus::OutOfMemory, "Out of memory allocating item"};
    case Complaint::OutOfMemory:
      return {BinaryStatus::OutOfMemory, "Out of memory incrementing value"};
    case Complaint::OutOfMemoryCreating:
      return {BinaryStatus::OutOfMemory, "Out of memory allocating new item"};
    case Complaint::FlushNotAllowed:
    case Complaint::Unauthenticated:
    case Complaint::AuthenticationFailed: return answer_of(BinaryStatus::AuthenticationFailed);
    case Complaint::ConfigNotEnabled:
      return {BinaryStatus::UnknownCommand, "config set, delete and list are not enabled"};
    case Complaint::TooManyConfigs: return {BinaryStatus::OutOfMemory, "Too many configurations"};
    case Complaint::BadCluster:
      return {BinaryStatus::InvalidArguments, "Bad list of cluster nodes: see the log"};
    case Complaint::ClusterVersionTooLow:
      return {BinaryStatus::InvalidArguments, "The version of the cluster must increase"};
    case Complaint::ClusterKeyReserved:
      return {BinaryStatus::InvalidArguments, "The key is reserved for the list of cluster nodes"};
    case Complaint::NoSuchStatistics:
    case Complaint::StatsDetailDenied: return answer_of(BinaryStatus::NotFound);
    default: return answer_of(BinaryStatus::InvalidArguments);  // complaints of the text protocols
  }
}

void encode_answer(const Answer& answer, uint64_t cas, const ReplyStyle& style, ReplyBuffer& out) {
  const size_t size = answer.text.size();
  char* end = out.prepare(kBinaryHeaderSize + size);
  end = write_header(end, answer.status, {.value = size}, cas, style);
  out.commit(write_text(end, answer.text));
}

}  // namespace

void encode_binary_hit(const BinaryHit& hit, std::string_view value, const ReplyStyle& style,
                       ReplyBuffer& out) {
  DEBUG_ASSERT(value.size() == hit.value_size);
  char* end = out.prepare(head_size(hit) + value.size());
  end = write_hit_head(end, hit, style);
  out.commit(write_text(end, value));
}

void encode_binary_hit_head(const BinaryHit& hit, const ReplyStyle& style, ReplyBuffer& out) {
  out.commit(write_hit_head(out.prepare(head_size(hit)), hit, style));
}

void encode_binary_miss(std::string_view key, const ReplyStyle& style, ReplyBuffer& out) {
  if (key.empty()) return encode_answer(answer_of(BinaryStatus::NotFound), 0, style, out);
  char* end = out.prepare(kBinaryHeaderSize + key.size());
  end = write_header(end, BinaryStatus::NotFound, {.key = key.size()}, 0, style);
  out.commit(write_text(end, key));
}

void encode_binary_status(BinaryStatus status, uint64_t cas, const ReplyStyle& style,
                          ReplyBuffer& out) {
  encode_answer(answer_of(status), cas, style, out);
}

void encode_binary_complaint(Complaint complaint, const ReplyStyle& style, ReplyBuffer& out) {
  encode_answer(answer_of(complaint), 0, style, out);
}

void encode_binary_text(BinaryStatus status, std::string_view text, const ReplyStyle& style,
                        ReplyBuffer& out) {
  encode_answer({status, text}, 0, style, out);
}

void encode_binary_number(uint64_t number, uint64_t cas, const ReplyStyle& style,
                          ReplyBuffer& out) {
  char* end = out.prepare(kBinaryHeaderSize + sizeof number);
  end = write_header(end, BinaryStatus::Ok, {.value = sizeof number}, cas, style);
  out.commit(store_big_endian(end, number));
}

void encode_binary_stat(std::string_view name, std::string_view value, const ReplyStyle& style,
                        ReplyBuffer& out) {
  char* end = out.prepare(kBinaryHeaderSize + name.size() + value.size());
  end = write_header(end, BinaryStatus::Ok, {.key = name.size(), .value = value.size()}, 0, style);
  end = write_text(end, name);
  out.commit(write_text(end, value));
}

}  // namespace larder::protocol
