// From bytes to a Request.
//
// Threads: pure functions, callable from anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/complaint.h"
#include "protocol/request.h"

namespace larder::protocol {

enum class Verdict : uint8_t {
  Complete,   // *request is set; `consumed` bytes were its head
  NeedMore,   // a proper prefix; call again with these bytes and more
  Malformed,  // send `complaint` unless `silent`, skip `consumed` + `value_bytes_to_skip`, go on
  Fatal,      // send `complaint` unless it is None, then close: nothing after it can be trusted
};

struct Parsed {
  Verdict verdict = Verdict::NeedMore;
  Complaint complaint = Complaint::None;
  bool silent = false;               // Malformed only: the line ended in noreply
  uint32_t consumed = 0;             // bytes of the head, its line end included
  uint32_t value_bytes_to_skip = 0;  // Malformed only: a bad head whose value size was readable;
                                     // counts the value's terminator
};

// Parses one request head from the front of `input`.
// Reads nothing outside `input`, allocates nothing, remembers nothing.
// `searched`: that many bytes at the front are known to hold no newline (from an earlier NeedMore
// on the same bytes), so that a long line which arrives in pieces is not scanned again and again.
// On Complete, views in *request borrow from `input`; otherwise *request is unspecified.
// A value, if the command has one, follows the head and is not parsed here.
// Precondition: searched <= input.size().
[[nodiscard]] Parsed parse_text(std::string_view input, size_t searched, Request* request) noexcept;

}  // namespace larder::protocol
