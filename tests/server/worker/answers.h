// Expected replies, and their comparison with received ones.
//
// Threads: pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace larder::server {

// The lines of a hit in the reply to a get.
inline std::string hit(const std::string& key, std::string_view value) {
  return "VALUE " + key + " 0 " + std::to_string(value.size()) + "\r\n" + std::string(value) +
         "\r\n";
}

// Describes the first difference between two texts; empty if they are equal.  For replies that are
// too long to print.
inline std::string difference(std::string_view came, std::string_view expected) {
  if (came == expected) return {};
  const auto at = static_cast<size_t>(
      std::mismatch(came.begin(), came.end(), expected.begin(), expected.end()).first -
      came.begin());
  return "byte " + std::to_string(at) + " of " + std::to_string(came.size()) + ": \"" +
         std::string(came.substr(at, 40)) + "\", and of " + std::to_string(expected.size()) +
         ": \"" + std::string(expected.substr(at, 40)) + "\"";
}

}  // namespace larder::server
