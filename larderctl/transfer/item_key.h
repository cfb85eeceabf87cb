// Keys in the text and meta protocols: as they are, or in base64 with the flag b.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace larder::ctl {

// memcached's limit, for what stands in the line.  A server that reads a longer key takes the value
// behind it for commands, so such a key must not be sent.
inline constexpr size_t kWireKeySizeMax = 250;

// Whether the bytes can stand in a line: no blank, no control character.
bool is_plain_key(std::string_view key) noexcept;

// Whether the meta protocol can have this key.
bool fits_meta(std::string_view key, bool in_base64) noexcept;
// Whether the text protocol can.
bool fits_text(std::string_view key) noexcept;

// Decodes %XX as metadump writes keys.  False if it is not valid; `key` is then unspecified.
bool decode_uri(std::string_view text, std::string& key);

// For messages: with %XX for bytes that a terminal should not get, and at most 250 characters.
std::string shown_key(std::string_view key);

}  // namespace larder::ctl
