#include "tests/bench/load/report.h"

#include <algorithm>

namespace larder::bench {

void Report::merge(const Report& other) {
  operations += other.operations;
  misses += other.misses;
  failures += other.failures;
  reconnects += other.reconnects;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  begin_nanoseconds = begin_nanoseconds == 0 ? other.begin_nanoseconds
                                             : std::min(begin_nanoseconds, other.begin_nanoseconds);
  end_nanoseconds = std::max(end_nanoseconds, other.end_nanoseconds);
  latency.merge(other.latency);
  lateness.merge(other.lateness);
  if (first_failure.empty()) first_failure = other.first_failure;
}

void Report::fail(std::string_view what, std::string_view got) {
  ++failures;
  if (!first_failure.empty()) return;
  first_failure = what;
  if (!got.empty()) first_failure += ": '" + excerpt(got) + "'";
}

std::string excerpt(std::string_view bytes) {
  constexpr size_t kExcerptSize = 60;
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, kExcerptSize)) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\r') {
      text += "\\r";
    } else if (byte == '\n') {
      text += "\\n";
    } else if (code < 0x20 || code >= 0x7F) {
      text.append("\\x").append(1, kHex[code >> 4]).append(1, kHex[code & 15]);
    } else {
      text += byte;
    }
  }
  if (bytes.size() > kExcerptSize) text += "...";
  return text;
}

}  // namespace larder::bench
