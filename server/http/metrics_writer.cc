#include "server/http/metrics_writer.h"

#include <fmt/format.h>

#include <array>

#include "base/assertions.h"

namespace larder::server {
namespace {

void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += c; break;
    }
  }
}

void append_help(std::string& out, std::string_view help) {
  for (const char c : help) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      default: out += c; break;
    }
  }
}

std::string_view word_of(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Histogram: return "histogram";
  }
  UNREACHABLE();
}

}  // namespace

void MetricsWriter::append(std::string_view suffix, std::span<const MetricLabel> labels,
                           std::string_view value) {
  if (!is_begun_) {
    text_ += fmt::format("# HELP {} ", name_);
    append_help(text_, help_);
    text_ += fmt::format("\n# TYPE {} {}\n", name_, word_of(type_));
    is_begun_ = true;
  }
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const MetricLabel& label : labels) {
    text_ += before;
    text_ += label.name;
    text_ += "=\"";
    append_label_value(text_, label.value);
    text_ += '"';
    before = ',';
  }
  if (before == ',') text_ += '}';
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void MetricsWriter::sample(std::string_view value, std::initializer_list<MetricLabel> labels) {
  append("", labels, value);
}

void MetricsWriter::sample(double value, std::initializer_list<MetricLabel> labels) {
  sample(std::string_view(fmt::format("{}", value)), labels);
}

void MetricsWriter::histogram(std::span<const MetricBucket> buckets, uint64_t count, double sum,
                              const MetricLabel& label) {
  const auto bucket = [&](std::string_view bound, uint64_t below) {
    append("_bucket", std::array{label, MetricLabel{"le", bound}}, std::to_string(below));
  };
  for (const MetricBucket& one : buckets) bucket(fmt::format("{}", one.bound), one.count);
  bucket("+Inf", count);
  append("_sum", {&label, 1}, fmt::format("{}", sum));
  append("_count", {&label, 1}, std::to_string(count));
}

}  // namespace larder::server
