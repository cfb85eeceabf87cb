// How a client authenticates.  A login is not a Command, because it is handled before any command
// is executed.
//
// Views borrow from the input that was given to the parser and are valid only as long as it is.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "protocol/reply_style.h"

namespace larder::protocol {

// SASL LIST, AUTH and STEP.
struct SaslRequest {
  enum class Kind : uint8_t { List, Start, Step };
  Kind kind = Kind::List;
  std::string_view mechanism = {};
  std::string_view data = {};
};

// The login of the text protocol: a set whose value is "<user> <password>".
struct PasswordLogin {
  std::string_view user = {};
  std::string_view password = {};
};

struct Login {
  std::variant<PasswordLogin, SaslRequest> credentials;
  ReplyStyle style;  // how to reply
};

}  // namespace larder::protocol
