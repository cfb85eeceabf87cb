#include "server/insight/miniature_ghosts.h"

#include <catch2/catch.hpp>
#include <optional>

namespace larder::server {
namespace {

struct GhostsFixture {
  // As the cache does with a key that comes back.
  void bring_back(uint32_t key) {
    ghosts.remove_one();
    keys[key].places[0] = kNowhere;
  }

  std::vector<SampledKey> keys = std::vector<SampledKey>(200);
  MiniatureGhosts ghosts{0, keys};
};

TEST_CASE("ghosts leave in the order in which they came") {
  GhostsFixture fixture;
  for (const uint32_t key : {5u, 3u, 4u}) fixture.ghosts.add(key);
  CHECK(fixture.ghosts.count() == 3);
  CHECK(fixture.ghosts.pop() == 5u);
  CHECK(fixture.ghosts.pop() == 3u);
  CHECK(fixture.ghosts.count() == 1);
}

TEST_CASE("an entry of a key that came back stands for nothing") {
  GhostsFixture fixture;
  fixture.ghosts.add(1);
  fixture.ghosts.add(2);
  fixture.bring_back(1);
  fixture.ghosts.add(1);
  CHECK(fixture.ghosts.count() == 2);
  CHECK(fixture.ghosts.entry_count() == 3);
  CHECK(fixture.ghosts.pop() == std::nullopt);
  CHECK(fixture.ghosts.pop() == 2u);
  CHECK(fixture.ghosts.pop() == 1u);
  CHECK(fixture.ghosts.entry_count() == 0);
}

TEST_CASE("compacting keeps ghosts and their order") {
  GhostsFixture fixture;
  for (uint32_t key = 0; key < 200; ++key) fixture.ghosts.add(key);
  fixture.ghosts.compact();
  CHECK(fixture.ghosts.entry_count() == 200);
  for (uint32_t key = 0; key < 200; ++key) {
    if (key != 50 && key != 150) fixture.bring_back(key);
  }
  fixture.ghosts.compact();
  CHECK(fixture.ghosts.entry_count() == 2);
  CHECK(fixture.ghosts.pop() == 50u);
  CHECK(fixture.ghosts.pop() == 150u);
}

}  // namespace
}  // namespace larder::server
