// Appends whole numbers to a text without a detour.
//
// Threads: pure functions.
#pragma once

#include <charconv>
#include <concepts>
#include <string>

namespace larder::ctl {

template <std::integral Number>
void append_decimal(Number number, std::string& out) {
  char digits[24];
  const auto [end, code] = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, static_cast<size_t>(end - digits));
}

}  // namespace larder::ctl
