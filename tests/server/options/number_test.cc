#include "server/options/number.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

constexpr int64_t kMegabyte = int64_t{1} << 20;

TEST_CASE("a number must be valid as a whole") {
  CHECK(*parse_number("0") == 0);
  CHECK(*parse_number("64") == 64);
  CHECK(*parse_number("-1") == -1);
  CHECK(*parse_number("+5") == 5);
  CHECK(*parse_number(" 7\t") == 7);
  CHECK(*parse_number("007") == 7);
  for (const char* text : {"", " ", "x", "-", "+", "+-5", "--5", "22505x", "x5", "1 2", "0x10",
                           "1.5", "1e3", "five"}) {
    INFO(text);
    REQUIRE_FALSE(parse_number(text));
    CHECK(parse_number(text).error().text == "needs a number, not \"" + std::string(text) + "\"");
  }
}

TEST_CASE("a number with a unit is distinguished from an invalid one") {
  for (const char* text : {"10k", "10K", "10m", "10M", "10g", "10G", " 10k "}) {
    INFO(text);
    REQUIRE_FALSE(parse_number(text));
    CHECK(parse_number(text).error().text ==
          "needs a number without a unit, not \"" + std::string(text) + "\"");
  }
}

TEST_CASE("a number that overflows with any unit is too large") {
  CHECK(*parse_number("4398046511104") == kNumberMax);
  CHECK(parse_number("4398046511105").error().text == "is too large: \"4398046511105\"");
  CHECK_FALSE(parse_number("-4398046511105"));
  CHECK(parse_number("99999999999999999999").error().text ==
        "is too large: \"99999999999999999999\"");
}

TEST_CASE("a size has its own unit or the default unit of its option") {
  CHECK(*parse_size("64", kMegabyte) == 64 * kMegabyte);
  CHECK(*parse_size("64m", kMegabyte) == 64 * kMegabyte);
  CHECK(*parse_size("65536K", kMegabyte) == 64 * kMegabyte);
  CHECK(*parse_size("10g", kMegabyte) == 10 * 1024 * kMegabyte);
  CHECK(*parse_size("10G", 1) == 10 * 1024 * kMegabyte);
  CHECK(*parse_size("1M", 1024) == kMegabyte);
  CHECK(*parse_size(" 5 ", 1024) == 5120);
  CHECK(*parse_size("-1", kMegabyte) == -kMegabyte);
  for (const char* text :
       {"", "k", "m", "x", "10x", "10kb", "64mb", "1.5g", "10 k", "10kk", "-g"}) {
    INFO(text);
    REQUIRE_FALSE(parse_size(text, 1));
    CHECK(parse_size(text, 1).error().text ==
          "needs a size such as 64, 512k, 64m or 2g, not \"" + std::string(text) + "\"");
  }
  CHECK(*parse_size("1073741824g", 1) == int64_t{1} << 60);
  CHECK_FALSE(parse_size("1073741825g", 1));
  CHECK_FALSE(parse_size("99999999999999999999", 1));
  CHECK_FALSE(parse_size("9223372036854775807", kMegabyte));
  CHECK_FALSE(parse_size("-9223372036854775808", kMegabyte));
}

TEST_CASE("a decimal fraction must be valid as a whole") {
  CHECK(*parse_decimal("1.25") == 1.25);
  CHECK(*parse_decimal(" 2 ") == 2);
  CHECK(*parse_decimal("+.5") == 0.5);
  CHECK(*parse_decimal("-1e1") == -10);
  for (const char* text : {"", "x", "1.25x", "1,25", "1.2.3", "nan", "inf", "1e999", "0x1p3"}) {
    INFO(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

}  // namespace
}  // namespace larder::server
