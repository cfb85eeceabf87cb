#include "base/result.h"

#include <catch2/catch.hpp>
#include <memory>

namespace larder::base {
namespace {

Result<std::string> name_of(int number) {
  if (number < 0) return fail("no name for a negative number");
  return std::to_string(number);
}

TEST_CASE("a result holds a value or an error") {
  const auto good = name_of(5);
  REQUIRE(good.has_value());
  CHECK(good);
  CHECK(*good == "5");
  CHECK(good->size() == 1);

  const auto bad = name_of(-5);
  REQUIRE_FALSE(bad.has_value());
  CHECK_FALSE(bad);
  CHECK(bad.error().text == "no name for a negative number");
}

TEST_CASE("a result can hold a move-only type") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(3));
  const std::unique_ptr<int> taken = std::move(*result);
  REQUIRE(taken != nullptr);
  CHECK(*taken == 3);
}

TEST_CASE("an outcome can succeed without a value") {
  const Outcome outcome = Done{};
  CHECK(outcome.has_value());
}

TEST_CASE("the error of a failed system call names the operation and the reason") {
  errno = ENOENT;
  const Error error = fail_errno("cannot open the file");
  CHECK(error.text == "cannot open the file: No such file or directory");
}

}  // namespace
}  // namespace larder::base
