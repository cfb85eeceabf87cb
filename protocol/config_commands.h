// Auto Discovery: `config get`, `config set`, `config delete` and their frames.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::protocol {

// config get: what stands under a name beside the items, such as the list of a cluster's nodes.
struct ConfigGet {
  std::string_view name = {};  // empty: everything there is
  bool shows_name = false;     // Binary
};

// config set: a head; its value follows it in the stream.
struct ConfigSet {
  std::string_view name = {};
  uint32_t flags = 0;
  uint32_t value_size = 0;  // bytes, the terminator not counted
};

// config delete.
struct ConfigDelete {
  std::string_view name = {};
};

}  // namespace larder::protocol
