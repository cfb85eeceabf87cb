// A value or an Error, for fallible work off the request path.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/assertions.h"
#include "base/expected.h"

namespace larder::base {

// What went wrong, in the operator's words: what was tried, and what the system said.
struct Error {
  std::string text;
};

template <class T>
using Result = Expected<T, Error>;

using Outcome = Result<Done>;

inline Error fail(std::string text) { return Error{std::move(text)}; }

// Appends what errno says.  Call it before anything else can change errno.
inline Error fail_errno(std::string text) {
  const int code = errno;
  return Error{std::move(text) + ": " + std::strerror(code)};
}

}  // namespace larder::base
