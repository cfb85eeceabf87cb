// Writes text into a buffer with enough room.
#pragma once

#include <cstring>
#include <string_view>

namespace larder::protocol {

// Returns the end of the output.
inline char* write_text(char* out, std::string_view text) noexcept {
  if (text.empty()) return out;  // an empty view may have a null pointer, which memcpy must not get
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace larder::protocol
