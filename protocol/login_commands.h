// How a client says who it is.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

// SASL LIST, AUTH and STEP.
struct SaslRequest {
  enum class Kind : uint8_t { List, Start, Step };
  Kind kind = Kind::List;
  std::string_view mechanism = {};
  std::string_view data = {};
};

// What stands for it in text: a set whose value is "<user> <password>".
struct Login {
  std::string_view user = {};
  std::string_view password = {};
};

}  // namespace larder::protocol
