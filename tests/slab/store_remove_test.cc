// Removing, and marking what stays.

#include <catch2/catch.hpp>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::pattern;
using support::StoreUser;
using support::sum_of;

Options some_options() {
  Options options;
  options.memory_bytes_max = size_t{16} << 20;
  options.hash_power = 10;
  return options;
}

class Remover : public StoreUser {
 public:
  explicit Remover(Store& store) : StoreUser(store), store_(store) {}

  RemoveOutcome remove_as(std::string_view name, const Removal& removal) {
    class_id = kNoClass;
    return store_.remove(cache(), key(name), removal, now, &class_id);
  }
  bool has(std::string_view name, uint8_t item_trait) {
    bool has_trait = false;
    store_.peek(cache(), key(name), now,
                [&](const ItemView& view) { has_trait = view.has(item_trait); });
    return has_trait;
  }

  ClassId class_id = kNoClass;

 private:
  Store& store_;
};

TEST_CASE("a removal with an id removes only an item with that id") {
  Store store(some_options());
  Remover user(store);
  REQUIRE(user.set("k", "v"));
  const Found found = *user.find("k");
  CHECK(user.remove_as("k", {.cas = found.cas + 1}) == RemoveOutcome::Exists);
  CHECK(user.class_id == kNoClass);
  CHECK(user.remove_as("k", {.cas = 0}) == RemoveOutcome::Exists);
  CHECK(user.get("k") == "v");
  CHECK(user.remove_as("k", {.cas = found.cas}) == RemoveOutcome::Removed);
  CHECK(user.class_id == found.class_id);
  CHECK(user.remove_as("k", {}) == RemoveOutcome::NotFound);
  CHECK_FALSE(user.get("k"));
  store.verify();
}

TEST_CASE("dead items cannot be removed or marked") {
  Store store(some_options());
  Remover user(store);
  REQUIRE(user.set("k", "v", 110));
  user.now = 110;
  const Removal removal =
      GENERATE(Removal{}, Removal{.invalidates = true}, Removal{.empties = true});
  CHECK(user.remove_as("k", removal) == RemoveOutcome::NotFound);
  CHECK(sum_of(store, &ClassCounters::items) == 0);
  store.verify();
}

TEST_CASE("an invalidated item keeps its value and is stale") {
  Store store(some_options());
  Remover user(store);
  const std::string value = pattern(1, GENERATE(size_t{10}, size_t{30000}));
  REQUIRE(user.write("k", value, {.flags = 7, .exptime = 500}) == WriteOutcome::Stored);
  const uint64_t id = user.find("k")->cas;
  store.read(user.cache(), user.key("k"), user.now,
             [](const ItemView& view) { view.mark_token_sent(); });
  CHECK(user.remove_as("k", {.invalidates = true}) == RemoveOutcome::Removed);
  const Found found = *user.find("k");
  CHECK(found.value == value);
  CHECK(found.flags == 7);
  CHECK(found.exptime == 500);
  CHECK(found.cas > id);
  CHECK(user.has("k", trait::kStale));
  CHECK_FALSE(user.has("k", trait::kTokenSent));
  CHECK(user.remove_as("k", {.invalidates = true, .exptime = 600}) == RemoveOutcome::Removed);
  CHECK(user.find("k")->exptime == 600);
  CHECK(store.inspect().items_stored() == 1);
  store.verify();
}

TEST_CASE("an emptied item keeps its id and loses the rest") {
  Store store(some_options());
  Remover user(store);
  const std::string value = pattern(1, GENERATE(size_t{10}, size_t{30000}));
  REQUIRE(user.write("k", value, {.flags = 7, .exptime = 500}) == WriteOutcome::Stored);
  const Found before = *user.find("k");
  const ItemPin pin = user.pin("k");  // of the large one: it outlives the value
  CHECK(user.remove_as("k", {.cas = before.cas, .empties = true}) == RemoveOutcome::Removed);
  CHECK(user.class_id == before.class_id);
  const Found found = *user.find("k");
  CHECK(found.value.empty());
  CHECK(found.flags == 0);
  CHECK(found.exptime == 0);
  CHECK(found.cas == before.cas);
  CHECK_FALSE(user.has("k", trait::kStale));
  if (pin) CHECK(support::value_of(pin) == value);
  CHECK(user.remove_as("k", {.empties = true, .flags = 9, .exptime = 700}) ==
        RemoveOutcome::Removed);
  CHECK(user.find("k")->flags == 9);
  CHECK(user.find("k")->exptime == 700);
}

TEST_CASE("an item may be emptied and invalidated at once") {
  Store store(some_options());
  Remover user(store);
  REQUIRE(user.set("k", "value", 500));
  const uint64_t id = user.find("k")->cas;
  CHECK(user.remove_as("k", {.invalidates = true, .empties = true, .exptime = 600}) ==
        RemoveOutcome::Removed);
  CHECK(user.find("k")->value.empty());
  CHECK(user.find("k")->cas > id);
  CHECK(user.find("k")->exptime == 600);
  CHECK(user.has("k", trait::kStale));
  store.verify();
}

TEST_CASE("an emptied item keeps the mark of an id chosen by a client") {
  Store store(some_options());
  Remover user(store);
  REQUIRE(user.write("k", "value", {.new_cas = UINT64_MAX}) == WriteOutcome::Stored);
  REQUIRE(user.remove_as("k", {.empties = true}) == RemoveOutcome::Removed);
  CHECK(user.find("k")->cas == UINT64_MAX);
  CHECK(user.has("k", trait::kHasForeignCas));
  REQUIRE(user.set("k", "own"));
  CHECK(user.find("k")->cas < 1000000);
  REQUIRE(user.remove_as("k", {.empties = true}) == RemoveOutcome::Removed);
  CHECK_FALSE(user.has("k", trait::kHasForeignCas));
}

TEST_CASE("emptying releases the memory of the value and needs little itself") {
  Options options = some_options();
  options.memory_bytes_max = size_t{2} << 20;
  options.evicts = false;
  Store store(options);
  Remover user(store);
  int count = 0;
  while (user.set("k" + std::to_string(count), pattern(1, 30000))) ++count;
  REQUIRE(count > 10);
  // Whether there is memory for what is left of it, and what it leaves, is the store's business;
  // an item that cannot be emptied is as it was.
  for (int i = 0; i < count; ++i) {
    const std::string name = "k" + std::to_string(i);
    const RemoveOutcome outcome = user.remove_as(name, {.empties = true});
    CAPTURE(i);
    if (outcome == RemoveOutcome::Removed) {
      CHECK(user.get(name) == "");
    } else {
      CHECK(outcome == RemoveOutcome::OutOfMemory);
      CHECK(user.get(name) == pattern(1, 30000));
      CHECK(user.remove(name));
    }
  }
  CHECK(user.set("new", pattern(1, 30000)));
  store.verify();
}

}  // namespace
}  // namespace larder::slab
