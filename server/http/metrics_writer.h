// Writes Prometheus's text format, version 0.0.4: families of samples, one after the other.
//
// A family without samples is omitted.
//
// Threads: one owner.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace larder::server {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

enum class MetricType : uint8_t { Counter, Gauge, Histogram };

struct MetricLabel {
  std::string_view name;
  std::string_view value;  // any bytes
};

// The number of observations of at most `bound`, in the family's unit.
struct MetricBucket {
  double bound;
  uint64_t count;
};

class MetricsWriter {
 public:
  // Begins a family; a name may be used once.  The views must live until the next family() or
  // take().
  void family(std::string_view name, MetricType type, std::string_view help) {
    name_ = name;
    type_ = type;
    help_ = help;
    is_begun_ = false;
  }

  // `value` is a decimal number as text.
  void sample(std::string_view value, std::initializer_list<MetricLabel> labels = {});
  template <std::unsigned_integral Number>
  void sample(Number value, std::initializer_list<MetricLabel> labels = {}) {
    sample(std::string_view(std::to_string(value)), labels);
  }
  void sample(double value, std::initializer_list<MetricLabel> labels = {});
  // The samples of one histogram.  `buckets` have ascending bounds and cumulative counts; the
  // bucket "+Inf" is added with `count`.
  void histogram(std::span<const MetricBucket> buckets, uint64_t count, double sum,
                 const MetricLabel& label);

  std::string take() { return std::move(text_); }

 private:
  void append(std::string_view suffix, std::span<const MetricLabel> labels, std::string_view value);

  std::string text_;
  std::string_view name_;
  MetricType type_ = MetricType::Gauge;
  std::string_view help_;
  bool is_begun_ = false;
};

}  // namespace larder::server
