// Parses numbers of the command line.  All options use these functions, so that they refuse the
// same input: `-c 10k` is an error and does not mean ten connections.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace larder::server {

// Small enough that a multiplication by any unit does not overflow 64 bits.
inline constexpr int64_t kNumberMax = int64_t{1} << 42;

// A whole number with an optional sign; spaces around it are allowed, as for atoi(), but nothing
// else is.  An error is the end of a sentence, such as "needs a number, not \"10x\"".
base::Result<int64_t> parse_number(std::string_view text);

// A number of bytes: a whole number of `unit` bytes, or of the unit given by a final letter, k, m
// or g in either case.  With a unit of a megabyte, "64", "64m" and "65536k" are equal.
base::Result<int64_t> parse_size(std::string_view text, int64_t unit);

// One or more octal digits and nothing else, for permission bits.
base::Result<int64_t> parse_octal(std::string_view text);

// A finite decimal fraction; spaces around it are allowed.
base::Result<double> parse_decimal(std::string_view text);

}  // namespace larder::server
