#include "server/insight/miss_ratio_curve.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>

#include "slab/store.h"

namespace larder::server {
namespace {

using Act = CurveSample::Act;

constexpr base::Time kNow = 100;
constexpr uint32_t kRequestsPerSecond = 10'000;
constexpr uint32_t kRequestsPerStep = kRequestsPerSecond / 10;

struct Load {
  std::vector<uint32_t> keys;
  std::vector<uint32_t> value_sizes;  // by key
};

// Sizes are uniformly distributed between two limits; keys have a Zipf distribution, or a uniform
// one if the exponent is 0.
Load make_load(size_t key_count, size_t count, double exponent, uint32_t smallest,
               uint32_t largest) {
  Load load;
  std::mt19937_64 random(7);
  std::vector<double> sums;
  for (size_t i = 0; i < key_count; ++i) {
    sums.push_back((sums.empty() ? 0 : sums.back()) +
                   std::pow(static_cast<double>(i + 1), -exponent));
    load.value_sizes.push_back(smallest +
                               static_cast<uint32_t>(random() % (largest - smallest + 1)));
  }
  std::uniform_real_distribution<> uniform(0, sums.back());
  for (size_t i = 0; i < count; ++i) {
    const auto place = std::lower_bound(sums.begin(), sums.end(), uniform(random));
    load.keys.push_back(static_cast<uint32_t>(place - sums.begin()));
  }
  return load;
}

// A store with some memory, and clients that set every key they missed.
struct Replay {
  explicit Replay(size_t memory_bytes) : store(options_of(memory_bytes)) {}

  static slab::Options options_of(size_t memory_bytes) {
    slab::Options options;
    options.memory_bytes_max = memory_bytes;
    return options;
  }

  double run(const Load& load, MissRatioCurve* curve) {
    uint64_t hits = 0;
    uint64_t count = 0;
    for (const uint32_t number : load.keys) {
      const auto now = kNow + static_cast<base::Time>(count / kRequestsPerSecond);
      const std::string name = "key:" + std::to_string(number);
      const slab::Key key = store.key(name);
      const bool is_hit =
          store.read(cache, key, now, [](const slab::ItemView&) {}) == slab::ReadOutcome::Hit;
      hits += is_hit ? 1 : 0;
      ++count;
      if (curve != nullptr) tell(*curve, Act::Get, key, now);
      if (!is_hit) {
        const auto size = load.value_sizes[number];
        store.write(cache, key, {}, std::string_view(value).substr(0, size), now);
        if (curve != nullptr) tell(*curve, Act::Other, key, now);
      }
      if (count % kRequestsPerStep != 0) continue;
      store.maintain(cache, now);
      if (curve == nullptr) continue;
      curve->maintain(store.inspect().budget().limit(), store.maintenance().automove(), count, now,
                      {.hits = hits, .misses = count - hits});
    }
    return static_cast<double>(hits) / static_cast<double>(count);
  }

  void tell(MissRatioCurve& curve, Act act, const slab::Key& key, base::Time now) {
    if (!MissRatioCurve::is_below(key.hash, curve.threshold())) return;
    CurveSample sample{.act = act, .hash = key.hash};
    store.peek(cache, key, now, [&](const slab::ItemView& view) {
      sample.chunks = store.sizes().footprint_of(view);
    });
    curve.note(sample, now);
  }

