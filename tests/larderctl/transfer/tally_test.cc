#include "larderctl/transfer/tally.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

TEST_CASE("the summary counts everything that did not go smoothly, with reasons") {
  Tally tally;
  tally.copied = 1000;
  tally.bytes = 2048;
  tally.expired = 3;
  tally.vanished = 2;
  tally.existing = 5;
  tally.skipped.add("marked as stale", "a b");
  tally.failed.add("too large", "big:1");
  tally.failed.add("no memory", "k1");
  tally.failed.add("no memory", "k2");
  CHECK(tally.handled() == 1000 + 3 + 2 + 5 + 1 + 3);
  CHECK(tally.text("copied", 2) ==
        "copied   1000 items, 2.0 KB, in 2.0 s: 500/s\n"
        "expired  3\n"
        "vanished 2: deleted, evicted or expired after they were listed\n"
        "skipped  6\n"
        "  5: the target has the key\n"
        "  1: marked as stale (a%20b)\n"
        "failed   3\n"
        "  2: no memory (first: k1)\n"
        "  1: too large (big:1)\n");
}

TEST_CASE("a run without trouble has a short summary") {
  CHECK(Tally().text("stored", 0) ==
        "stored   0 items, 0 B, in 0.0 s: 0/s\nexpired  0\nskipped  0\nfailed   0\n");
}

TEST_CASE("reasons are bounded, and cannot paint the terminal") {
  Reasons reasons;
  for (int i = 0; i < 1000; ++i) reasons.add("reason " + std::to_string(i), "k");
  CHECK(reasons.total() == 1000);
  CHECK(reasons.text().find("936: other reasons") != std::string::npos);
  Reasons rude;
  rude.add("\x1b[31m", "\x1b[31m");
  CHECK(rude.text() == "  1: ?[31m (%1B[31m)\n");
}

}  // namespace
}  // namespace larder::ctl
