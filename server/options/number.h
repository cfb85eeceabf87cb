// Numbers as the command line has them.  Every number of every option is read here, so that all of
// them refuse the same things: `-c 10k` is an error and not ten connections.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace larder::server {

// So that no unit makes a product of 64 bits overflow.
inline constexpr int64_t kNumberMax = int64_t{1} << 42;

// A whole number, with or without a sign; spaces may stand around it, as for atoi(), but nothing
// else.  An error is the end of a sentence: "needs a number, not \"10x\"".
base::Result<int64_t> parse_number(std::string_view text);

// A number of bytes: a whole number of `unit` bytes, or of what a last letter says, which is k, m
// or g, small or capital: with a unit of a megabyte "64", "64m" and "65536k" are the same.
base::Result<int64_t> parse_size(std::string_view text, int64_t unit);

// Digits from 0 to 7 and nothing else, such as the bits of a mode.
base::Result<int64_t> parse_octal(std::string_view text);

// A finite decimal fraction, with spaces around it as above.
base::Result<double> parse_decimal(std::string_view text);

}  // namespace larder::server
