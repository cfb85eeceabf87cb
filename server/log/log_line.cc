#include "server/log/log_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace larder::server {
namespace {

constexpr std::string_view kCut = "...";

// Characters that need no quotes in the text format.
bool is_bare(char byte) {
  constexpr std::string_view kOthers = "_-.,:;/@+*%[]~";
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || kOthers.find(byte) != std::string_view::npos;
}

// RFC 3339, in UTC.
char* write_time(char* to, int64_t unix_us) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds(unix_us)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> clock(time - day);
  return fmt::format_to(to, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int{date.year()},
                        unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                        clock.minutes().count(), clock.seconds().count(),
                        clock.subseconds().count());
}

}  // namespace

LogLine::LogLine(LogFormat format, int64_t unix_us, LogLevel level, std::string_view event,
                 std::string_view message)
    : format_(format) {
  char time[64];
  const std::string_view now(time, static_cast<size_t>(write_time(time, unix_us) - time));
  if (format_ == LogFormat::Text) {
    for (const std::string_view part : {now, std::string_view(" "), name_of(level),
                                        std::string_view(" "), event, std::string_view(": ")}) {
      put(part);
    }
    put(message);
    return;
  }
  put("{\"time\":\"");
  put(now);
  put("\"");
  text("level", name_of(level));
  text("event", event);
  text("message", message);
}

void LogLine::text(std::string_view name, std::string_view value) {
  field([&] {
    put_name(name);
    const bool is_whole = value.size() <= kTextSizeMax;
    if (format_ == LogFormat::Text && is_whole && !value.empty() &&
        std::ranges::all_of(value, is_bare)) {
      return put(value);
    }
    put("\"");
    put_quoted(value.substr(0, kTextSizeMax));
    if (!is_whole) put(kCut);
    put("\"");
  });
}

void LogLine::number(std::string_view name, uint64_t value) {
  const fmt::format_int digits(value);
  put_plain_field(name, {digits.data(), digits.size()});
}

void LogLine::milliseconds(std::string_view name, uint64_t nanoseconds) {
  char digits[32];
  const char* const end =
      fmt::format_to(digits, "{}.{:03}", nanoseconds / 1'000'000, nanoseconds / 1000 % 1000);
  put_plain_field(name, {digits, static_cast<size_t>(end - digits)});
}

void LogLine::flag(std::string_view name, bool value) {
  put_plain_field(name, value ? "true" : "false");
}

std::string_view LogLine::finish() {
  if (format_ == LogFormat::Json) bytes_[size_++] = '}';
  bytes_[size_++] = '\n';
  return {bytes_, size_};
}

void LogLine::put(std::string_view bytes) {
  if (is_full_ || bytes.size() > kFieldsEnd - size_) {
    is_full_ = true;
    return;
  }
  std::memcpy(bytes_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void LogLine::put_quoted(std::string_view bytes) {
  for (const char byte : bytes) {
    const auto code = static_cast<uint8_t>(byte);
    if (byte == '"' || byte == '\\') {
      const char escaped[] = {'\\', byte};
      put({escaped, 2});
    } else if (code >= 0x20 && code < 0x7f) {
      put({&byte, 1});
    } else {
      char escaped[8];
      fmt::format_to(escaped, "\\u{:04x}", code);
      put({escaped, 6});
    }
  }
}

void LogLine::put_name(std::string_view name) {
  put(format_ == LogFormat::Json ? ",\"" : " ");
  put(name);
  put(format_ == LogFormat::Json ? "\":" : "=");
}

void LogLine::put_plain_field(std::string_view name, std::string_view value) {
  field([&] {
    put_name(name);
    put(value);
  });
}

// Writes the whole field, or nothing if it does not fit.
template <class Put>
void LogLine::field(Put put_field) {
  const size_t size_before = size_;
  put_field();
  if (is_full_) size_ = size_before;
  is_full_ = false;
}

}  // namespace larder::server
