// Writes the lines of one `stats` answer: "STAT <prefix><name> <value>\r\n".
//
// Threads: one owner.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "protocol/decimal.h"
#include "protocol/encode.h"

namespace larder::server {

class StatWriter {
 public:
  // `out` outlives the writer.
  explicit StatWriter(protocol::ReplyBuffer& out, std::string_view prefix = {})
      : out_(out), name_(prefix), prefix_size_(prefix.size()) {}

  void text(std::string_view name, std::string_view value) {
    name_.resize(prefix_size_);
    name_ += name;
    protocol::encode_stat(name_, value, out_);
  }
  template <std::unsigned_integral Number>
  void number(std::string_view name, Number value) {
    char digits[protocol::kDecimal64SizeMax];
    const char* end = protocol::write_decimal(digits, uint64_t{value});
    text(name, {digits, static_cast<size_t>(end - digits)});
  }
  void zero(std::string_view name) { text(name, "0"); }

 private:
  protocol::ReplyBuffer& out_;
  std::string name_;
  const size_t prefix_size_;
};

}  // namespace larder::server
