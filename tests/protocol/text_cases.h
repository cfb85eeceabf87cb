// Helpers of the text parser's tests.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/complaint.h"
#include "protocol/limits.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "tests/support/guarded_bytes.h"

namespace larder::protocol {

// Parses bytes once; bytes after them cannot be read.  Views in `request` borrow from `input`.
struct TextCase {
  explicit TextCase(std::string_view bytes) : input(bytes) {
    parsed = parse_text(input.bytes(), 0, &request);
  }

  bool is(Verdict verdict) const { return parsed.verdict == verdict; }
  // Whether the whole line was refused with `complaint`, which is sent, and there is no value to
  // skip.
  bool complains(Complaint complaint) const {
    return is(Verdict::Malformed) && parsed.complaint == complaint && !parsed.silent &&
           parsed.value_bytes_to_skip == 0 && parsed.consumed == input.bytes().size();
  }
  // The same for a complaint that is not sent.
  bool complains_silently(Complaint complaint) const {
    return is(Verdict::Malformed) && parsed.complaint == complaint && parsed.silent &&
           parsed.value_bytes_to_skip == 0 && parsed.consumed == input.bytes().size();
  }
  // Whether the whole line is a request of this kind.
  template <class Command>
  bool holds() const {
    return is(Verdict::Complete) && parsed.consumed == input.bytes().size() &&
           std::holds_alternative<Command>(request.command);
  }
  // Throws, which fails the test, if the line is another command.
  template <class Command>
  const Command& get() const {
    if (!holds<Command>()) throw std::runtime_error("not the command it should be");
    return std::get<Command>(request.command);
  }
  // All keys of a Get, in order.
  std::vector<std::string> keys() const {
    std::vector<std::string> keys{std::string(get<Get>().key)};
    std::string_view rest = get<Get>().more_keys;
    for (auto key = next_key(rest); !key.empty(); key = next_key(rest)) keys.emplace_back(key);
    return keys;
  }

  support::GuardedBytes input;
  Request request;
  Parsed parsed;
};

inline std::string key_of_size(size_t size) { return std::string(size, 'k'); }

}  // namespace larder::protocol
