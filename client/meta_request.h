// A request of memcached's meta protocol and its wire format.
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
inline constexpr size_t kValueSizeMax = size_t{1} << 30;  // the largest -I of a server

struct MetaRequest {
  enum class Verb : uint8_t { Get, Set, Delete, Arithmetic };

  Verb verb = Verb::Get;
  std::string_view key = {};    // any bytes; must outlive the request
  std::string flags = {};       // each preceded by a blank, such as " v T60"; without "b" and "O"
  std::string_view value = {};  // Set only; must outlive the request
};

// The last request of every batch: the server replies MN after all other replies.
inline constexpr std::string_view kFence = "mn\r\n";

// Fails if every server would refuse the request: an empty key, a key of more than 250 bytes (186
// if it needs base64 because of bytes that text keys cannot contain), or a value that is too large.
Outcome check_request(const MetaRequest& request);

// Precondition: check_request(request).  A server repeats `opaque` in its reply, except in errors.
void append_request(std::string& wire, const MetaRequest& request, uint64_t opaque);

// Appends " <letter><number>".
void add_flag(std::string& flags, char letter, uint64_t number);

// Appends " <letter><time>" for a time to live: 0 never expires, a negative one expires
// immediately.  Servers interpret more than 30 days as a Unix time, so longer times are converted
// to that, limited to early 2038.
void add_ttl(std::string& flags, char letter, std::chrono::seconds ttl);

}  // namespace larder::client
