// Keys in lines other than the reply to the client that sent them.  A key sent in base64 or by the
// binary protocol may contain any bytes; it must not end a line or look like another field.
//
// In URI encoding, as metadump and watch use it, letters, digits and -._~ stay as they are, and
// every other byte becomes %XX.
#pragma once

#include <string>
#include <string_view>

namespace larder::protocol {

// Whether a key can be written to a line unchanged: it contains no blank and no control byte.  Text
// clients can request it.
bool is_plain_key(std::string_view key) noexcept;

// Returns the end of the output.  `out` has room for three bytes for each byte of the key.
char* write_uri_encoded(char* out, std::string_view key) noexcept;
std::string uri_encoded(std::string_view key);

}  // namespace larder::protocol
