// One request of memcached's meta protocol, and its bytes on the wire.
//
// Threads: pure functions and plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "client/error.h"

namespace larder::client {

inline constexpr size_t kKeySizeMax = 250;
inline constexpr size_t kValueSizeMax = size_t{1} << 30;  // what a server can be told to take

struct MetaRequest {
  enum class Verb : uint8_t { Get, Set, Delete, Arithmetic };

  Verb verb = Verb::Get;
  std::string_view key = {};    // any bytes; good as long as the request
  std::string flags = {};       // each behind a blank, such as " v T60"; without "b" and "O"
  std::string_view value = {};  // Set only; good as long as the request
};

// What every batch ends with: a request whose reply, MN, comes when all others have.
inline constexpr std::string_view kFence = "mn\r\n";

// Fails if no server would take the request: an empty key, one that is too long (250 bytes, or 186
// if it has bytes that cannot stand in a line: those go as base64), or too large a value.
Outcome check_request(const MetaRequest& request);

// Precondition: check_request(request).
// A server repeats `opaque` in its reply, unless that is an error.
void append_request(std::string& wire, const MetaRequest& request, uint64_t opaque);

// Appends " <letter><number>".
void add_flag(std::string& flags, char letter, uint64_t number);

// Appends " <letter><time>" for a time to live: 0 is for ever, less is over at once.  Servers take
// more than 30 days for a moment, so that is what such a time becomes, at most early in 2038.
void add_ttl(std::string& flags, char letter, std::chrono::seconds ttl);

}  // namespace larder::client
