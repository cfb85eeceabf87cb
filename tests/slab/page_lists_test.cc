#include "slab/page_lists.h"

#include <catch2/catch.hpp>
#include <vector>

namespace larder::slab {
namespace {

constexpr uint32_t kChunkSize = 4096;

Options eight_pages() {
  Options options;
  options.memory_bytes_max = 8 * kPageSize;
  return options;
}

struct Bench {
  Bench() {
    for (PageIndex& page : pages) {
      page = pool.acquire();
      pool.page(page).carved_count = 2;
    }
  }
  // The pages that a hand comes to in `steps` steps, one for each chunk.
  std::vector<PageIndex> steps(Hand hand, size_t count) {
    std::vector<PageIndex> seen;
    Ref chunk;
    while (seen.size() < count && ring.step(hand, pool, kChunkSize, &chunk)) {
      seen.push_back(pool.page_index_of(chunk));
    }
    return seen;
  }

  MemoryBudget budget{8 * kPageSize};
  PagePool pool{eight_pages(), budget};
  PageRing ring;
  PartialPages partial;
  PageIndex pages[3];
};

TEST_CASE("a hand goes round over the chunks of all pages and a new page comes last") {
  Bench bench;
  const auto [a, b, c] = bench.pages;
  Ref chunk;
  CHECK_FALSE(bench.ring.step(Hand::Main, bench.pool, kChunkSize, &chunk));
  bench.ring.add(a, bench.pool);
  bench.ring.add(b, bench.pool);
  CHECK(bench.steps(Hand::Main, 3) == std::vector<PageIndex>{a, a, b});
  bench.ring.add(c, bench.pool);  // before b, where the hand is
  CHECK(bench.ring.size() == 3);
  CHECK(bench.steps(Hand::Main, 6) == std::vector<PageIndex>{b, a, a, c, c, b});
  CHECK(bench.steps(Hand::Small, 4) == std::vector<PageIndex>{a, a, c, c});
}

TEST_CASE("a hand leaves a page that is removed and a step can be undone") {
  Bench bench;
  const auto [a, b, c] = bench.pages;
  for (const PageIndex page : bench.pages) bench.ring.add(page, bench.pool);
  CHECK(bench.steps(Hand::Main, 1) == std::vector<PageIndex>{a});
  bench.ring.step_back(Hand::Main);
  CHECK(bench.steps(Hand::Main, 2) == std::vector<PageIndex>{a, a});
  bench.ring.remove(a, bench.pool);
  CHECK(bench.ring.first() == b);
  const PageRing::Position before = bench.ring.position(Hand::Main);
  CHECK(bench.steps(Hand::Main, 3) == std::vector<PageIndex>{b, b, c});
  bench.ring.put_back(Hand::Main, before);
  CHECK(bench.ring.first() == b);
  bench.ring.remove(b, bench.pool);
  bench.ring.remove(c, bench.pool);
  CHECK(bench.ring.first() == kNoPage);
  CHECK(bench.steps(Hand::Main, 1).empty());
}

TEST_CASE("a partial page is listed once and may leave from anywhere in the list") {
  Bench bench;
  const auto [a, b, c] = bench.pages;
  for (const PageIndex page : {a, b, c, b}) bench.partial.add(page, bench.pool);
  CHECK(bench.partial.first() == c);
  bench.partial.remove(b, bench.pool);
  bench.partial.remove(b, bench.pool);
  bench.partial.remove(c, bench.pool);
  CHECK(bench.partial.first() == a);
  bench.partial.remove(a, bench.pool);
  CHECK(bench.partial.first() == kNoPage);
}

}  // namespace
}  // namespace larder::slab
