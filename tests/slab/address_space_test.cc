#include "slab/address_space.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace larder::slab {
namespace {

TEST_CASE("reserved bytes can be written and read as zeros after they were given back") {
  AddressSpace space(size_t{1} << 20, size_t{1} << 20, false);
  REQUIRE(space.size() == size_t{1} << 20);
  space.populate(space.data(), 64 << 10);
  CHECK(space.data()[0] == 0);
  space.data()[0] = 'a';
  space.data()[(64 << 10) - 1] = 'b';
  space.data()[64 << 10] = 'c';
  space.give_back(space.data(), 64 << 10);
  CHECK(space.data()[0] == 0);
  CHECK(space.data()[(64 << 10) - 1] == 0);
  CHECK(space.data()[64 << 10] == 'c');
}

TEST_CASE("a reservation is aligned for huge pages") {
  const AddressSpace space(4096, 4096, true);
  CHECK(reinterpret_cast<uintptr_t>(space.data()) % (size_t{2} << 20) == 0);
}

TEST_CASE("a reservation the system refuses falls back to the smaller size") {
  const AddressSpace space(size_t{1} << 62, size_t{1} << 20, false);
  REQUIRE(space.data() != nullptr);
  CHECK(space.size() == size_t{1} << 20);
  space.data()[space.size() - 1] = 'x';
}

TEST_CASE("a reservation refused twice has size zero") {
  const AddressSpace space(size_t{1} << 62, size_t{1} << 61, false);
  CHECK(space.size() == 0);
  CHECK(space.data() == nullptr);
}

}  // namespace
}  // namespace larder::slab
