#include "server/metrics_writer.h"

#include <fmt/format.h>

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

}  // namespace

void MetricsWriter::sample(std::string_view value, std::initializer_list<MetricLabel> labels) {
  if (!is_begun_) {
    text_ += fmt::format("# HELP {} ", name_);
    append_help(text_, help_);
    text_ +=
        fmt::format("\n# TYPE {} {}\n", name_, type_ == MetricType::Counter ? "counter" : "gauge");
    is_begun_ = true;
  }
  text_ += name_;
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

void MetricsWriter::sample(double value, std::initializer_list<MetricLabel> labels) {
  sample(std::string_view(fmt::format("{}", value)), labels);
}

}  // namespace larder::server
