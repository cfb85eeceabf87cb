// Writes one `stats` reply in the client's dialect: lines "STAT <prefix><name> <value>\r\n" and an
// end, or binary frames.
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
  // All arguments except the prefix outlive the writer.
  StatWriter(protocol::ReplyBuffer& out, const protocol::ReplyStyle& style,
             std::string_view prefix = {})
      : out_(out), style_(style), name_(prefix), prefix_size_(prefix.size()) {}

  void text(std::string_view name, std::string_view value) {
    name_.resize(prefix_size_);
    name_ += name;
    if (is_binary()) {
      protocol::encode_binary_stat(name_, value, style_, out_);
    } else {
      protocol::encode_stat(name_, value, out_);
    }
  }
  template <std::unsigned_integral Number>
  void number(std::string_view name, Number value) {
    char digits[protocol::kDecimal64SizeMax];
    const char* end = protocol::write_decimal(digits, uint64_t{value});
    text(name, {digits, static_cast<size_t>(end - digits)});
  }
  void zero(std::string_view name) { text(name, "0"); }

  // Ends the reply; `status` is the final line in text.
  void end(protocol::Status status) {
    if (is_binary()) {
      protocol::encode_binary_stat({}, {}, style_, out_);
    } else {
      protocol::encode_status(status, out_);
    }
  }
  // A complete reply that consists of its own lines and END; in a frame it is the value of a name.
  void end_with_text(std::string_view name, std::string_view lines) {
    if (!is_binary()) return out_.append(lines);
    text(name, lines);
    end(protocol::Status::End);
  }
  // A complete reply.
  void refuse(protocol::Complaint complaint) {
    if (is_binary()) {
      protocol::encode_binary_complaint(complaint, style_, out_);
    } else {
      protocol::encode_complaint(complaint, out_);
    }
  }

 private:
  bool is_binary() const { return style_.dialect == protocol::Dialect::Binary; }

  protocol::ReplyBuffer& out_;
  const protocol::ReplyStyle& style_;
  std::string name_;
  const size_t prefix_size_;
};

}  // namespace larder::server
