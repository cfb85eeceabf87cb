#include "slab/address_space.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace larder::slab {
namespace {

constexpr size_t kHuge = size_t{2} << 20;

TEST_CASE("reserved memory is writable and reads as zeros after it was given back") {
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

// Whether the system may use huge pages where `address` lies, by /proc/self/smaps.
bool may_be_huge(const char* address) {
  std::ifstream maps("/proc/self/smaps");
  bool is_here = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) == 2) {
      const auto place = reinterpret_cast<uintptr_t>(address);
      is_here = begin <= place && place < end;
    } else if (is_here && line.rfind("VmFlags:", 0) == 0) {
      return line.find(" hg") != std::string::npos;
    }
  }
  return false;
}

TEST_CASE("memory that was given back is not backed by huge pages again, its neighbours are") {
  AddressSpace space(4 * kHuge, 4 * kHuge, true);
  if (!may_be_huge(space.data())) return;  // a kernel without them
  space.give_back(space.data() + kHuge + (64 << 10), 64 << 10);
  CHECK(may_be_huge(space.data()));
  CHECK_FALSE(may_be_huge(space.data() + kHuge));
  CHECK_FALSE(may_be_huge(space.data() + 2 * kHuge - 1));
  CHECK(may_be_huge(space.data() + 2 * kHuge));
}

// How many bytes from the beginning on are present without a gap.
size_t present_bytes(const AddressSpace& space) {
  const auto page_size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(space.size() / page_size);
  REQUIRE(::mincore(space.data(), space.size(), pages.data()) == 0);
  const auto gap = std::find_if(pages.begin(), pages.end(), [](auto p) { return (p & 1) == 0; });
  return static_cast<size_t>(gap - pages.begin()) * page_size;
}

TEST_CASE("reached memory is populated, in whole huge pages") {
  AddressSpace space(16 * kHuge, 16 * kHuge, true);
  space.reach(space.data() + kHuge / 2, kHuge / 2);
  CHECK(present_bytes(space) == kHuge);
  space.reach(space.data() + kHuge, kHuge / 2);
  CHECK(present_bytes(space) == 2 * kHuge);
  space.reach(space.data() + 3 * kHuge / 2, kHuge / 2);
  CHECK(present_bytes(space) == 2 * kHuge);
  AddressSpace small(16 * kHuge, 16 * kHuge, false);
  small.reach(small.data(), kHuge / 2);
  CHECK(present_bytes(small) == kHuge / 2);
}

TEST_CASE("memory is populated ahead up to two and a half times what was reached") {
  AddressSpace space(100 * kHuge, 100 * kHuge, true);
  constexpr size_t kNoLimit = SIZE_MAX / 2;
  space.touch_ahead(0, kNoLimit);
  CHECK(present_bytes(space) == 0);
  space.reach(space.data(), 20 * kHuge);
  space.touch_ahead(20 * kHuge, kNoLimit);
  CHECK(present_bytes(space) == 50 * kHuge);
  space.touch_ahead(20 * kHuge, kNoLimit);
  CHECK(present_bytes(space) == 50 * kHuge);
  space.touch_ahead(50 * kHuge, kHuge);
  CHECK(present_bytes(space) == 51 * kHuge);
  space.touch_ahead(51 * kHuge, 0);
  CHECK(present_bytes(space) == 51 * kHuge);
  space.reach(space.data() + 51 * kHuge, 48 * kHuge);
  space.touch_ahead(99 * kHuge, kNoLimit);
  CHECK(present_bytes(space) == 100 * kHuge);
}

TEST_CASE("memory in use is not populated ahead") {
  AddressSpace space(100 * kHuge, 100 * kHuge, true);
  space.touch_ahead(20 * kHuge + 1, kHuge);
  CHECK(present_bytes(space) == 0);
  space.populate(space.data(), 21 * kHuge);
  CHECK(present_bytes(space) == 22 * kHuge);
}

TEST_CASE("small pages are not populated ahead") {
  AddressSpace space(16 * kHuge, 16 * kHuge, false);
  space.touch_ahead(kHuge, kHuge);
  CHECK(present_bytes(space) == 0);
}

TEST_CASE("a reservation that the system refuses is repeated with the smaller size") {
  const AddressSpace space(size_t{1} << 62, size_t{1} << 20, false);
  REQUIRE(space.data() != nullptr);
  CHECK(space.size() == size_t{1} << 20);
  space.data()[space.size() - 1] = 'x';
}

TEST_CASE("a reservation that is refused twice has size zero") {
  const AddressSpace space(size_t{1} << 62, size_t{1} << 61, false);
  CHECK(space.size() == 0);
  CHECK(space.data() == nullptr);
}

}  // namespace
}  // namespace larder::slab
