#include "slab/slab_class.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace larder::slab {
namespace {

constexpr uint32_t kChunkSize = 4096;
constexpr uint32_t kChunksPerPage = kPageSize / kChunkSize;
constexpr ClassId kId = 3;

Sight may_go(Ref, uint8_t bits) { return {Fate::MayGo, bits}; }

Options eight_pages() {
  Options options;
  options.memory_bytes_max = 8 * kPageSize;
  return options;
}

// A class with a pool of eight pages, whose chunks a test links and unlinks by hand.
struct Bench {
  Bench() { slab_class.open(kId, kChunkSize, kChunksPerPage, pool); }

  std::vector<Ref> take(size_t count) {
    std::vector<Ref> refs(count);
    refs.resize(slab_class.take_free(refs));
    return refs;
  }
  // A page more, its chunks taken.
  std::vector<Ref> take_page() {
    slab_class.add_page(pool.acquire());
    return take(kChunksPerPage);
  }
  // As a thread does that wants no page: what is unused already goes to the pool.
  PageIndex drain(bool may_be_held) {
    const PageIndex page = slab_class.start_draining(may_be_held, may_go);
    if (page != kNoPage && slab_class.take_drained(page)) pool.release(page, true);
    return page;
  }
  void give_back(Ref ref) {
    set_state(ref, 0);
    slab_class.give_back({&ref, 1});
  }
  void set_state(Ref ref, unsigned bits) {
    pool.item_at(ref)->state.store(static_cast<uint8_t>(bits));
  }
  void link_all(const std::vector<Ref>& refs, unsigned frequency) {
    for (const Ref ref : refs) {
      set_state(ref, state::kLinked | frequency << state::kFrequencyShift);
    }
  }
  std::vector<Ref> sweep(size_t wanted, uint32_t scan_max, bool must_yield = false) {
    return sweep(Hand::Main, wanted, scan_max, must_yield);
  }
  std::vector<Ref> sweep(Hand hand, size_t wanted, uint32_t scan_max, bool must_yield = false) {
    std::vector<Ref> refs(wanted);
    refs.resize(slab_class.sweep(hand, refs, scan_max, must_yield, may_go));
    return refs;
  }
  uint8_t state_of(Ref ref) { return pool.item_at(ref)->state.load(); }

  Options options = eight_pages();
  MemoryBudget budget{options.memory_bytes_max};
  PagePool pool{options, budget};
  SlabClass slab_class;
};

TEST_CASE("a class without pages provides no chunks and sweeps nothing") {
  Bench bench;
  CHECK(bench.take(1).empty());
  CHECK(bench.sweep(4, 100, true).empty());
  CHECK(bench.drain(true) == kNoPage);
  CHECK(bench.slab_class.oldest_chunk() == kNoRef);
}

TEST_CASE("a page is carved into distinct chunks that do not overlap") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  REQUIRE(refs.size() == kChunksPerPage);
  CHECK(bench.take(1).empty());
  for (size_t i = 1; i < refs.size(); ++i) {
    CHECK(bench.pool.at(refs[i]) == bench.pool.at(refs[i - 1]) + kChunkSize);
  }
  const SlabClass::Usage usage = bench.slab_class.usage();
  CHECK(usage.page_count == 1);
  CHECK(usage.carved_count == kChunksPerPage);
  CHECK(usage.free_count == 0);
}

TEST_CASE("freed chunks are used before untouched ones") {
  Bench bench;
  bench.slab_class.add_page(bench.pool.acquire());
  const std::vector<Ref> refs = bench.take(4);
  bench.give_back(refs[1]);
  bench.give_back(refs[2]);
  CHECK(bench.slab_class.usage().free_count == 2);
  const std::vector<Ref> again = bench.take(3);
  REQUIRE(again.size() == 3);
  CHECK(std::set<Ref>{again[0], again[1]} == std::set<Ref>{refs[1], refs[2]});
  CHECK(std::find(refs.begin(), refs.end(), again[2]) == refs.end());
  CHECK(bench.slab_class.usage().free_count == 0);
  CHECK(bench.slab_class.usage().carved_count == 5);
}

