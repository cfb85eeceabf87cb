#include "larderctl/transfer/progress_text.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

constexpr Position kHalf{.done = 500, .total = 1000, .item_count = 500, .seconds = 2};

TEST_CASE("a bar shows the part that is done, the rate and the time left") {
  CHECK(progress_bar(kHalf, 80) ==
        "[####################                    ]  50 %  500 items  250/s  0:02 left");
  CHECK(progress_bar(kHalf, 50) == "[######       ]  50 %  500 items  250/s  0:02 left");
}

TEST_CASE("a narrow terminal has no bar, and no line is longer than it is wide") {
  for (size_t columns = 0; columns < 100; ++columns) {
    CHECK(progress_bar(kHalf, columns).size() <= columns);
  }
  CHECK(progress_bar(kHalf, 40) == " 50 %  500 items  250/s  0:02 left");
}

TEST_CASE("a line of a log says the same") {
  CHECK(progress_line(kHalf) == "500 items, 50 %, 250 items/s, 0:02 left");
  CHECK(progress_line({.item_count = 7, .seconds = 1}) == "7 items, 7 items/s");
}

TEST_CASE("more than the total is all of it") {
  const Position more{.done = 1200, .total = 1000, .item_count = 1200, .seconds = 2};
  CHECK(fraction_of(more) == 1);
  CHECK(progress_line(more) == "1200 items, 100 %, 600 items/s, 0:00 left");
}

}  // namespace
}  // namespace larder::ctl
