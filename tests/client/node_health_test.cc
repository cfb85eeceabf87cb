#include "client/node_health.h"

#include <catch2/catch.hpp>

namespace larder::client {
namespace {

using namespace std::chrono_literals;

constexpr HealthOptions kOptions{
    .failures_max = 3, .backoff_min = 1s, .backoff_max = 5s, .jitter = 0.5};
constexpr NodeHealth::Time kStart{};

NodeHealth ejected() {
  NodeHealth health(kOptions);
  for (int i = 0; i < 3; ++i) health.note_failure(kStart, 0);
  REQUIRE(health.is_ejected());
  return health;
}

TEST_CASE("only consecutive failures eject a node") {
  NodeHealth health(kOptions);
  for (int i = 0; i < 10; ++i) {
    health.note_failure(kStart, 0);
    health.note_failure(kStart, 0);
    CHECK(health.failures() == 2);
    CHECK_FALSE(health.is_ejected());
    health.note_success();
    CHECK(health.failures() == 0);
  }
  for (int i = 0; i < 3; ++i) health.note_failure(kStart, 0);
  CHECK(health.is_ejected());
}

TEST_CASE("one probe is admitted when the back-off has ended and none before") {
  NodeHealth health = ejected();
  CHECK(health.due() == kStart + 1s);
  CHECK_FALSE(health.begin_probe(kStart + 999ms));
  CHECK(health.begin_probe(kStart + 1s));
  CHECK_FALSE(health.begin_probe(kStart + 2s));
  health.end_probe(true, kStart + 2s, 0);
  CHECK_FALSE(health.is_ejected());
  CHECK_FALSE(health.begin_probe(kStart + 9s));
}

TEST_CASE("back-offs double up to their limit") {
  NodeHealth health = ejected();
  NodeHealth::Time now = kStart;
  for (const auto backoff : {1s, 2s, 4s, 5s, 5s}) {
    CHECK(health.due() == now + backoff);
    now = health.due();
    REQUIRE(health.begin_probe(now));
    health.end_probe(false, now, 0);
  }
}

TEST_CASE("a node that answers only probes is ejected again after one failure, for longer") {
  NodeHealth health = ejected();
  REQUIRE(health.begin_probe(kStart + 1s));
  health.end_probe(true, kStart + 1s, 0);
  health.note_failure(kStart + 1s, 0);
  REQUIRE(health.is_ejected());
  CHECK(health.due() == kStart + 3s);
}

TEST_CASE("a node that serves requests again starts with a clean record") {
  NodeHealth health = ejected();
  REQUIRE(health.begin_probe(kStart + 1s));
  health.end_probe(true, kStart + 1s, 0);
  health.note_success();
  for (int i = 0; i < 2; ++i) health.note_failure(kStart + 9s, 0);
  CHECK_FALSE(health.is_ejected());
  health.note_failure(kStart + 9s, 0);
  CHECK(health.due() == kStart + 10s);
}

TEST_CASE("results of requests that were in progress at the ejection do not change it") {
  NodeHealth health = ejected();
  health.note_failure(kStart + 500ms, 0);
  CHECK(health.due() == kStart + 1s);
  health.note_success();
  CHECK(health.is_ejected());
}

TEST_CASE("the jitter shortens the back-off by a bounded random amount") {
  NodeHealth health(kOptions);
  for (int i = 0; i < 3; ++i) health.note_failure(kStart, 0.5);
  CHECK(health.due() == kStart + 750ms);
}

TEST_CASE("without a limit of failures no node is ejected") {
  NodeHealth health({.failures_max = 0});
  for (int i = 0; i < 1000; ++i) health.note_failure(kStart, 0);
  CHECK_FALSE(health.is_ejected());
}

}  // namespace
}  // namespace larder::client
