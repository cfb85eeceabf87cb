// One item on its way from a source to a sink.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::ctl {

// The views are valid during the call that they are passed to.
struct Item {
  std::string_view key;
  bool key_is_binary = false;  // was set in base64 or by the binary protocol
  uint32_t flags = 0;          // the client's
  int64_t expires = 0;         // seconds since 1970-01-01 UTC by this machine's clock; 0: never
  uint64_t cas = 0;            // 0: not known
  uint32_t idle_seconds = 0;   // since the last access
  bool was_fetched = false;
  std::string_view value;
};

}  // namespace larder::ctl
