// Text into a buffer that is known to have room for it.
#pragma once

#include <cstring>
#include <string_view>

namespace larder::protocol {

// Returns where it ends.
inline char* write_text(char* out, std::string_view text) noexcept {
  if (text.empty()) return out;  // an empty view may have no data, which memcpy must not see
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace larder::protocol
