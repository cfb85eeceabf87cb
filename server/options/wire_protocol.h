// Which dialects of the protocol a listener speaks.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::server {

// Auto: the first byte that a client sends decides.
enum class WireProtocol : uint8_t { Auto, Ascii, Binary };

// "auto-negotiate", "ascii" or "binary", as `stats settings` calls them.
std::string_view wire_protocol_name(WireProtocol protocol);

}  // namespace larder::server
