// Helpers of the meta parser's tests.
#pragma once

#include <string>

#include "tests/protocol/text_cases.h"

namespace larder::protocol {

// The recorded flags, in order.
inline std::string asked_in(const ReplyStyle& style) {
  return {style.asked.begin(), style.asked.end()};
}

// The error for a line; None if it is a request.  Errors of meta lines are always sent.
inline Complaint complaint_about(const std::string& line) {
  const TextCase parsed(line + "\r\n");
  if (parsed.is(Verdict::Complete)) return Complaint::None;
  if (!parsed.complains(parsed.parsed.complaint)) throw std::runtime_error("more than a complaint");
  return parsed.parsed.complaint;
}

// The same for a write with the size 10, whose value is consumed with the line.
inline Complaint complaint_about_write(const std::string& key, const std::string& flags) {
  const TextCase parsed("ms " + key + " 10 " + flags + "\r\n");
  if (parsed.is(Verdict::Complete)) return Complaint::None;
  if (!parsed.is(Verdict::Malformed) || parsed.parsed.silent ||
      parsed.parsed.value_bytes_to_skip != 12) {
    throw std::runtime_error("the value is not skipped");
  }
  return parsed.parsed.complaint;
}

}  // namespace larder::protocol
