#include "tests/bench/load/report_text.h"

#include <cinttypes>
#include <cstdio>

namespace larder::bench {
namespace {

// Precondition: printable, as a worker's failure texts are.
std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    quoted += byte;
  }
  return quoted + '"';
}

void append_count(const char* name, uint64_t count, std::string* text) {
  char raw[96];
  std::snprintf(raw, sizeof raw, "\"%s\": %" PRIu64 ", ", name, count);
  text->append(raw);
}

void append_decimal(const char* name, double number, std::string* text) {
  char raw[96];
  std::snprintf(raw, sizeof raw, "\"%s\": %.3f, ", name, number);
  text->append(raw);
}

double microseconds(uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }

}  // namespace

std::string report_text(std::string_view phase, const Report& report, uint64_t cpu_nanoseconds) {
  const double seconds =
      static_cast<double>(report.end_nanoseconds - report.begin_nanoseconds) / 1e9;
  const double operations = static_cast<double>(report.operations);
  std::string text = "{\"phase\": " + quoted(phase) + ", ";
  append_count("operations", report.operations, &text);
  append_decimal("seconds", seconds, &text);
  append_decimal("ops_per_second", seconds > 0 ? operations / seconds : 0, &text);
  append_decimal("p50_microseconds", microseconds(report.latency.quantile(0.5)), &text);
  append_decimal("p99_microseconds", microseconds(report.latency.quantile(0.99)), &text);
  append_decimal("p999_microseconds", microseconds(report.latency.quantile(0.999)), &text);
  append_decimal("max_microseconds", microseconds(report.latency.max()), &text);
  append_decimal("late_p99_microseconds", microseconds(report.lateness.quantile(0.99)), &text);
  append_count("misses", report.misses, &text);
  append_count("failures", report.failures, &text);
  append_count("reconnects", report.reconnects, &text);
  append_count("bytes_sent", report.bytes_sent, &text);
  append_count("bytes_received", report.bytes_received, &text);
  append_count("generator_cpu_nanoseconds", cpu_nanoseconds, &text);
  text += "\"first_failure\": " + quoted(report.first_failure) + "}\n";
  return text;
}

}  // namespace larder::bench
