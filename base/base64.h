// Base64 (RFC 4648, with padding).
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::base {

// Bytes that encode_base64() writes for `size` bytes.
constexpr size_t base64_size(size_t size) { return (size + 2) / 3 * 4; }

// Writes the text of `bytes` at `out` and returns the place behind it.
// Precondition: room for base64_size(bytes.size()).
char* encode_base64(std::string_view bytes, char* out) noexcept;

// Writes the bytes that `text` stands for at `out` and returns their number, or 0 if it stands for
// none.  As lenient as memcached: characters outside the alphabet are skipped, the others must come
// in fours, and whatever follows the four with the padding is ignored.
// Precondition: room for text.size() bytes.
[[nodiscard]] size_t decode_base64(std::string_view text, char* out) noexcept;

}  // namespace larder::base
