// One line of the log: what happened, and its fields, as words for people or as a JSON object.
//
//   2026-03-01T09:30:00.000250Z warning slow_request: A request took long. command=get key="a b"
//   {"time":"2026-03-01T09:30:00.000250Z","level":"warning","event":"slow_request",
//    "message":"A request took long.","command":"get","key":"a b"}                  (on one line)
//
// A line is ASCII whatever bytes it tells of: quotes, backslashes, control characters and every
// byte from 0x80 on are escaped as in JSON, a byte by itself (\u00e9), so that the bytes can be
// had back.  Nothing is allocated.
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
  // With its end.  A pipe takes so much whole, or nothing of it.
  static constexpr size_t kSizeMax = 4096;
  // Of a text more is cut off, and "..." stands there.
  static constexpr size_t kTextSizeMax = 250;

  // `unix_us`: microseconds since the epoch.
  LogLine(LogFormat format, int64_t unix_us, LogLevel level, std::string_view event,
          std::string_view message);
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  // Names are letters, digits and underscores.  A field for which there is no room is left out.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, uint64_t value);
  void milliseconds(std::string_view name, uint64_t nanoseconds);
  void flag(std::string_view name, bool value);

  // The whole line; good as long as this.
  std::string_view finish();

 private:
  // Room for what finish() adds.
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
