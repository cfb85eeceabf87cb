// Base64 (RFC 4648, with padding).
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder::base {

// How many bytes encode_base64() writes for `size` bytes.
constexpr size_t base64_size(size_t size) { return (size + 2) / 3 * 4; }

// Encodes `bytes` to `out` and returns the end of the text.
// Precondition: room for base64_size(bytes.size()).
char* encode_base64(std::string_view bytes, char* out) noexcept;

// Decodes `text` to `out` and returns the number of bytes, or 0 if `text` is invalid.  As lenient
// as memcached: characters outside the alphabet are skipped, the number of the others must be a
// multiple of four, and everything after the group with the padding is ignored.
// Precondition: room for text.size() bytes.
[[nodiscard]] size_t decode_base64(std::string_view text, char* out) noexcept;

}  // namespace larder::base
