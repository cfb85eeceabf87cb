#include "server/options/live_options.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

TEST_CASE("options change and earlier copies of them do not") {
  TuningOptions options;
  options.temporary_ttl_seconds = 5;
  LiveOptions live(options);
  const TuningOptions before = live.get();
  const int returned = live.change([](TuningOptions& changing) {
    changing.temporary_ttl_seconds = 6;
    return 7;
  });
  CHECK(returned == 7);
  CHECK(before.temporary_ttl_seconds == 5);
  CHECK(live.get().temporary_ttl_seconds == 6);
}

}  // namespace
}  // namespace larder::server
