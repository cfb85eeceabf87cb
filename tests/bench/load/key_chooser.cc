#include "tests/bench/load/key_chooser.h"

#include <algorithm>
#include <cmath>

namespace larder::bench {
namespace {

// The weight of each key, with mean 1.
std::vector<double> zipf_weights(uint64_t key_count, double exponent) {
  std::vector<double> weights(key_count);
  // A prime that is no divisor of a smaller count: the products visit every key once.
  constexpr uint64_t kSpread = 2'654'435'761;
  double sum = 0;
  for (uint64_t rank = 0; rank < key_count; ++rank) {
    const double weight = std::pow(static_cast<double>(rank + 1), -exponent);
    weights[(rank + 1) * kSpread % key_count] = weight;
    sum += weight;
  }
  const double scale = static_cast<double>(key_count) / sum;
  for (double& weight : weights) weight *= scale;
  return weights;
}

}  // namespace

Popularity::Popularity(uint64_t key_count, double zipf_exponent) : key_count_(key_count) {
  if (zipf_exponent <= 0) return;

  std::vector<double> weights = zipf_weights(key_count, zipf_exponent);
  std::vector<uint32_t> poor;
  std::vector<uint32_t> rich;
  for (uint32_t key = 0; key < key_count; ++key) (weights[key] < 1 ? poor : rich).push_back(key);

  // Each poor key's slot is filled up from a rich one, which may become poor by that.  What is
  // left at the end has weight 1 but for rounding, and keeps its slot alone.
  slots_.resize(key_count);
  while (!poor.empty() && !rich.empty()) {
    const uint32_t taker = poor.back();
    const uint32_t giver = rich.back();
    poor.pop_back();
    slots_[taker] = {static_cast<uint32_t>(weights[taker] * 0x1p32), giver};
    weights[giver] -= 1 - weights[taker];
    if (weights[giver] < 1) {
      rich.pop_back();
      poor.push_back(giver);
    }
  }
}

}  // namespace larder::bench