TEST_CASE("free chunks of many pages are all found again") {
  Bench bench;
  std::vector<Ref> all;
  for (int page = 0; page < 5; ++page) {
    const std::vector<Ref> refs = bench.take_page();
    all.insert(all.end(), refs.begin(), refs.end());
  }
  for (size_t i = 0; i < all.size(); i += 3) bench.give_back(all[i]);
  std::set<Ref> freed;
  for (size_t i = 0; i < all.size(); i += 3) freed.insert(all[i]);
  const std::vector<Ref> again = bench.take(1000);
  CHECK(std::set<Ref>(again.begin(), again.end()) == freed);
  CHECK(again.size() == freed.size());
}

TEST_CASE("the hand visits the oldest page first and a new page last") {
  Bench bench;
  const std::vector<Ref> first = bench.take_page();
  const std::vector<Ref> second = bench.take_page();
  bench.link_all(first, 0);
  bench.link_all(second, 0);
  CHECK(bench.slab_class.oldest_chunk() == first[0]);
  CHECK(bench.sweep(3, 100) == std::vector<Ref>(first.begin(), first.begin() + 3));
  CHECK(bench.slab_class.oldest_chunk() == first[3]);

  const std::vector<Ref> third = bench.take_page();
  bench.link_all(third, 0);
  std::vector<Ref> expected(first.begin() + 3, first.end());
  expected.insert(expected.end(), second.begin(), second.end());
  // The page under the hand counts as the oldest until the hand has left it, so that the new one
  // is inserted behind it.
  const std::vector<Ref> met = bench.sweep(expected.size() + kChunksPerPage, 1000);
  REQUIRE(met.size() == expected.size() + kChunksPerPage);
  CHECK(std::equal(expected.begin(), expected.end(), met.begin()));
  CHECK(std::equal(third.begin(), third.end(), met.begin() + static_cast<long>(expected.size())));
}

TEST_CASE("each visit decrements the frequency of an accessed item, which is offered at zero") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, 2);
  CHECK(bench.sweep(1, kChunksPerPage).empty());
  CHECK(state::frequency(bench.pool.item_at(refs[0])->state) == 1);
  CHECK(bench.sweep(1, kChunksPerPage).empty());
  CHECK(bench.sweep(1, kChunksPerPage) == std::vector<Ref>{refs[0]});
}

TEST_CASE("a sweep that must yield offers an accessed item at its end") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, kFrequencyMax);
  CHECK(bench.sweep(4, kChunksPerPage, false).empty());
  CHECK(bench.sweep(4, kChunksPerPage, true).size() == 1);
}

TEST_CASE("a sweep offers dead items whatever their frequency and pieces always") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, 3);
  bench.set_state(refs[7], state::kPiece);
  std::vector<Ref> found(8);
  found.resize(
      bench.slab_class.sweep(Hand::Main, found, kChunksPerPage, false, [&](Ref ref, uint8_t bits) {
        return Sight{ref == refs[5] ? Fate::Goes : Fate::MayGo, bits};
      }));
  CHECK(found == std::vector<Ref>{refs[5], refs[7]});
}

TEST_CASE("a sweep for dead items stops before the first live one and finds it again") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, 0);
  bench.set_state(refs[1], 0);  // not in use
  const auto is_dead = [&](Ref ref, uint8_t bits) {
    return Sight{ref < refs[4] ? Fate::Goes : Fate::MayGo, bits};
  };
  std::vector<Ref> dead(2);
  CHECK(bench.slab_class.sweep_dead(dead, 100, is_dead) == 2);
  CHECK(dead == std::vector<Ref>{refs[0], refs[2]});
  CHECK(bench.slab_class.sweep_dead(dead, 100, is_dead) == 1);
  CHECK(dead[0] == refs[3]);
  CHECK(bench.slab_class.sweep_dead(dead, 100, is_dead) == 0);
  CHECK(bench.sweep(1, 100) == std::vector<Ref>{refs[4]});
}

TEST_CASE("a sweep for dead items visits a limited number of chunks") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, 0);
  for (size_t i = 0; i < 5; ++i) bench.set_state(refs[i], 0);
  const auto all_dead = [](Ref, uint8_t bits) { return Sight{Fate::Goes, bits}; };
  std::vector<Ref> dead(3);
  CHECK(bench.slab_class.sweep_dead(dead, 4, all_dead) == 0);
  CHECK(bench.slab_class.sweep_dead(dead, 6, all_dead) == 1);
  CHECK(dead[0] == refs[5]);
}

