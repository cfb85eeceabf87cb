// Checks for programming errors; never for input from clients or the system.
//
// ASSERT is always enabled and belongs in cold code; DEBUG_ASSERT is enabled in debug and sanitizer
// builds only and may be used in hot code.  A failed check prints its location and aborts.
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

// Marks code that a correct program never reaches, such as the end of a complete switch.
#define UNREACHABLE() ::larder::base::assertion_failed("unreachable", __FILE__, __LINE__)
