// A value or an error: the template behind base::Result and client::Result.
//
// Member names are a subset of std::expected's, so that std::expected can replace it in C++23.
// This header is installed with the client library, so it defines no macro.
//
// Threads: as the value's.
#pragma once

#include <utility>
#include <variant>

namespace larder::base {

// Aborts: the caller accessed the value or error that the Expected does not have.
[[noreturn]] void wrong_side_of_expected(const char* wanted) noexcept;

template <class T, class E>
class [[nodiscard]] Expected {
 public:
  // Implicit on purpose, so that `return value;` and `return fail("...");` work.
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition: has_value().
  T& operator*() noexcept {
    if (!has_value()) wrong_side_of_expected("a value");
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const noexcept {
    if (!has_value()) wrong_side_of_expected("a value");
    return *std::get_if<0>(&state_);
  }
  T* operator->() noexcept { return &**this; }
  const T* operator->() const noexcept { return &**this; }

  // Precondition: !has_value().
  const E& error() const noexcept {
    if (has_value()) wrong_side_of_expected("an error");
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

// The value of a function that returns only success or an error.
struct Done {};

}  // namespace larder::base
