// How a client says who it is.  This is no Command: it is settled before anything is executed.
//
// Views borrow from the input that the parser was given and end with it.
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

// In text: a set whose value is "<user> <password>".
struct PasswordLogin {
  std::string_view user = {};
  std::string_view password = {};
};

struct Login {
  std::variant<PasswordLogin, SaslRequest> credentials;
  ReplyStyle style;  // how to answer
};

}  // namespace larder::protocol