TEST_CASE("a class recognizes only chunks of its own pages") {
  Bench bench;
  bench.slab_class.add_page(bench.pool.acquire());
  const std::vector<Ref> refs = bench.take(3);
  const PageIndex mine = bench.pool.page_index_of(refs[0]);
  CHECK(bench.slab_class.carved_count_of(mine) == 3);
  CHECK(bench.slab_class.carved_count_of(mine + 1) == 0);
}

TEST_CASE("a sweep does not change items that stay") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, 2);
  std::vector<Ref> found(8);
  for (const Hand hand : {Hand::Small, Hand::Main}) {
    const auto stays = [](Ref, uint8_t bits) { return Sight{Fate::Stays, bits}; };
    CHECK(bench.slab_class.sweep(hand, found, 100, true, stays) == 0);
  }
  CHECK(state::frequency(bench.pool.item_at(refs[0])->state) == 2);
}

TEST_CASE("the small hand promotes accessed items and skips promoted ones") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.link_all(refs, 0);
  bench.set_state(refs[0], state::kLinked | 2 << state::kFrequencyShift);
  bench.set_state(refs[1], state::kLinked | state::kMain);
  CHECK(bench.sweep(Hand::Small, 2, kChunksPerPage, true) == std::vector<Ref>{refs[2], refs[3]});
  CHECK(bench.state_of(refs[0]) == (state::kLinked | state::kMain | 2 << state::kFrequencyShift));
  CHECK(bench.state_of(refs[1]) == (state::kLinked | state::kMain));
  // Each hand has a place of its own.
  CHECK(bench.sweep(1, 2) == std::vector<Ref>{refs[1]});
  CHECK(bench.sweep(Hand::Small, 1, kChunksPerPage) == std::vector<Ref>{refs[4]});
}

TEST_CASE("the small hand finds nothing in the main queue even if it must yield") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  for (const Ref ref : refs) bench.set_state(ref, state::kLinked | state::kMain);
  CHECK(bench.sweep(Hand::Small, 4, 2 * kChunksPerPage, true).empty());
}

TEST_CASE("the hands do not change the state of a chained item") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  constexpr uint8_t kBits = state::kLinked | state::kChained | 1 << state::kFrequencyShift;
  for (const Ref ref : refs) bench.set_state(ref, kBits);
  const Hand hand = GENERATE(Hand::Small, Hand::Main);
  CHECK(bench.sweep(hand, 4, kChunksPerPage).empty());
  for (const Ref ref : refs) CHECK(bench.state_of(ref) == kBits);
}

TEST_CASE("the small hand moves while the small queue exceeds its share") {
  Bench bench;
  std::vector<std::vector<Ref>> pages;
  for (int i = 0; i < 8; ++i) pages.push_back(bench.take_page());
  for (const auto& refs : pages) bench.link_all(refs, 1);
  CHECK(bench.slab_class.next_hand() == Hand::Small);  // everything begins there
  bench.sweep(Hand::Small, 1, 8 * kChunksPerPage);     // promotes all
  bench.sweep(Hand::Small, 1, 8 * kChunksPerPage);     // sees that
  CHECK(bench.slab_class.next_hand() == Hand::Main);
  for (const Ref ref : pages[7]) bench.set_state(ref, state::kLinked);
  bench.sweep(Hand::Main, 8 * kChunksPerPage, 8 * kChunksPerPage);
  CHECK(bench.slab_class.next_hand() == Hand::Small);
  for (const Ref ref : pages[7]) bench.set_state(ref, state::kLinked | state::kMain);
  bench.sweep(Hand::Main, 8 * kChunksPerPage, 8 * kChunksPerPage);
  CHECK(bench.slab_class.next_hand() == Hand::Main);
}

TEST_CASE("a sweep skips chunks without an item") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.set_state(refs[9], state::kLinked);
  for (const Ref ref : {refs[0], refs[1], refs[15]}) bench.give_back(ref);
  CHECK(bench.sweep(1, kChunksPerPage) == std::vector<Ref>{refs[9]});
}

