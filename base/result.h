// A value or an Error, for operations outside the request path that may fail.
//
// Member names are a subset of std::expected's, which can replace it in C++23.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

#include "base/assertions.h"

namespace larder::base {

// An error message for the operator: what was attempted, and the system's error.
struct Error {
  std::string text;
};

template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose, so that `return value;` and `return fail("...")` work.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition: has_value().
  T& operator*() noexcept {
    ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const noexcept {
    ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  T* operator->() noexcept { return &**this; }
  const T* operator->() const noexcept { return &**this; }

  // Precondition: !has_value().
  const Error& error() const noexcept {
    ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

// For operations that return nothing but an error.
struct Done {};
using Outcome = Result<Done>;

inline Error fail(std::string text) { return Error{std::move(text)}; }

// Appends the message of errno.  Call it before errno can change.
inline Error fail_errno(std::string text) {
  const int code = errno;
  return Error{std::move(text) + ": " + std::strerror(code)};
}

}  // namespace larder::base
