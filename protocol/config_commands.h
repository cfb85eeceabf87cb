// Commands of Auto Discovery: `config get`, `config set`, `config delete` and their binary frames.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

// config get: reads a named configuration, such as the list of a cluster's nodes.  Configurations
// are kept apart from items.
struct ConfigGet {
  std::string_view name = {};  // empty: all configurations
  bool shows_name = false;     // Binary
};

// config set: the head of the command; the value follows in the stream.
struct ConfigSet {
  std::string_view name = {};
  uint32_t flags = 0;
  uint32_t value_size = 0;  // in bytes, without the terminator
};

// config delete.
struct ConfigDelete {
  std::string_view name = {};
};

}  // namespace larder::protocol
