// Keys as metadump and watchers show them: letters, digits and -._~ as they are, every other byte
// as %XX.
#pragma once

#include <string_view>

namespace larder::protocol {

// Returns where it ends.  `out` has room for three bytes for each of the key's.
char* write_uri_encoded(char* out, std::string_view key) noexcept;

}  // namespace larder::protocol
