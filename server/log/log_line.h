// One log line: an event and its fields, as text or as a JSON object.
//
//   2026-03-01T09:30:00.000250Z warning slow_request: Slow request. command=get key="a b"
//   {"time":"2026-03-01T09:30:00.000250Z","level":"warning","event":"slow_request",
//    "message":"Slow request.","command":"get","key":"a b"}                  (on one line)
//
// A line is always ASCII: quotes, backslashes, control characters and every byte from 0x80 on are
// escaped as in JSON, each byte separately (\u00e9), so that the original bytes can be recovered.
// Formatting allocates no memory.
//
// Threads: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/options/log_level.h"

namespace larder::server {

class LogLine {
 public:
  // Including the newline.  Equal to PIPE_BUF, so that a write to a pipe is atomic.
  static constexpr size_t kSizeMax = 4096;
  // Longer texts are cut, and "..." is appended.
  static constexpr size_t kTextSizeMax = 250;

  // `unix_us`: microseconds since the epoch.
  LogLine(LogFormat format, int64_t unix_us, LogLevel level, std::string_view event,
          std::string_view message);
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  // Names consist of letters, digits and underscores.  A field that does not fit is left out.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, uint64_t value);
  void milliseconds(std::string_view name, uint64_t nanoseconds);
  void flag(std::string_view name, bool value);

  // The complete line; valid as long as this object.
  std::string_view finish();

 private:
  // Leaves room for what finish() appends.
  static constexpr size_t kFieldsEnd = kSizeMax - 2;

  void put(std::string_view bytes);
  void put_quoted(std::string_view bytes);
  void put_name(std::string_view name);
  void put_plain_field(std::string_view name, std::string_view value);
  template <class Put>
  void field(Put put_field);

  const LogFormat format_;
  bool is_full_ = false;
  size_t size_ = 0;
  char bytes_[kSizeMax];
};

}  // namespace larder::server
