#include "server/insight/miss_ratio_curve.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <unordered_map>

#include "base/hash.h"

namespace larder::server {
namespace {

using Act = CurveSample::Act;

constexpr base::Time kNow = 100;
constexpr uint32_t kRequestsPerStep = 1000;

// A cache that holds everything it may, as the policy says, and of which every key is seen.
class Exact {
 public:
  Exact(size_t key_count, uint64_t capacity) : keys_(key_count) { cache_.set_capacity(capacity); }

  bool access(uint32_t key, uint32_t size) {
    forgotten_.clear();
    if (cache_.holds(key)) {
      cache_.hit(key);
      ++hits_;
      return true;
    }
    if (keys_[key].known_count == 0) keys_[key].size = size;
    cache_.insert(key);
    return false;
  }
  uint64_t hits() const { return hits_; }

 private:
  std::vector<SampledKey> keys_;
  std::vector<uint32_t> forgotten_;
  MiniatureCache cache_{0, keys_, forgotten_};
  uint64_t hits_ = 0;
};

struct Load {
  std::vector<uint32_t> keys;
  size_t key_count = 0;
};

Load zipf(size_t key_count, size_t count, int scanned_of_ten) {
  std::vector<double> sums;
  for (size_t i = 0; i < key_count; ++i) {
    sums.push_back((sums.empty() ? 0 : sums.back()) + std::pow(i + 1, -0.9));
  }
  std::mt19937_64 random(7);
  std::uniform_real_distribution<> uniform(0, sums.back());
  Load load{.keys = {}, .key_count = key_count};
  for (size_t i = 0; i < count; ++i) {
    const bool is_scan = static_cast<int>(random() % 10) < scanned_of_ten;
    load.keys.push_back(static_cast<uint32_t>(
        is_scan ? load.key_count++
                : static_cast<size_t>(std::lower_bound(sums.begin(), sums.end(), uniform(random)) -
                                      sums.begin())));
  }
  return load;
}

uint64_t hash_of(uint32_t key) { return base::Hasher(1)(std::to_string(key)); }
uint32_t size_of(uint32_t key) { return 100 + key % 7 * 100; }

// Clients of a cache of the memory that the curve is told, and with which it is estimated.
void replay(const Load& load, uint64_t memory_bytes, MissRatioCurve& curve) {
  Exact store(load.key_count, memory_bytes);
  uint64_t count = 0;
  for (const uint32_t key : load.keys) {
    const bool is_hit = store.access(key, size_of(key));
    ++count;
    const uint64_t hash = hash_of(key);
    if (MissRatioCurve::is_below(hash, curve.threshold())) {
      curve.note({.act = Act::Get, .hash = hash, .size = is_hit ? size_of(key) : 0}, kNow);
      if (!is_hit) curve.note({.hash = hash, .size = size_of(key)}, kNow);
    }
    if (count % kRequestsPerStep == 0) curve.maintain(memory_bytes, count, kNow);
  }
}

TEST_CASE("estimated hit ratios are within three points of exact ones") {
  struct Case {
    uint32_t key_count;         // that may be remembered
    uint64_t samples_per_step;  // of 1000 gets
    int scanned_of_ten;
  };
  const auto [key_count, samples, scanned] =
      GENERATE(Case{128 << 10, 100'000, 0}, Case{16 << 10, 100'000, 0}, Case{16 << 10, 100'000, 3},
               Case{128 << 10, 100, 0}, Case{128 << 10, 100, 3});
  CAPTURE(key_count, samples, scanned);
  constexpr uint64_t kMemory = 8 << 20;
  const Load load = zipf(100'000, 400'000, scanned);
  MissRatioCurve curve(kMemory, {.key_count = key_count, .samples_per_step = samples}, kNow);
  replay(load, kMemory, curve);
  const CurveReport report = curve.report(load.keys.size());
  REQUIRE(report.points.size() == kMiniatureCount);
  for (const CurvePoint& point : report.points) {
    Exact exact(load.key_count, point.memory_bytes);
    for (const uint32_t key : load.keys) exact.access(key, size_of(key));
    const double ratio = static_cast<double>(exact.hits()) / static_cast<double>(load.keys.size());
    CAPTURE(point.memory_factor, point.hit_ratio, ratio, report.sampling_rate);
    CHECK(point.memory_bytes == static_cast<uint64_t>(point.memory_factor * kMemory));
    CHECK(std::abs(point.hit_ratio - ratio) <= 0.03);
  }
}

// A server that is asked for one key after the other; every key is sampled.
struct Fixture {
  void get(uint32_t key, uint32_t size = 0, base::Time expires_at = 0) {
    ++gets;
    curve.note({.act = Act::Get, .hash = hash_of(key), .size = size, .expires_at = expires_at},
               now);
  }
  void put(uint32_t key, uint32_t size, base::Time expires_at = 0) {
    curve.note({.hash = hash_of(key), .size = size, .expires_at = expires_at}, now);
  }
  void remove(uint32_t key) { put(key, 0); }
  double ratio(size_t number = 2) { return curve.report(gets).points.at(number).hit_ratio; }

  uint64_t gets = 0;
  base::Time now = kNow;
  MissRatioCurve curve{1000, {.key_count = 1024, .samples_per_step = 100'000}, kNow};
};

TEST_CASE("before there was a get there is nothing to say") {
  Fixture server;
  CHECK(server.curve.report(0).points.empty());
  CHECK(server.curve.report(0).is_enabled);
  server.put(1, 100);
  CHECK(server.curve.report(0).points.empty());
}

TEST_CASE("a larger cache has what the store has evicted") {
  Fixture server;
  for (uint32_t key = 0; key < 20; ++key) server.put(key, 100);
  for (uint32_t key = 0; key < 20; ++key) server.get(key, key < 10 ? 0 : 100);
  CHECK(server.ratio(3) == 1);
  CHECK(server.ratio(4) == 1);
  CHECK(server.ratio(2) < 1);
  CHECK(server.ratio(0) <= 0.1);
}

TEST_CASE("what is dead, removed or flushed is a miss for every cache") {
  Fixture server;
  const auto end = GENERATE(0, 1, 2);
  const base::Time expires_at = end == 0 ? kNow + 10 : 0;
  server.put(1, 100, expires_at);
  server.get(1, 100, expires_at);
  CHECK(server.ratio(4) == 1);
  if (end == 0) server.now += 10;
  if (end == 1) server.remove(1);
  if (end == 2) {
    server.curve.flush_at(server.now);
    server.curve.maintain(1000, 1, server.now);
  }
  server.get(1);
  CHECK(server.ratio(4) == 0.5);
}

TEST_CASE("a flush that is to come comes with its second") {
  Fixture server;
  server.put(1, 100);
  server.curve.flush_at(kNow + 5);
  server.curve.maintain(1000, 0, kNow + 4);
  server.get(1, 100);
  CHECK(server.ratio(4) == 1);
  server.curve.maintain(1000, 1, kNow + 5);
  server.get(1);
  CHECK(server.ratio(4) < 0.51);
}

TEST_CASE("a hit of a key that nobody has heard of says nothing") {
  Fixture server;
  server.put(1, 100);
  server.get(1, 100);
  server.get(2, 100);
  CHECK(server.ratio(2) == 1);
  server.get(2, 100);
  CHECK(server.ratio(2) == 1);
  CHECK(server.curve.report(server.gets).sampled_requests == 3);
}

TEST_CASE("many keys make the sample smaller, and memory is bounded") {
  Fixture server;
  for (uint32_t key = 0; key < 100'000; ++key) {
    if (MissRatioCurve::is_below(hash_of(key), server.curve.threshold())) {
      server.get(key);
      server.put(key, 1);
    } else {
      ++server.gets;
    }
    if (key % 100 == 0) server.curve.maintain(1'000'000, server.gets, kNow);
  }
  CHECK(server.curve.report(server.gets).sampling_rate < 0.05);
  CHECK(server.curve.report(server.gets).sampling_rate > 0.002);
  CHECK(server.ratio(4) < 0.05);
}

TEST_CASE("too many samples make the sample smaller, and room makes it larger again") {
  MissRatioCurve curve(1000, {.key_count = 1024, .samples_per_step = 100, .steps_until_rise = 10},
                       kNow);
  for (int i = 0; i < 1000; ++i) {
    curve.note({.act = Act::Get, .hash = hash_of(1), .size = 10}, kNow);
  }
  curve.maintain(1000, 1000, kNow);
  CHECK(curve.report(1000).sampling_rate == Approx(0.08).epsilon(0.01));
  CHECK(curve.report(1000).sampled_requests <= 400);
  for (int step = 0; step < 10; ++step) curve.maintain(1000, 1000, kNow);
  CHECK(curve.report(1000).sampling_rate == Approx(0.16).epsilon(0.01));
  for (int step = 0; step < 100; ++step) curve.maintain(1000, 1000, kNow);
  CHECK(curve.report(1000).sampling_rate == 1);
}

TEST_CASE("old requests count for less") {
  Fixture server;
  for (uint32_t key = 0; key < 100; ++key) server.get(key);
  server.curve.maintain(1000, server.gets, kNow);
  CHECK(server.ratio() == 0);
  server.now += 3000;
  server.curve.maintain(1000, server.gets, server.now);
  server.put(1, 100);
  for (int i = 0; i < 100; ++i) server.get(1, 100);
  CHECK(server.ratio() > 0.99);
}

TEST_CASE("another memory limit is another curve") {
  Fixture server;
  for (uint32_t key = 0; key < 10; ++key) server.put(key, 100);
  server.curve.maintain(100, 0, kNow);
  for (uint32_t key = 0; key < 10; ++key) server.get(key, 0);
  CHECK(server.ratio(2) <= 0.1);
  CHECK(server.curve.report(server.gets).points[2].memory_bytes == 100);
}

}  // namespace
}  // namespace larder::server
