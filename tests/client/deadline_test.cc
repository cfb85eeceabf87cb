#include "client/deadline.h"

#include <catch2/catch.hpp>

#include "tests/support/sockets.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a wait ends at its deadline and not before") {
  const auto pair = support::socket_pair();
  const Deadline deadline = deadline_after(30ms);
  const auto waited = wait_for(pair.ours.get(), POLLIN, deadline);
  REQUIRE_FALSE(waited);
  CHECK(waited.error().text == "timed out");
  CHECK(std::chrono::steady_clock::now() >= deadline);
}

TEST_CASE("a wait ends when one of several descriptors is ready, and returns which one") {
  const auto quiet = support::socket_pair(), ready = support::socket_pair();
  support::send_text(ready.theirs, "x");
  pollfd watched[] = {{quiet.ours.get(), POLLIN, 0}, {ready.ours.get(), POLLIN, 0}};
  REQUIRE(wait_for(watched, deadline_after(10s)));
  CHECK(watched[0].revents == 0);
  CHECK(watched[1].revents == POLLIN);
}

TEST_CASE("a descriptor whose peer has closed is ready") {
  auto pair = support::socket_pair();
  pair.theirs.reset();
  CHECK(wait_for(pair.ours.get(), POLLIN, deadline_after(10s)));
}

}  // namespace
}  // namespace larder::client
