// Rows of `stats` as numbers.
//
// Threads: pure functions.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/admin/stats_snapshot.h"

namespace larder::server {

// Returns 0 if there is no such row or its value is not an integer.
inline uint64_t number_in(const StatRows& rows, std::string_view name) {
  const std::string* text = rows.find(name);
  uint64_t number = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace larder::server
