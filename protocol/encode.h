// From outcomes to bytes.  Encoders only append; they cannot fail and ask nobody anything.
//
// The caller has already dropped what a silent style must not say.
//
// Threads: pure functions over the given buffer.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/complaint.h"
#include "protocol/reply_buffer.h"
#include "protocol/request.h"

namespace larder::protocol {

// One-word answers.
enum class Status : uint8_t {
  Stored,
  NotStored,
  Exists,
  NotFound,
  Deleted,
  Touched,
  Ok,
  Reset,
  End,
};

// What a hit shows.
struct Hit {
  std::string_view key;
  uint32_t flags;
  uint32_t value_size;
  uint64_t cas;  // shown if with_cas
};

// "VALUE <key> <flags> <size>[ <cas>]\r\n<value>\r\n", the value copied.
// Precondition: value.size() == hit.value_size.
void encode_hit(const Hit& hit, bool with_cas, std::string_view value, ReplyBuffer& out);

// The same without the value and its line end, which the caller appends: for large values.
void encode_hit_head(const Hit& hit, bool with_cas, ReplyBuffer& out);

void encode_status(Status status, ReplyBuffer& out);
void encode_complaint(Complaint complaint, ReplyBuffer& out);

// The new value of a counter: "<number>\r\n".
void encode_number(uint64_t number, ReplyBuffer& out);

// "VERSION <version>\r\n".
void encode_version(std::string_view version, ReplyBuffer& out);

// "STAT <name> <value>\r\n".
void encode_stat(std::string_view name, std::string_view value, ReplyBuffer& out);

}  // namespace larder::protocol
