// Keys in lines that are not replies to their own client.  A key that came by the binary protocol
// or in base64 may have any bytes, and must not end a line or look like another field.
//
// URI-encoded, as metadump and watchers show them, letters, digits and -._~ are as they are, and
// every other byte is %XX.
#pragma once

#include <string>
#include <string_view>

namespace larder::protocol {

// Whether a key may stand in a line as it is: it has no blank and no control byte.  A text client
// can ask for it.
bool is_plain_key(std::string_view key) noexcept;

// Returns where it ends.  `out` has room for three bytes for each of the key's.
char* write_uri_encoded(char* out, std::string_view key) noexcept;
std::string uri_encoded(std::string_view key);

}  // namespace larder::protocol
