#include "larderctl/transfer/value_line.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

TEST_CASE("a VA line has the size and the flags in any order") {
  const auto value = parse_meta_value("VA 3 kYSBiCg== b f7 t-1 c12 l5 h1 O1796099302");
  REQUIRE(value);
  CHECK(value->size == 3);
  CHECK(value->key == "YSBiCg==");
  CHECK(value->key_is_base64);
  CHECK(value->flags == 7);
  CHECK(value->ttl == -1);
  CHECK(value->cas == 12);
  CHECK(value->idle_seconds == 5);
  CHECK(value->was_fetched);
  CHECK_FALSE(value->is_stale);
  CHECK(value->opaque == "1796099302");
}

TEST_CASE("flags that are not known are passed over") {
  const auto value = parse_meta_value("VA 0 kk s0 Z X W");
  REQUIRE(value);
  CHECK(value->size == 0);
  CHECK(value->is_stale);
  CHECK_FALSE(value->ttl);
}

TEST_CASE("what is no VA line is refused") {
  for (const std::string line : {"EN", "HD", "VA", "VA x", "VA -1", "VA 3 f", "VA 3 fx", "VA 3 t",
                                 "VALUE k 0 3", "VA 99999999999999999999999"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_meta_value(line));
  }
}

TEST_CASE("a VALUE line has a CAS id or none") {
  const auto value = parse_text_value("VALUE user:1 7 3 12");
  REQUIRE(value);
  CHECK(value->key == "user:1");
  CHECK(value->flags == 7);
  CHECK(value->size == 3);
  CHECK(value->cas == 12);
  CHECK(parse_text_value("VALUE k 0 3")->cas == 0);
  for (const std::string line : {"VALUE", "VALUE k", "VALUE k 0", "VALUE k x 3", "VALUE k 0 3 x",
                                 "VALUE k 0 -3", "END", "VALUE  0 3"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_text_value(line));
  }
}

}  // namespace
}  // namespace larder::ctl
