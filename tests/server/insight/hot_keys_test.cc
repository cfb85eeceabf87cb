#include "server/insight/hot_keys.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "base/hash.h"

namespace larder::server {
namespace {

constexpr base::Time kStart = 100;

// The requests of one worker, which skips requests as note() tells it.
class Stream {
 public:
  explicit Stream(uint64_t seed) : sampler_(seed, kStart) {}

  void request(const std::string& key, base::Time now) {
    if (skip_-- == 0) {
      skip_ = sampler_.note(key, base::Hasher(1)(key), now);
      ++sampled_;
    }
  }
  std::vector<HotKey> hot(base::Time now) {
    HotKeySums sums;
    sampler_.read(now, sums);
    return sums.take();
  }
  HotKeySampler& sampler() { return sampler_; }
  uint64_t sampled() const { return sampled_; }

 private:
  HotKeySampler sampler_;
  uint64_t skip_ = 0;
  uint64_t sampled_ = 0;
};

double rate_of(const std::vector<HotKey>& hot, const std::string& key) {
  const auto found = std::ranges::find(hot, key, &HotKey::key);
  return found == hot.end() ? 0 : found->requests_per_second;
}

class Zipf {
 public:
  explicit Zipf(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      sums_.push_back((sums_.empty() ? 0 : sums_.back()) + std::pow(i + 1, -0.99));
    }
  }
  size_t draw(std::mt19937_64& random) {
    std::uniform_real_distribution<> uniform(0, sums_.back());
    return static_cast<size_t>(std::lower_bound(sums_.begin(), sums_.end(), uniform(random)) -
                               sums_.begin());
  }
  double share(size_t rank) const { return std::pow(rank + 1, -0.99) / sums_.back(); }

 private:
  std::vector<double> sums_;
};

TEST_CASE("each key with more than a thousandth of the requests is found within ten seconds") {
  const uint32_t requests_per_second = GENERATE(20'000, 100'000);
  CAPTURE(requests_per_second);
  Stream stream(1);
  Zipf zipf(100'000);
  std::mt19937_64 random(5);
  for (base::Time second = 0; second < 10; ++second) {
    for (uint32_t i = 0; i < requests_per_second; ++i) {
      stream.request("key" + std::to_string(zipf.draw(random)), kStart + second);
    }
  }
  const auto hot = stream.hot(kStart + 10);
  for (size_t rank = 0; zipf.share(rank) > 0.001; ++rank) {
    CAPTURE(rank);
    CHECK(rate_of(hot, "key" + std::to_string(rank)) > 0);
  }
  const double first = zipf.share(0) * requests_per_second;
  CHECK(rate_of(hot, "key0") > 0.8 * first);
  CHECK(rate_of(hot, "key0") < 1.2 * first);
  CHECK(hot.front().key == "key0");
  CHECK(hot.size() <= 1000);
  for (const HotKey& key : hot) CHECK(key.requests_per_second >= requests_per_second * 0.0004);
}

TEST_CASE("a key that is no longer hot leaves the list, and a newly hot one enters it") {
  Stream stream(1);
  std::mt19937_64 random(5);
  const auto load = [&](const std::string& hot, base::Time begin, base::Time end) {
    for (base::Time now = begin; now < end; ++now) {
      for (int i = 0; i < 30'000; ++i) {
        stream.request(random() % 50 == 0 ? hot : std::to_string(random() % 1'000'000), now);
      }
    }
  };
  load("old", kStart, kStart + 20);
  CHECK(rate_of(stream.hot(kStart + 20), "old") > 400);
  load("new", kStart + 20, kStart + 30);
  CHECK(rate_of(stream.hot(kStart + 30), "new") > 400);
  CHECK(rate_of(stream.hot(kStart + 30), "old") < 150);
  load("new", kStart + 30, kStart + 45);
  CHECK(rate_of(stream.hot(kStart + 45), "old") == 0);
}

TEST_CASE("without hot keys the list is empty") {
  Stream stream(1);
  std::mt19937_64 random(5);
  for (int i = 0; i < 300'000; ++i) {
    stream.request(std::to_string(random() % 1'000'000),
                   kStart + static_cast<uint32_t>(i) / 30'000);
  }
  CHECK(stream.hot(kStart + 10).empty());
}

TEST_CASE("the sampling rate decreases with the request rate") {
  Stream stream(1);
  const auto sampled_in = [&](base::Time second, uint32_t count) {
    const uint64_t before = stream.sampled();
    for (uint32_t i = 0; i < count; ++i) stream.request("key", kStart + second);
    return stream.sampled() - before;
  };
  CHECK(sampled_in(0, 5000) == 5000);
  CHECK(sampled_in(1, 1'000'000) < 200'000);
  CHECK(sampled_in(2, 1'000'000) < 25'000);
  CHECK(sampled_in(3, 1000) < 1000);
  CHECK(sampled_in(4, 5000) > 4900);
}

TEST_CASE("periodic requests are sampled evenly") {
  Stream stream(1);
  for (uint32_t i = 0; i < 2'560'000; ++i) {
    stream.request(std::to_string(i % 64), kStart + i / 256'000);
  }
  const auto hot = stream.hot(kStart + 10);
  REQUIRE(hot.size() == 64);
  CHECK(hot.back().requests_per_second > 0.8 * hot.front().requests_per_second);
}

TEST_CASE("counts of several workers are added up, and keys are shown as in metadump") {
  Stream first(1);
  Stream second(2);
  for (int i = 0; i < 600; ++i) {
    first.request("both ", kStart);
    second.request("both ", kStart);
    second.request("one", kStart);
  }
  HotKeySums sums;
  first.sampler().read(kStart, sums);
  second.sampler().read(kStart, sums);
  const auto hot = sums.take();
  REQUIRE(hot.size() == 2);
  CHECK(hot[0].shown_key() == "both%20");
  CHECK(hot[0].requests_per_second == Approx(2 * hot[1].requests_per_second));
}

}  // namespace
}  // namespace larder::server