  slab::Store store;
  slab::ThreadCache& cache = store.make_thread_cache();
  const std::string value = std::string(20'000, 'v');
};

TEST_CASE("estimated hit ratios are within three points of full simulations") {
  struct Case {
    size_t memory_bytes, key_count;
    double exponent;
    uint32_t smallest, largest;
    uint64_t samples_per_step;  // of 1000 gets and some sets
  };
  constexpr uint64_t kAll = 100'000;
  constexpr size_t kMegabyte = size_t{1} << 20;
  const Case load_case = GENERATE(Case{16 * kMegabyte, 4100, 0, 60, 20'000, kAll},
                                  Case{16 * kMegabyte, 5000, 0.9, 60, 20'000, kAll},
                                  Case{16 * kMegabyte, 5000, 0.9, 60, 20'000, 700},
                                  Case{2 * kMegabyte, 20'000, 0.9, 300, 300, kAll},
                                  Case{2 * kMegabyte, 20'000, 0.9, 300, 300, 200});
  CAPTURE(load_case.memory_bytes, load_case.exponent, load_case.largest,
          load_case.samples_per_step);
  const Load load = make_load(load_case.key_count, 80'000, load_case.exponent, load_case.smallest,
                              load_case.largest);
  Replay replay(load_case.memory_bytes);
  MissRatioCurve curve(replay.store.options(), replay.store.classes(),
                       {.samples_per_step = load_case.samples_per_step}, kNow);
  const double measured = replay.run(load, &curve);
  const CurveReport report = curve.report(load.keys.size());
  REQUIRE(report.points.size() == kMiniatureCount);
  if (load_case.samples_per_step < kAll) CHECK(report.sampling_rate < 0.9);
  for (const CurvePoint& point : report.points) {
    CHECK(point.memory_bytes ==
          static_cast<uint64_t>(point.memory_factor * static_cast<double>(load_case.memory_bytes)));
    // A quarter of this little memory has fewer pages than there are classes.
    if (point.memory_factor < 0.5) continue;
    const double full =
        point.memory_factor == 1 ? measured : Replay(point.memory_bytes).run(load, nullptr);
    CAPTURE(point.memory_factor, point.hit_ratio, full, report.sampling_rate);
    CHECK(std::abs(point.hit_ratio - full) <= (point.memory_factor == 1 ? 0.001 : 0.03));
  }
}

// A server that gets requests one at a time; every key is sampled.
struct Fixture {
  static constexpr size_t kMemory = size_t{4} << 20;
  static constexpr slab::ClassId kAnyClass = 20;

  void get(uint32_t key, bool is_hit = false, base::Time expires_at = 0) {
    ++gets;
    curve.note({.act = Act::Get,
                .hash = hash_of(key),
                .chunks = {.head = is_hit ? kAnyClass : slab::kNoClass},
                .expires_at = expires_at},
               now);
  }
  void put(uint32_t key, base::Time expires_at = 0) {
    curve.note({.hash = hash_of(key), .chunks = {.head = kAnyClass}, .expires_at = expires_at},
               now);
  }
  void remove(uint32_t key) { curve.note({.hash = hash_of(key)}, now); }
  void maintain(uint64_t memory_bytes = kMemory) { curve.maintain(memory_bytes, 1, gets, now); }
  double ratio(size_t number = 2) { return curve.report(gets).points.at(number).hit_ratio; }
  static uint64_t hash_of(uint32_t key) { return base::Hasher(1)(std::to_string(key)); }

  Replay server{kMemory};
  // The items that fit into the whole memory, without the part for the index.
  const uint32_t items_max = static_cast<uint32_t>(kMemory / slab::kPageSize) *
                             server.store.classes().chunks_per_page(kAnyClass);
  uint64_t gets = 0;
  base::Time now = kNow;
  MissRatioCurve curve{server.store.options(),
                       server.store.classes(),
                       {.key_count = 64 << 10, .samples_per_step = 1'000'000},
                       kNow};
};

TEST_CASE("before the first get there is no estimate") {
  Fixture server;
  CHECK(server.curve.report(0).points.empty());
  CHECK(server.curve.report(0).is_enabled);
  server.put(1);
  CHECK(server.curve.report(0).points.empty());
}

TEST_CASE("a larger cache contains items that the store has evicted") {
  Fixture server;
  const uint32_t count = server.items_max * 3 / 2;
  for (uint32_t key = 0; key < count; ++key) server.put(key);
  for (uint32_t key = 0; key < count; ++key) server.get(key, key % 3 != 0);
  CHECK(server.ratio(2) == Approx(2.0 / 3).epsilon(0.01));
  CHECK(server.ratio(3) == 1);
  CHECK(server.ratio(4) == 1);
  CHECK(server.ratio(0) < 0.2);
}

TEST_CASE("a dead, removed or flushed item is a miss in every cache") {
  Fixture server;
  const auto end = GENERATE(0, 1, 2);
  const base::Time expires_at = end == 0 ? kNow + 10 : 0;
  server.put(1, expires_at);
  server.get(1, true, expires_at);
  CHECK(server.ratio(4) == 1);
  if (end == 0) server.now += 10;
  if (end == 1) server.remove(1);
  if (end == 2) {
    server.curve.flush_at(server.now);
    server.maintain();
  }
  server.get(1);
  CHECK(server.ratio(4) == 0.5);
  CHECK(server.ratio(0) == 0.5);
}

TEST_CASE("a pending flush takes effect at its second") {
  Fixture server;
  server.put(1);
  server.curve.flush_at(kNow + 5);
  server.now = kNow + 4;
  server.maintain();
  server.get(1, true);
  CHECK(server.ratio(4) == 1);
  server.now = kNow + 5;
  server.maintain();
  server.get(1);
  CHECK(server.ratio(4) < 0.51);
}

TEST_CASE("a hit of an unknown key is ignored") {
  Fixture server;
  server.put(1);
  server.get(1, true);
  server.get(2, true);
  CHECK(server.ratio(2) == 1);
  server.get(2, true);
  CHECK(server.ratio(2) == 1);
  CHECK(server.curve.report(server.gets).sampled_requests == 3);
}

TEST_CASE("at the current size the ratio is the one of the store") {
  Fixture server;
  for (uint32_t key = 0; key < 100; ++key) server.put(key);
  for (uint32_t key = 0; key < 100; ++key) server.get(key, key < 60);  // of which all would fit
  CHECK(server.ratio(2) == Approx(0.6));
}

TEST_CASE("with the counts of all lookups the ratio is the measured one") {
  Fixture server;
  for (uint32_t key = 0; key < 100; ++key) server.get(key);
  server.curve.maintain(Fixture::kMemory, 1, server.gets, server.now, {.hits = 750, .misses = 250});
  CHECK(server.ratio(2) == Approx(0.75));
  server.now += 3000;
  server.curve.maintain(Fixture::kMemory, 1, server.gets, server.now, {.hits = 750, .misses = 250});
  for (uint32_t key = 0; key < 100; ++key) server.get(key);
  server.curve.maintain(Fixture::kMemory, 1, server.gets, server.now, {.hits = 800, .misses = 300});
  CHECK(server.ratio(2) == Approx(0.5).epsilon(0.01));
}

TEST_CASE("with many keys the sampling rate decreases, and memory is bounded") {
  Replay server(size_t{1} << 20);
  MissRatioCurve curve(server.store.options(), server.store.classes(),
                       {.key_count = 1024, .samples_per_step = 1'000'000}, kNow);
  constexpr uint32_t kKeys = 100'000;
  for (uint32_t key = 0; key < kKeys; ++key) {
    const uint64_t hash = Fixture::hash_of(key);
    if (MissRatioCurve::is_below(hash, curve.threshold())) {
      curve.note({.act = Act::Get, .hash = hash}, kNow);
      curve.note({.hash = hash, .chunks = {.head = 1}}, kNow);
    }
    if (key % 100 == 0) curve.maintain(1 << 20, 1, key + 1, kNow);
  }
  const CurveReport report = curve.report(kKeys);
  CHECK(report.sampling_rate < 0.05);
  CHECK(report.sampling_rate > 0.002);
  CHECK(report.points.at(4).hit_ratio < 0.05);
}

TEST_CASE("the sampling rate decreases with too many samples and increases with room") {
  Replay server(size_t{1} << 20);
  MissRatioCurve curve(server.store.options(), server.store.classes(),
                       {.key_count = 1024, .samples_per_step = 100, .steps_until_rise = 10}, kNow);
  for (int i = 0; i < 1000; ++i) {
    curve.note({.act = Act::Get, .hash = Fixture::hash_of(1), .chunks = {.head = 1}}, kNow);
  }
  const auto step = [&] { curve.maintain(1 << 20, 1, 1000, kNow); };
  step();
  CHECK(curve.report(1000).sampling_rate == Approx(0.08).epsilon(0.01));
  CHECK(curve.report(1000).sampled_requests <= 400);
  for (int i = 0; i < 10; ++i) step();
  CHECK(curve.report(1000).sampling_rate == Approx(0.16).epsilon(0.01));
  for (int i = 0; i < 100; ++i) step();
  CHECK(curve.report(1000).sampling_rate == 1);
}

TEST_CASE("old requests have less weight") {
  Fixture server;
  for (uint32_t key = 0; key < 100; ++key) server.get(key);
  server.maintain();
  CHECK(server.ratio() == 0);
  server.now += 3000;
  server.maintain();
  server.put(1);
  for (int i = 0; i < 100; ++i) server.get(1, true);
  CHECK(server.ratio() > 0.99);
}

TEST_CASE("a changed memory limit changes the curve") {
  Fixture server;
  const uint32_t count = server.items_max;
  for (uint32_t key = 0; key < count; ++key) server.put(key);
  server.maintain(Fixture::kMemory / 4);
  for (uint32_t key = 0; key < count; ++key) server.get(key, key % 4 == 0);
  CHECK(server.ratio(2) == Approx(0.25).epsilon(0.05));
  CHECK(server.ratio(1) < 0.2);
  CHECK(server.curve.report(server.gets).points[2].memory_bytes == Fixture::kMemory / 4);
}

}  // namespace
}  // namespace larder::server
