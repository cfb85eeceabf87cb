#include "slab/due_pages.h"

#include <catch2/catch.hpp>

namespace larder::slab {
namespace {

TEST_CASE("a page is due after its earliest expiry time") {
  DuePages pages(10);
  REQUIRE(pages.is_usable());
  CHECK_FALSE(pages.is_due(3, 1'000'000));
  pages.note(3, 100);
  pages.note(3, 50);
  pages.note(3, 200);
  CHECK_FALSE(pages.is_due(3, 50));
  CHECK(pages.is_due(3, 51));
  CHECK_FALSE(pages.is_due(4, 1'000'000));
}

TEST_CASE("items that never expire make no page due") {
  DuePages pages(10);
  pages.note(3, 0);
  CHECK_FALSE(pages.is_due(3, 1'000'000));
  pages.note(3, 100);
  pages.note(3, 0);
  CHECK(pages.is_due(3, 101));
}

TEST_CASE("a forgotten page becomes due again by later expiry times") {
  DuePages pages(10);
  pages.note(3, 50);
  pages.forget(3);
  CHECK_FALSE(pages.is_due(3, 1'000));
  pages.note(3, 70);
  CHECK(pages.is_due(3, 71));
}

}  // namespace
}  // namespace larder::slab
