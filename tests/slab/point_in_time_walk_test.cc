// A walk shows the store as it was when the walk began, whatever happens meanwhile.

#include "slab/point_in_time_walk.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "slab/store.h"
#include "tests/support/store_user.h"
#include "tests/support/walk_collector.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::WalkCollector;
using support::WalkedItem;

Options small_store() {
  Options options;
  options.memory_bytes_max = size_t{64} << 20;
  options.hash_power = 8;  // few buckets, so that the index grows during the walks
  options.item_size_max = 1 << 20;
  options.thread_count_max = 4;
  return options;
}

void finish(PointInTimeWalk& walk, WalkSink& sink, base::Time now, size_t buckets = 7) {
  size_t steps_left = 1'000'000;
  while (walk.step(sink, buckets, now)) REQUIRE(--steps_left > 0);
}

// What the store has under a key now, as a walk shows it.
WalkedItem item_of(StoreUser& user, const std::string& key) {
  const auto found = user.find(key);
  REQUIRE(found);
  return {found->value, found->flags, found->cas, found->exptime, 0};
}

struct Fixture {
  Store store{small_store()};
  StoreUser user{store};
  StoreUser walker{store};
  WalkCollector sink;
};

TEST_CASE("a walk hands out every live item once") {
  Fixture f;
  for (int i = 0; i < 3000; ++i) {
    REQUIRE(f.user.set("key" + std::to_string(i), pattern(i, i % 100 == 0 ? 30'000 : i % 300)));
  }
  REQUIRE(f.user.set("dead", "x", f.user.now + 5));
  f.user.now += 5;
  PointInTimeWalk walk(f.store, f.walker.cache(), f.user.now);
  REQUIRE(walk.has_begun());
  finish(walk, f.sink, f.user.now);
  CHECK(f.sink.items.size() == 3000);
  CHECK(f.sink.duplicates == 0);
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "key" + std::to_string(i);
    REQUIRE(f.sink.items[key].value == f.user.get(key));
  }
}

TEST_CASE("what is written, changed and removed during a walk is shown as it was") {
  Fixture f;
  StoreUser& user = f.user;
  const std::string large = pattern(1, 100'000);
  for (const char* key : {"overwritten", "deleted", "appended", "prepended", "emptied", "small",
                          "touched to die", "flushed"}) {
    REQUIRE(user.write(key, std::string("value of ") + key, {.flags = 7, .exptime = 5000}) ==
            WriteOutcome::Stored);
  }
  REQUIRE(user.set("counted", "10"));
  REQUIRE(user.set("outgrown", "9"));
  REQUIRE(user.set("expires", "soon", user.now + 10));
  REQUIRE(user.set("large", large));
  REQUIRE(user.set("large invalidated", large));
  REQUIRE(user.set("small invalidated", "small"));
  std::map<std::string, WalkedItem> before;
  for (const char* key : {"overwritten", "deleted", "appended", "prepended", "emptied", "small",
                          "touched to die", "flushed", "counted", "outgrown", "expires", "large",
                          "large invalidated", "small invalidated"}) {
    before[key] = item_of(user, key);
  }

  PointInTimeWalk walk(f.store, f.walker.cache(), user.now);
  ClassId ignored;
  REQUIRE(user.set("overwritten", "new"));
  REQUIRE(user.set("overwritten", "newer"));
  REQUIRE(user.remove("deleted"));
  REQUIRE(user.set("deleted", "again"));
  REQUIRE(user.write_as(WriteMode::Append, "appended", "!") == WriteOutcome::Stored);
  REQUIRE(user.write_as(WriteMode::Prepend, "prepended", "!") == WriteOutcome::Stored);
  REQUIRE(f.store.remove(user.cache(), user.key("emptied"), {.empties = true}, user.now,
                         &ignored) == RemoveOutcome::Removed);
  REQUIRE(user.add("counted", 5) == 15u);
  REQUIRE(user.add("counted", 5) == 20u);
  REQUIRE(user.add("outgrown", 5) == 14u);
  REQUIRE(user.touch("touched to die", user.now + 1));
  REQUIRE(user.set("large", "small now"));
  for (const char* key : {"large invalidated", "small invalidated"}) {
    REQUIRE(f.store.remove(user.cache(), user.key(key), {.invalidates = true, .exptime = 77},
                           user.now, &ignored) == RemoveOutcome::Removed);
  }
  REQUIRE(user.set("new", "not shown"));
  user.now += 20;
  REQUIRE(user.outcome_of("expires") == ReadOutcome::Expired);
  REQUIRE(user.outcome_of("touched to die") == ReadOutcome::Expired);
  f.store.flush_all(user.now);
  REQUIRE(user.outcome_of("flushed") == ReadOutcome::Flushed);
  REQUIRE(user.set("after the flush", "not shown"));

  finish(walk, f.sink, user.now);
  CHECK(walk.relaxed() == 0);
  CHECK(walk.evicted() == 0);
  CHECK(f.sink.duplicates == 0);
  CHECK(f.sink.items.size() == before.size());
  for (const auto& [key, item] : before) {
    CAPTURE(key);
    REQUIRE(f.sink.items.count(key) == 1);
    const WalkedItem& shown = f.sink.items[key];
    CHECK(shown.value == item.value);
    CHECK(shown.flags == item.flags);
    CHECK(shown.cas == item.cas);
    CHECK(shown.exptime == item.exptime);
    CHECK((shown.traits & trait::kStale) == 0);
  }
}

TEST_CASE("items that are dead when a walk begins are not shown") {
  Fixture f;
  REQUIRE(f.user.set("flushed", "x"));
  f.store.flush_all(f.user.now);
  REQUIRE(f.user.set("expired", "x", f.user.now + 1));
  REQUIRE(f.user.set("alive", "x"));
  f.user.now += 1;
  PointInTimeWalk walk(f.store, f.walker.cache(), f.user.now);
  finish(walk, f.sink, f.user.now);
  CHECK(f.sink.items.size() == 1);
  CHECK(f.sink.items.count("alive") == 1);
}

TEST_CASE("one walk at a time") {
  Fixture f;
  REQUIRE(f.user.set("key", "x"));
  {
    PointInTimeWalk walk(f.store, f.walker.cache(), f.user.now);
    PointInTimeWalk second(f.store, f.user.cache(), f.user.now);
    CHECK(walk.has_begun());
    CHECK_FALSE(second.has_begun());
    WalkCollector nothing;
    CHECK_FALSE(second.step(nothing, 1, f.user.now));
    CHECK(nothing.items.empty());
  }
  PointInTimeWalk third(f.store, f.walker.cache(), f.user.now);
  CHECK(third.has_begun());
}

TEST_CASE("a walk that ends early leaves nothing behind, and the next one shows everything") {
  Fixture f;
  for (int i = 0; i < 2000; ++i) REQUIRE(f.user.set("key" + std::to_string(i), pattern(i, 100)));
  for (int round = 0; round < 3; ++round) {
    WalkCollector some;
    some.wanted = 100;
    {
      PointInTimeWalk walk(f.store, f.walker.cache(), f.user.now);
      REQUIRE(walk.step(some, 10, f.user.now));
      for (int i = 0; i < 500; ++i) REQUIRE(f.user.set("key" + std::to_string(i), "new"));
      if (round == 1) finish(walk, some, f.user.now);  // the sink wants no more
    }
    CHECK(some.items.size() < 2000);
    WalkCollector all;
    PointInTimeWalk walk(f.store, f.walker.cache(), f.user.now);
    finish(walk, all, f.user.now);
    CHECK(all.items.size() == 2000);
    CHECK(all.items["key0"].value == "new");
  }
  f.walker.on_turn();
  f.store.verify();
}

TEST_CASE("beyond the bound of memory keys are shown with a later value, and counted") {
  Fixture f;
  constexpr int kItems = 1000;
  const std::string value(20'000, 'x');  // 20 MB; the bound of 64 MB is 4 MB
  for (int i = 0; i < kItems; ++i) REQUIRE(f.user.set("key" + std::to_string(i), value));
  PointInTimeWalk walk(f.store, f.walker.cache(), f.user.now);
  const std::string later(20'000, 'y');
  for (int i = 0; i < kItems; ++i) REQUIRE(f.user.set("key" + std::to_string(i), later));
  finish(walk, f.sink, f.user.now);
  CHECK(f.sink.items.size() == kItems);
  size_t late = 0;
  for (const auto& [key, item] : f.sink.items) {
    REQUIRE((item.value == value || item.value == later));
    late += item.value == later;
  }
  CHECK(late == walk.relaxed());
  CHECK(late > kItems / 2);
  CHECK(late < kItems);
}

TEST_CASE("what is evicted before the walk has come by is missing, and counted") {
  Options options = small_store();
  options.memory_bytes_max = size_t{4} << 20;
  Store store(options);
  StoreUser user(store);
  StoreUser walker(store);
  std::map<std::string, bool> before;
  for (int i = 0; i < 2000; ++i) REQUIRE(user.set("old" + std::to_string(i), pattern(i, 500)));
  for (int i = 0; i < 2000; ++i) {
    if (user.get("old" + std::to_string(i))) before["old" + std::to_string(i)] = true;
  }
  PointInTimeWalk walk(store, walker.cache(), user.now);
  for (int i = 0; i < 20'000; ++i) REQUIRE(user.set("new" + std::to_string(i), pattern(i, 500)));
  WalkCollector sink;
  finish(walk, sink, user.now);
  CHECK(walk.evicted() > 0);
  CHECK(sink.items.size() + walk.evicted() == before.size());
  for (const auto& [key, item] : sink.items) REQUIRE(before.count(key) == 1);
}

// --- Random operations, by many seeds --------------------------------------------------------

class Model {
 public:
  explicit Model(uint64_t seed)
      : random_(seed), store_(small_store()), users_{StoreUser(store_), StoreUser(store_)} {}

  void run() {
    for (int i = 0; i < 300; ++i) operate();
    for (int round = 0; round < 2; ++round) {
      const auto before = copy();
      WalkCollector sink(1 + pick(8));
      PointInTimeWalk walk(store_, users_[1].cache(), users_[0].now);
      REQUIRE(walk.has_begun());
      while (walk.step(sink, 1 + pick(20), users_[0].now)) {
        for (uint64_t i = pick(20); i > 0; --i) operate();
      }
      check(before, sink, walk);
    }
    store_.verify();
  }

 private:
  static constexpr uint64_t kKeys = 400;

  uint64_t pick(uint64_t count) { return random_() % count; }
  std::string some_key() { return "key" + std::to_string(pick(kKeys)); }
  std::string some_value() {
    switch (pick(12)) {
      case 0: return std::to_string(pick(1000));
      case 1: return pattern(random_(), pick(4000));
      case 2: return pattern(random_(), pick(40'000));
      default: return pattern(random_(), pick(100));
    }
  }

  std::map<std::string, WalkedItem> copy() {
    std::map<std::string, WalkedItem> items;
    for (uint64_t i = 0; i < kKeys; ++i) {
      const std::string key = "key" + std::to_string(i);
      ItemPin pin;
      WalkedItem item;
      const auto outcome =
          store_.peek(users_[0].cache(), store_.key(key), users_[0].now, [&](const ItemView& view) {
            constexpr uint8_t kKept =
                trait::kKeyIsBinary | trait::kStale | trait::kTokenSent | trait::kHasForeignCas;
            item = {"", view.flags(), view.cas(), view.exptime(),
                    static_cast<uint8_t>(view.item->traits & kKept)};
            if (view.is_large()) {
              pin = store_.pin(users_[0].cache(), view);
            } else {
              item.value = view.value();
            }
          });
      if (outcome != ReadOutcome::Hit) continue;
      if (pin) item.value = support::value_of(pin);
      items[key] = std::move(item);
    }
    return items;
  }

  void operate() {
    StoreUser& user = users_[0];
    const std::string key = some_key();
    ClassId ignored;
    switch (pick(16)) {
      case 0: user.remove(key); break;
      case 1: user.write_as(WriteMode::Append, key, some_value()); break;
      case 2: user.write_as(WriteMode::Prepend, key, "p"); break;
      case 3: user.add(key, pick(100)); break;
      case 4: user.add(key, pick(100), true); break;
      case 5:
        user.touch(key, pick(3) == 0 ? 0 : user.now + static_cast<base::Time>(pick(50)));
        break;
      case 6:
        store_.remove(user.cache(), user.key(key), {.invalidates = true}, user.now, &ignored);
        break;
      case 7:
        store_.remove(user.cache(), user.key(key), {.empties = true}, user.now, &ignored);
        break;
      case 8: user.get(key); break;
      case 9:
        if (pick(30) == 0) user.now += 1;
        break;
      case 10:
        if (pick(100) == 0) store_.flush_all(user.now);
        break;
      case 11: user.maintain(); break;
      case 12: user.write(key, some_value(), {.flags = 5, .new_cas = pick(1000)}); break;
      default:
        user.write(key, some_value(),
                   {.flags = static_cast<uint32_t>(pick(3)),
                    .exptime = pick(4) == 0 ? user.now + static_cast<base::Time>(pick(20)) : 0});
        break;
    }
  }

  void check(const std::map<std::string, WalkedItem>& before, const WalkCollector& sink,
             const PointInTimeWalk& walk) {
    REQUIRE(walk.relaxed() == 0);
    REQUIRE(walk.evicted() == 0);
    REQUIRE(sink.duplicates == 0);
    REQUIRE(sink.items.size() == before.size());
    for (const auto& [key, item] : before) {
      CAPTURE(key);
      const auto found = sink.items.find(key);
      REQUIRE(found != sink.items.end());
      REQUIRE(found->second.value == item.value);
      REQUIRE(found->second.flags == item.flags);
      REQUIRE(found->second.cas == item.cas);
      REQUIRE(found->second.exptime == item.exptime);
      REQUIRE(found->second.traits == item.traits);
    }
  }

  std::mt19937_64 random_;
  Store store_;
  StoreUser users_[2];
};

TEST_CASE("walks during random operations show a copy of the store, for thousands of seeds") {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    Model(seed).run();
  }
}

}  // namespace
}  // namespace larder::slab
