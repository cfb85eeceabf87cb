// The protocols that a listener accepts.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::server {

// Auto: determined by the first byte that a client sends.
enum class WireProtocol : uint8_t { Auto, Ascii, Binary };

// The names in `stats settings`: "auto-negotiate", "ascii" or "binary".
std::string_view wire_protocol_name(WireProtocol protocol);

}  // namespace larder::server
