#include "larderctl/transfer/copy_state.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "tests/support/temporary_file.h"

namespace larder::ctl {
namespace {

CopyState opened(const std::string& path, const std::string& name = "a to b",
                 uint64_t expected = 0) {
  auto state = CopyState::open(path, name, expected);
  REQUIRE(state);
  return std::move(*state);
}

std::string reason(const std::string& path, const std::string& name) {
  const auto state = CopyState::open(path, name, 0);
  return state ? "" : state.error().text;
}

uint64_t mark(int number) { return CopyState::mark_of("key:" + std::to_string(number)); }

TEST_CASE("a second run knows what the first one copied") {
  const support::TemporaryFile file("");
  {
    CopyState state = opened(file.path());
    for (int i = 0; i < 1000; ++i) REQUIRE(state.add(mark(i)));
    REQUIRE(state.add(mark(0)));
    CHECK(state.count() == 1000);
  }
  const CopyState again = opened(file.path());
  CHECK(again.count() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(again.has(mark(i)));
  CHECK_FALSE(again.has(mark(1000)));
}

TEST_CASE("a state grows beyond what was expected, and the file with it") {
  const support::TemporaryFile file("");
  constexpr int kCount = 200'000;
  {
    CopyState state = opened(file.path());
    for (int i = 0; i < kCount; ++i) REQUIRE(state.add(mark(i)));
  }
  const CopyState again = opened(file.path());
  CHECK(again.count() == kCount);
  int found = 0;
  for (int i = 0; i < kCount; ++i) found += again.has(mark(i)) ? 1 : 0;
  CHECK(found == kCount);
  CHECK_FALSE(std::ifstream(file.path() + ".tmp"));
}

TEST_CASE("a state belongs to one copy, and to one run at a time") {
  const support::TemporaryFile file("");
  {
    const CopyState state = opened(file.path());
    CHECK(reason(file.path(), "a to b") == file.path() + " is in use by another run");
  }
  CHECK(reason(file.path(), "a to c") == file.path() + " is the state of another copy: a to b");
  CHECK(reason(file.path(), "a to b").empty());
}

TEST_CASE("another file is not taken for a state") {
  for (const std::string& text : {std::string("text"), std::string(4096 + 8 * 65536, 'x')}) {
    const support::TemporaryFile file(text);
    CHECK(reason(file.path(), "a to b") == file.path() + " is no state of a copy");
  }
}

TEST_CASE("no key has the mark of an empty slot") {
  CHECK(CopyState::mark_of("") != 0);
  CHECK(CopyState::mark_of("a") != CopyState::mark_of("b"));
}

}  // namespace
}  // namespace larder::ctl
