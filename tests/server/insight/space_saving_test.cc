#include "server/insight/space_saving.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>

#include "base/hash.h"

namespace larder::server {
namespace {

struct Count {
  double count;
  double error;
};

std::map<std::string, Count> counts_of(const SpaceSaving& sketch) {
  std::map<std::string, Count> counts;
  sketch.for_each([&](std::string_view key, uint64_t, double count, double error) {
    counts[std::string(key)] = {count, error};
  });
  return counts;
}

void add(SpaceSaving& sketch, const std::string& key, double weight = 1) {
  sketch.add(key, base::Hasher(1)(key), weight);
}

TEST_CASE("every key is counted exactly as long as there is room") {
  SpaceSaving sketch(3);
  add(sketch, "a");
  add(sketch, "b", 2);
  add(sketch, "c");
  add(sketch, "a", 4);
  const auto counts = counts_of(sketch);
  CHECK(counts.size() == 3);
  CHECK(counts.at("a").count == 5);
  CHECK(counts.at("b").count == 2);
  CHECK(counts.at("a").error == 0);
  CHECK(sketch.total() == 8);
}

TEST_CASE("a new key replaces the one with the lowest count, which becomes its error") {
  SpaceSaving sketch(2);
  add(sketch, "often", 10);
  add(sketch, "seldom", 3);
  add(sketch, "new");
  const auto counts = counts_of(sketch);
  CHECK(counts.size() == 2);
  CHECK(counts.at("often").count == 10);
  CHECK(counts.at("new").count == 4);
  CHECK(counts.at("new").error == 3);
}

TEST_CASE("keys with the same hash are distinguished") {
  SpaceSaving sketch(4);
  sketch.add("a", 7, 1);
  sketch.add("b", 7, 2);
  sketch.add("a", 7, 1);
  const auto counts = counts_of(sketch);
  CHECK(counts.at("a").count == 2);
  CHECK(counts.at("b").count == 2);
}

TEST_CASE("memory is bounded and counts bound the true values for any input") {
  constexpr uint32_t kCapacity = 200;
  SpaceSaving sketch(kCapacity);
  std::mt19937 random(3);
  std::map<std::string, double> truth;
  for (int i = 0; i < 50'000; ++i) {
    // Few keys are frequent, and many are rare.
    const auto drawn = static_cast<uint32_t>(random());
    const std::string key = std::to_string(drawn % 3 == 0 ? drawn % 30 : drawn % 20'000);
    truth[key] += 1;
    add(sketch, key);
  }
  CHECK(sketch.size() == kCapacity);
  const auto counts = counts_of(sketch);
  for (const auto& [key, count] : counts) {
    CAPTURE(key);
    CHECK(count.count >= truth[key]);
    CHECK(count.count - count.error <= truth[key]);
    CHECK(count.error <= sketch.total() / kCapacity);
  }
  for (const auto& [key, count] : truth) {
    CAPTURE(key, count);
    CHECK((count <= sketch.total() / kCapacity || counts.contains(key)));
  }
}

TEST_CASE("a key whose weight decays is replaced") {
  SpaceSaving sketch(2);
  add(sketch, "old", 1000);
  add(sketch, "other", 500);
  sketch.scale(0.001);
  CHECK(sketch.total() == Approx(1.5));
  add(sketch, "new", 2);
  CHECK(counts_of(sketch).at("new").error == Approx(0.5));
  CHECK(counts_of(sketch).contains("old"));
  sketch.scale(0);
  CHECK(sketch.size() == 0);
  add(sketch, "new");
  CHECK(counts_of(sketch).at("new").count == 1);
}

}  // namespace
}  // namespace larder::server
