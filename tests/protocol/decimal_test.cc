#include "protocol/decimal.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>

using namespace larder::protocol;

namespace {

template <class Number>
std::string written(Number number) {
  char text[kDecimal64SizeMax];
  return std::string(text, write_decimal(text, number));
}

}  // namespace

TEST_CASE("strict unsigned numbers are digits only") {
  CHECK(read_u64("0") == 0u);
  CHECK(read_u64("18446744073709551615") == std::numeric_limits<uint64_t>::max());
  CHECK(read_u32("4294967295") == std::numeric_limits<uint32_t>::max());
  for (const char* word : {"", "-", "-1", "+1", " 1", "1 ", "1a", "a", "0x1", "1.0"}) {
    CAPTURE(word);
    CHECK_FALSE(read_u64(word));
    CHECK_FALSE(read_u32(word));
  }
}

TEST_CASE("strict unsigned numbers do not wrap around") {
  CHECK_FALSE(read_u64("18446744073709551616"));
  CHECK_FALSE(read_u64("99999999999999999999"));
  CHECK_FALSE(read_u32("4294967296"));
  CHECK_FALSE(read_u32("99999999999"));
}

TEST_CASE("strict numbers allow a limited number of leading zeros") {
  CHECK(read_u32("00000000007") == 7u);
  CHECK_FALSE(read_u32("000000000007"));
  CHECK(read_u64("0000000000000000000007") == 7u);
  CHECK_FALSE(read_u64("00000000000000000000007"));
  CHECK(read_i32("-0000000007") == -7);
  CHECK_FALSE(read_i32("-00000000007"));
}

TEST_CASE("strict signed numbers have exactly 32 bits") {
  CHECK(read_i32("2147483647") == std::numeric_limits<int32_t>::max());
  CHECK(read_i32("-2147483648") == std::numeric_limits<int32_t>::min());
  CHECK_FALSE(read_i32("2147483648"));
  CHECK_FALSE(read_i32("-2147483649"));
  CHECK_FALSE(read_i32("4294967295"));
}

TEST_CASE("strict signed numbers take a minus but no plus") {
  CHECK(read_i32("-1") == -1);
  CHECK(read_i32("-0") == 0);
  for (const char* word : {"", "+1", "--1", "1-", "- 1", " -1", "1a"}) {
    CAPTURE(word);
    CHECK_FALSE(read_i32(word));
  }
}

TEST_CASE("a minus without digits is zero") { CHECK(read_i32("-") == 0); }

TEST_CASE("flags keep their low 32 bits") {
  CHECK(read_flags("0") == 0u);
  CHECK(read_flags("4294967295") == 4294967295u);
  CHECK(read_flags("4294967297") == 1u);
  CHECK(read_flags("18446744073709551615") == 4294967295u);
  CHECK_FALSE(read_flags("18446744073709551616"));
}

TEST_CASE("negative flags are refused unless they wrap to a small number") {
  CHECK_FALSE(read_flags("-1"));
  CHECK_FALSE(read_flags("-9223372036854775808"));
  CHECK(read_flags("-9223372036854775809") == 4294967295u);
  CHECK(read_flags("-18446744073709551615") == 1u);
  CHECK(read_flags("-0") == 0u);
}

TEST_CASE("the exptime of a write keeps its low 32 bits") {
  CHECK(read_truncated_exptime("0") == 0);
  CHECK(read_truncated_exptime("-1") == -1);
  CHECK(read_truncated_exptime("2147483648") == std::numeric_limits<int32_t>::min());
  CHECK(read_truncated_exptime("4294967296") == 0);
  CHECK(read_truncated_exptime("4294967297") == 1);
  CHECK(read_truncated_exptime("-4294967297") == -1);
}

TEST_CASE("the exptime of a write is a number of up to 64 bits") {
  CHECK(read_truncated_exptime("9223372036854775807") == -1);
  CHECK(read_truncated_exptime("-9223372036854775808") == 0);
  CHECK_FALSE(read_truncated_exptime("9223372036854775808"));
  CHECK_FALSE(read_truncated_exptime("-9223372036854775809"));
  CHECK_FALSE(read_truncated_exptime("99999999999999999999"));
}

TEST_CASE("lenient numbers allow a plus and surrounding white space") {
  using namespace std::string_view_literals;
  for (const auto word : {"7"sv, "+7"sv, "\t7"sv, "\v\f\r+7"sv, "7\t"sv, "7\tx"sv, "7\0x"sv}) {
    CAPTURE(std::string(word));
    CHECK(read_flags(word) == 7u);
    CHECK(read_truncated_exptime(word) == 7);
  }
  for (const auto word : {""sv, "+"sv, "-"sv, "\t"sv, "+-7"sv, "7x"sv, "x7"sv, "7-"sv, "\0"sv}) {
    CAPTURE(std::string(word));
    CHECK_FALSE(read_flags(word));
    CHECK_FALSE(read_truncated_exptime(word));
  }
}

TEST_CASE("numbers are written as the standard library writes them") {
  // Both sides of every change of length, and of every division in the writer.
  for (uint64_t power = 1;; power *= 10) {
    for (const uint64_t number : {power - 1, power, power + 1}) {
      CAPTURE(number);
      CHECK(written(number) == std::to_string(number));
      CHECK(written(static_cast<uint32_t>(number)) ==
            std::to_string(static_cast<uint32_t>(number)));
    }
    if (power > std::numeric_limits<uint64_t>::max() / 10) break;
  }
  CHECK(written(std::numeric_limits<uint64_t>::max()) == "18446744073709551615");
  CHECK(written(std::numeric_limits<uint32_t>::max()) == "4294967295");
}

TEST_CASE("a number of any length is parsed as it was written") {
  std::mt19937_64 random(20);
  for (int round = 0; round < 10'000; ++round) {
    const uint64_t number = random() >> (random() % 64);
    CAPTURE(number);
    REQUIRE(written(number) == std::to_string(number));
    REQUIRE(read_u64(written(number)) == number);
  }
}