TEST_CASE("a draining page provides no chunks and leaves with its last one") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  const std::vector<Ref> other = bench.take_page();
  bench.give_back(refs[0]);
  const PageIndex page = bench.drain(true);
  REQUIRE(page == bench.pool.page_index_of(refs[0]));
  CHECK(bench.slab_class.is_draining(page));
  CHECK(bench.take(1).empty());
  CHECK(bench.slab_class.usage().page_count == 1);
  CHECK(bench.slab_class.usage().carved_count == kChunksPerPage);
  CHECK(bench.slab_class.usage().free_count == 0);

  std::vector<Ref> visited;
  bench.slab_class.for_each_chunk_of_draining(page, [&](Ref ref) { visited.push_back(ref); });
  CHECK(visited == refs);

  for (size_t i = 1; i + 1 < refs.size(); ++i) bench.give_back(refs[i]);
  CHECK(bench.slab_class.is_draining(page));
  CHECK(bench.budget.used() == 2 * kPageSize);
  bench.give_back(refs.back());
  CHECK_FALSE(bench.slab_class.is_draining(page));
  CHECK(bench.budget.used() == kPageSize);
  CHECK(bench.pool.spare_count() == 1);

  bench.give_back(other[2]);
  CHECK(bench.take(2) == std::vector<Ref>{other[2]});
}

TEST_CASE("a thread that adds a page gets its share of chunks first") {
  Bench bench;
  std::vector<Ref> share(3);
  const PageIndex page = bench.pool.acquire();
  CHECK(bench.slab_class.add_page(page, share) == 3);
  for (size_t i = 0; i < share.size(); ++i) {
    CHECK(share[i] == bench.pool.chunk_ref(page, static_cast<uint32_t>(i), kChunkSize));
  }
  CHECK(bench.take(1000).size() == kChunksPerPage - 3);  // what is left is anybody's
  std::vector<Ref> whole(kChunksPerPage + 1);
  CHECK(bench.slab_class.add_page(bench.pool.acquire(), whole) == kChunksPerPage);
  CHECK(bench.take(1).empty());
  CHECK(bench.slab_class.usage().carved_count == 2 * kChunksPerPage);
}

TEST_CASE("the share comes from the added page even if others have free chunks") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  bench.give_back(refs[5]);
  std::vector<Ref> share(1);
  const PageIndex page = bench.pool.acquire();
  CHECK(bench.slab_class.add_page(page, share) == 1);
  CHECK(bench.pool.page_index_of(share[0]) == page);
  CHECK(bench.take(1000).size() == kChunksPerPage);
}

TEST_CASE("a drained page goes to the thread that drained it and not to the pool") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  const PageIndex page = bench.slab_class.start_draining(true, may_go);
  for (const Ref ref : refs) bench.give_back(ref);
  CHECK(bench.slab_class.is_draining(page));
  CHECK(bench.pool.spare_count() == 0);
  CHECK_FALSE(bench.slab_class.claim(page));  // it is claimed
  CHECK(bench.slab_class.take_drained(page));
  CHECK_FALSE(bench.slab_class.is_draining(page));
  CHECK(bench.budget.used() == kPageSize);  // the caller's
  CHECK(bench.slab_class.usage().carved_count == 0);
  std::vector<Ref> share(1);
  CHECK(bench.slab_class.add_page(page, share) == 1);  // as if it were new
  CHECK(share[0] == refs[0]);
}

TEST_CASE("a partly drained page can be claimed again") {
  Bench bench;
  const std::vector<Ref> refs = bench.take_page();
  const PageIndex page = bench.drain(true);
  for (size_t i = 1; i < refs.size(); ++i) bench.give_back(refs[i]);
  REQUIRE(bench.slab_class.claim(page));
  bench.give_back(refs[0]);
  CHECK(bench.pool.spare_count() == 0);
  CHECK(bench.slab_class.take_drained(page));
  bench.pool.release(page, true);
  CHECK_FALSE(bench.slab_class.claim(page));  // it has left
}

TEST_CASE("a page without used chunks leaves as soon as it drains") {
  Bench bench;
  const bool was_used = GENERATE(false, true);
  bench.slab_class.add_page(bench.pool.acquire());
  if (was_used) {
    for (const Ref ref : bench.take(kChunksPerPage)) bench.give_back(ref);
  }
  const PageIndex page = bench.drain(true);
  CHECK(page != kNoPage);
  CHECK_FALSE(bench.slab_class.is_draining(page));
  CHECK(bench.budget.used() == 0);
  CHECK(bench.slab_class.usage().page_count == 0);
  CHECK(bench.slab_class.usage().free_count == 0);
  CHECK(bench.take(1).empty());
}

