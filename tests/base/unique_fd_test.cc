#include "base/unique_fd.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

namespace larder::base {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST_CASE("a descriptor is closed when its owner is destroyed") {
  int raw = -1;
  {
    const UniqueFd owner(open_null());
    REQUIRE(owner);
    raw = owner.get();
    CHECK(is_open(raw));
  }
  CHECK_FALSE(is_open(raw));
}

TEST_CASE("an owner without a descriptor converts to false") {
  const UniqueFd none;
  CHECK_FALSE(none);
  CHECK(none.get() == -1);
}

TEST_CASE("a move transfers the descriptor and leaves it open") {
  UniqueFd first(open_null());
  const int raw = first.get();
  UniqueFd second(std::move(first));
  CHECK_FALSE(first);  // NOLINT: a moved-from owner owns nothing, by contract
  CHECK(second.get() == raw);
  CHECK(is_open(raw));
}

TEST_CASE("a move assignment closes the previous descriptor") {
  UniqueFd first(open_null());
  UniqueFd second(open_null());
  const int replaced = second.get();
  const int kept = first.get();
  second = std::move(first);
  CHECK_FALSE(is_open(replaced));
  CHECK(second.get() == kept);
  CHECK(is_open(kept));
}

TEST_CASE("a released descriptor stays open") {
  UniqueFd owner(open_null());
  const int raw = owner.release();
  CHECK_FALSE(owner);
  owner.reset();
  CHECK(is_open(raw));
  ::close(raw);
}

}  // namespace
}  // namespace larder::base
