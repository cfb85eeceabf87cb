#include "tests/bench/eviction/traces.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <unordered_map>

namespace larder::eviction {
namespace {

class Numbering {
 public:
  explicit Numbering(Trace& trace) : trace_(trace) {}
  void add(uint64_t id, uint32_t size) {
    const auto [place, is_new] = numbers_.emplace(id, static_cast<uint32_t>(numbers_.size()));
    if (is_new) trace_.ids.push_back(id);
    trace_.requests.push_back({place->second, size});
  }

 private:
  Trace& trace_;
  std::unordered_map<uint64_t, uint32_t> numbers_;
};

// How often the first objects are asked for, together.
std::vector<double> zipf_sums(size_t object_count, double exponent) {
  std::vector<double> sums(object_count);
  double sum = 0;
  for (size_t i = 0; i < object_count; ++i) {
    sum += std::pow(static_cast<double>(i + 1), -exponent);
    sums[i] = sum;
  }
  return sums;
}

}  // namespace

std::optional<Trace> read_trace(const std::string& kind, const std::string& path,
                                uint32_t value_size) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const size_t record_size = kind == "oracle" ? 24 : 4;
  Trace trace;
  Numbering numbering(trace);
  for (size_t at = 0; at + record_size <= bytes.size(); at += record_size) {
    uint64_t id = 0;
    uint32_t size = value_size;
    if (kind == "oracle") {
      std::memcpy(&id, &bytes[at + 4], sizeof(id));
      std::memcpy(&size, &bytes[at + 12], sizeof(size));
    } else {
      std::memcpy(&id, &bytes[at], 4);
    }
    numbering.add(id, size);
  }
  return trace;
}

Trace make_zipf(size_t object_count, size_t request_count, int scanned, uint32_t value_size) {
  const std::vector<double> sums = zipf_sums(object_count, 0.99);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<> uniform(0, sums.back());
  Trace trace;
  Numbering numbering(trace);
  uint64_t next_scanned = object_count;
  for (size_t i = 0; i < request_count; ++i) {
    if (static_cast<int>(random() % 10) < scanned) {
      numbering.add(next_scanned++, value_size);
      continue;
    }
    const auto found = std::lower_bound(sums.begin(), sums.end(), uniform(random));
    numbering.add(static_cast<uint64_t>(found - sums.begin()), value_size);
  }
  return trace;
}

Trace make_mixed(size_t object_count, size_t request_count, uint32_t value_size_min,
                 uint32_t value_size_max) {
  const std::vector<double> sums = zipf_sums(object_count, 0.9);
  std::mt19937_64 random(1);
  std::vector<uint32_t> sizes(object_count);
  for (uint32_t& size : sizes) {
    size = value_size_min + static_cast<uint32_t>(random() % (value_size_max - value_size_min + 1));
  }
  std::uniform_real_distribution<> uniform(0, sums.back());
  Trace trace;
  Numbering numbering(trace);
  for (size_t i = 0; i < request_count; ++i) {
    const auto object = static_cast<size_t>(
        std::lower_bound(sums.begin(), sums.end(), uniform(random)) - sums.begin());
    numbering.add(object, sizes[object]);
  }
  return trace;
}

}  // namespace larder::eviction