TEST_CASE("pages can be added and removed in any order and the ring stays intact") {
  Bench bench;
  std::vector<std::vector<Ref>> pages;
  for (int i = 0; i < 4; ++i) pages.push_back(bench.take_page());
  bench.drain(true);  // the first
  for (const Ref ref : pages[0]) bench.give_back(ref);
  for (int i = 1; i < 4; ++i) bench.link_all(pages[static_cast<size_t>(i)], 0);
  CHECK(bench.sweep(20, 20).size() == 20);  // into the third
  bench.drain(true);
  for (const Ref ref : pages[2]) bench.give_back(ref);
  pages.push_back(bench.take_page());
  bench.link_all(pages[4], 0);

  std::set<Ref> expected;
  for (const size_t page : {size_t{1}, size_t{3}, size_t{4}}) {
    expected.insert(pages[page].begin(), pages[page].end());
  }
  std::set<Ref> listed;
  bench.slab_class.for_each_chunk([&](Ref ref) { return listed.insert(ref).second; });
  CHECK(listed == expected);
  const std::vector<Ref> met = bench.sweep(3 * kChunksPerPage, 3 * kChunksPerPage);
  CHECK(std::set<Ref>(met.begin(), met.end()) == expected);
}

TEST_CASE("an unused page leaves when others have as many free chunks") {
  Bench bench;
  const std::vector<Ref> first = bench.take_page();
  const std::vector<Ref> second = bench.take_page();
  for (const Ref ref : first) bench.give_back(ref);
  CHECK(bench.slab_class.usage().page_count == 2);  // kept: the next write may want it
  for (size_t i = 0; i + 1 < second.size(); ++i) bench.give_back(second[i]);
  CHECK(bench.slab_class.usage().page_count == 2);
  bench.give_back(second.back());
  CHECK(bench.slab_class.usage().page_count == 1);
  CHECK(bench.slab_class.usage().free_count == kChunksPerPage);
  CHECK(bench.slab_class.usage().carved_count == kChunksPerPage);
  CHECK(bench.pool.spare_count() == 1);
  CHECK(bench.budget.used() == kPageSize);
  const std::vector<Ref> again = bench.take(2 * kChunksPerPage);
  CHECK(std::set<Ref>(again.begin(), again.end()) == std::set<Ref>(first.begin(), first.end()));
}

TEST_CASE("draining prefers the page with the fewest accessed items and the oldest of equals") {
  Bench bench;
  std::vector<std::vector<Ref>> pages;
  for (int i = 0; i < 4; ++i) {
    pages.push_back(bench.take_page());
    bench.link_all(pages.back(), 0);
  }
  bench.link_all(pages[0], 1);
  bench.set_state(pages[1][3], state::kLinked | 3 << state::kFrequencyShift);
  const auto drained = [&] { return bench.drain(false); };
  CHECK(drained() == bench.pool.page_index_of(pages[2][0]));
  CHECK(drained() == bench.pool.page_index_of(pages[3][0]));
  CHECK(drained() == bench.pool.page_index_of(pages[1][0]));
  CHECK(drained() == bench.pool.page_index_of(pages[0][0]));
  CHECK(drained() == kNoPage);
}

TEST_CASE("draining prefers a page without chunks in thread caches") {
  Bench bench;
  std::vector<std::vector<Ref>> pages;
  for (int i = 0; i < 4; ++i) pages.push_back(bench.take_page());
  for (const auto& refs : pages) bench.link_all(refs, 0);
  bench.set_state(pages[0][3], 0);
  bench.set_state(pages[1][0], 0);
  bench.give_back(pages[2][0]);
  const PageIndex page = bench.drain(false);
  CHECK(page == bench.pool.page_index_of(pages[2][0]));
  CHECK(bench.slab_class.oldest_chunk() == pages[0][0]);  // the hand stayed where it was

  bench.set_state(pages[3][5], 0);
  CHECK(bench.drain(false) == kNoPage);
  CHECK(bench.drain(true) == bench.pool.page_index_of(pages[0][0]));
}

TEST_CASE("a visit of all chunks can be stopped") {
  Bench bench;
  bench.take_page();
  int visits = 0;
  bench.slab_class.for_each_chunk([&](Ref) { return ++visits < 5; });
  CHECK(visits == 5);
}

}  // namespace
}  // namespace larder::slab
