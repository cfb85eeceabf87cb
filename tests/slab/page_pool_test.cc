#include "slab/page_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace larder::slab {
namespace {

Options with_memory(size_t bytes) {
  Options options;
  options.memory_bytes_max = bytes;
  return options;
}

TEST_CASE("pages are distinct and limited by the budget") {
  const Options options = with_memory(10 * kPageSize);
  MemoryBudget budget(options.memory_bytes_max + kPageSize / 2);
  PagePool pool(options, budget);
  REQUIRE(pool.is_usable());
  std::set<PageIndex> pages;
  for (int i = 0; i < 10; ++i) pages.insert(pool.acquire());
  CHECK(pages.size() == 10);
  CHECK(pages.count(kNoPage) == 0);
  CHECK(pool.acquire() == kNoPage);
  CHECK(pool.pages_in_use() == 10);
  CHECK(budget.used() == 10 * kPageSize);
}

TEST_CASE("above a lowered limit pages are exchanged, and not handed out") {
  const Options options = with_memory(4 * kPageSize);
  MemoryBudget budget(options.memory_bytes_max);
  PagePool pool(options, budget);
  PageIndex last = kNoPage;
  for (int i = 0; i < 4; ++i) last = pool.acquire();
  CHECK(pool.acquire_in_exchange() == kNoPage);
  budget.set_limit(2 * kPageSize);
  pool.release(last, false);
  CHECK(pool.acquire() == kNoPage);
  CHECK(pool.acquire_in_exchange() == last);
  CHECK(budget.used() == 4 * kPageSize);
}

TEST_CASE("a released page returns its budget and is handed out next") {
  const Options options = with_memory(4 * kPageSize);
  MemoryBudget budget(options.memory_bytes_max);
  PagePool pool(options, budget);
  const PageIndex first = pool.acquire();
  const PageIndex second = pool.acquire();
  CHECK(pool.spare_count() == 0);
  const bool to_system = GENERATE(true, false);
  char* bytes = pool.at(pool.chunk_ref(first, 0, 0));
  bytes[100] = 'x';
  pool.release(first, to_system);
  CHECK(budget.used() == kPageSize);
  CHECK(pool.spare_count() == 1);
  CHECK(pool.pages_in_use() == 1);
  CHECK(bytes[100] == (to_system ? 0 : 'x'));
  CHECK(pool.acquire() == first);
  CHECK(pool.spare_count() == 0);
  CHECK(second != first);
}

TEST_CASE("cooled unused pages return their memory to the system and remain available") {
  const Options options = with_memory(4 * kPageSize);
  MemoryBudget budget(options.memory_bytes_max);
  PagePool pool(options, budget);
  std::vector<char*> pages;
  for (int i = 0; i < 3; ++i) {
    const PageIndex index = pool.acquire();
    pages.push_back(pool.at(pool.chunk_ref(index, 0, 0)));
    *pages.back() = 'x';
  }
  for (const char* page : pages) pool.release(pool.page_index_of(pool.ref_of(page)), false);
  pool.cool(2);
  CHECK(std::count_if(pages.begin(), pages.end(), [](char* page) { return *page == 0; }) == 2);
  pool.cool(100);
  CHECK(std::count_if(pages.begin(), pages.end(), [](char* page) { return *page == 0; }) == 3);
  CHECK(pool.spare_count() == 3);
  for (int i = 0; i < 4; ++i) CHECK(pool.acquire() != kNoPage);
  CHECK(pool.spare_count() == 0);
}

TEST_CASE("memory is populated ahead only where the budget allows pages") {
  constexpr PageIndex kPagesPerHuge = (2 << 20) / kPageSize;
  Options options = with_memory(16 * kPagesPerHuge * kPageSize);
  options.uses_huge_pages = true;
  MemoryBudget budget(2 * kPagesPerHuge * kPageSize);
  PagePool pool(options, budget);
  const auto is_present = [&](PageIndex page) {
    unsigned char first_byte = 0;
    REQUIRE(::mincore(pool.at(pool.chunk_ref(page, 0, 0)), 1, &first_byte) == 0);
    return (first_byte & 1) != 0;
  };
  CHECK(pool.acquire() == 1);
  CHECK(is_present(1));
  pool.touch_ahead();
  CHECK(is_present(kPagesPerHuge));  // as many again are the index's
  CHECK_FALSE(is_present(2 * kPagesPerHuge));
}

TEST_CASE("a released page has no class") {
  const Options options = with_memory(4 * kPageSize);
  MemoryBudget budget(options.memory_bytes_max);
  PagePool pool(options, budget);
  const PageIndex index = pool.acquire();
  Page& page = pool.page(index);
  page.class_id = 7;
  page.carved_count = 3;
  page.free_count = 3;
  page.free_chunks = pool.chunk_ref(index, 2, 128);
  page.is_draining = true;
  pool.release(index, true);
  CHECK(page.class_id == kNoClass);
  CHECK(page.carved_count == 0);
  CHECK(page.free_count == 0);
  CHECK(page.free_chunks == kNoRef);
  CHECK_FALSE(page.is_draining);
}

TEST_CASE("references and chunks are converted both ways for every granule size") {
  const size_t gigabyte = size_t{1} << 30;
  const auto [memory, shift] = GENERATE_COPY(table<size_t, unsigned>({
      {size_t{1} << 20, 3u},
      {32 * gigabyte - kPageSize, 3u},
      {32 * gigabyte, 4u},
      {100 * gigabyte, 5u},
  }));
  CAPTURE(memory);
  const Options options = with_memory(memory);
  MemoryBudget budget(memory);
  PagePool pool(options, budget);
  REQUIRE(pool.is_usable());
  CHECK(pool.granule_shift() == shift);
  CHECK(pool.memory_bytes_reachable() >= memory);
  const PageIndex page = pool.acquire();
  REQUIRE(page != kNoPage);
  const uint32_t chunk_size = 3u << pool.granule_shift();
  const char* page_begin = pool.at(pool.chunk_ref(page, 0, chunk_size));
  for (uint32_t chunk = 0; chunk < kPageSize / chunk_size; ++chunk) {
    const Ref ref = pool.chunk_ref(page, chunk, chunk_size);
    REQUIRE(ref != kNoRef);
    REQUIRE(pool.at(ref) == page_begin + chunk * chunk_size);
    REQUIRE(pool.ref_of(pool.at(ref)) == ref);
    REQUIRE(pool.page_index_of(ref) == page);
    REQUIRE(&pool.page_of(ref) == &pool.page(page));
    REQUIRE(pool.is_plausible(ref));
  }
}

TEST_CASE("a reference into page zero or past the end is refused") {
  const Options options = with_memory(size_t{1} << 20);
  MemoryBudget budget(options.memory_bytes_max);
  PagePool pool(options, budget);
  CHECK_FALSE(pool.is_plausible(kNoRef));
  CHECK_FALSE(pool.is_plausible(pool.chunk_ref(1, 0, 0) - 1));
  CHECK(pool.is_plausible(pool.chunk_ref(1, 0, 0)));
}

}  // namespace
}  // namespace larder::slab
