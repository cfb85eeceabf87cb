// Checks for our own mistakes.  Never for what a client or the system sent.
//
// ASSERT is always on and belongs where it is cold; DEBUG_ASSERT is on in debug and sanitizer
// builds only and may stand in hot code.  A failed check prints its place and aborts.
#pragma once

namespace larder::base {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace larder::base

#define ASSERT(expression)             \
  (__builtin_expect(!!(expression), 1) \
       ? static_cast<void>(0)          \
       : ::larder::base::assertion_failed(#expression, __FILE__, __LINE__))

#ifdef LARDER_DEBUG_ASSERTS
#define DEBUG_ASSERT(expression) ASSERT(expression)
#else
#define DEBUG_ASSERT(expression) static_cast<void>(sizeof(!(expression)))
#endif

// Marks a place that a correct program never reaches, such as the end of a complete switch.
#define UNREACHABLE() ::larder::base::assertion_failed("unreachable", __FILE__, __LINE__)
