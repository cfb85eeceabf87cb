// Who asks is told what the store does by itself.
#include "slab/observer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::sum_of;

struct Notes final : Observer {
  void evicted(const Evicted& item) noexcept override {
    items.push_back(item);
    keys.emplace_back(item.key);
  }
  void page_moved(ClassId from, ClassId to, bool is_done) noexcept override {
    moves.push_back({from, to, is_done});
  }
  struct Move {
    ClassId from, to;
    bool is_done;
  };
  std::vector<Evicted> items;  // their keys are gone
  std::vector<std::string> keys;
  std::vector<Move> moves;
};

Options two_megabytes() {
  Options options;
  options.memory_bytes_max = size_t{2} << 20;
  options.thread_count_max = 2;
  return options;
}

TEST_CASE("every eviction of a live item is observed, and nothing else") {
  Store store(two_megabytes());
  StoreUser user(store);
  Notes notes;
  user.cache().observer = &notes;
  const size_t value_size = GENERATE(size_t{1000}, size_t{100'000});  // whole and in pieces
  const int count = static_cast<int>((size_t{5} << 20) / value_size);
  for (int i = 0; i < count; ++i) {
    const std::string name = "key" + std::to_string(i);
    // Some expire before they could be evicted, some have long to live.
    const base::Time exptime = i % 3 == 0 ? user.now + 1 : i % 3 == 1 ? user.now + 1000 : 0;
    REQUIRE(user.set(name, pattern(1, value_size), exptime));
    user.now += 2;
  }
  REQUIRE(notes.items.size() == sum_of(store, &ClassCounters::evicted));
  REQUIRE(notes.items.size() > 5);
  for (size_t i = 0; i < notes.items.size(); ++i) {
    const Evicted& item = notes.items[i];
    const int number = std::stoi(notes.keys[i].substr(3));
    CHECK(item.value_size == value_size);
    CHECK(item.class_id == store.sizes().class_of(notes.keys[i].size(), 0, value_size));
    CHECK_FALSE(item.was_fetched);
    CHECK(item.idle_seconds > 0);
    CHECK(number % 3 != 0);
    CHECK((item.seconds_left == -1) == (number % 3 == 2));
    if (number % 3 == 1) CHECK(item.seconds_left == int64_t{1000} - item.idle_seconds);
  }

  user.cache().observer = nullptr;
  const size_t told = notes.items.size();
  for (int i = 0; i < count; ++i) {
    user.set("other" + std::to_string(i), pattern(1, value_size));
  }
  CHECK(sum_of(store, &ClassCounters::evicted) > told);
  CHECK(notes.items.size() == told);
}

TEST_CASE("the eviction of an item that was read is observed as such") {
  Store store(two_megabytes());
  StoreUser user(store);
  Notes notes;
  user.cache().observer = &notes;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "key" + std::to_string(i);
    REQUIRE(user.set(name, pattern(1, 1000)));
    if (i % 3 == 0) user.get(name);
  }
  size_t read_count = 0;
  for (size_t i = 0; i < notes.keys.size(); ++i) {
    const bool was_read = std::stoi(notes.keys[i].substr(3)) % 3 == 0;
    CHECK(notes.items[i].was_fetched == was_read);
    read_count += was_read ? 1 : 0;
  }
  CHECK(read_count > 100);
}

TEST_CASE("pages that the balancer moves are observed on the maintaining thread") {
  Store store(two_megabytes());
  StoreUser user(store);
  Notes notes;
  user.cache().observer = &notes;
  const auto load = [&](const char* prefix, size_t value_size, int seconds) {
    for (int second = 0; second < seconds; ++second, ++user.now) {
      for (int i = 0; i < 5'000; ++i) {
        const std::string name = prefix + std::to_string(i * 31 % 3000);
        if (!user.get(name)) user.set(name, pattern(1, value_size));
        if (i % 500 == 0) user.maintain();
      }
    }
  };
  load("small", 600, 20);
  load("large", 1200, 30);
  REQUIRE(sum_of(store, &ClassCounters::pages_moved) > 0);
  uint64_t done = 0;
  for (const Notes::Move& move : notes.moves) {
    CHECK(move.from != move.to);
    CHECK(move.from != kNoClass);
    done += move.is_done ? 1 : 0;
  }
  CHECK(done > 0);
  CHECK(done <= sum_of(store, &ClassCounters::pages_moved));
}

}  // namespace
}  // namespace larder::slab
