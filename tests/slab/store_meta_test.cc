// What readers may do besides reading, foreign ids, stale items, creation by append and counters.

#include <catch2/catch.hpp>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::pattern;
using support::StoreUser;

Options some_options() {
  Options options;
  options.memory_bytes_max = size_t{16} << 20;
  options.hash_power = 10;
  return options;
}

// What a look at an item shows that StoreUser::find() does not; the look is no access.
struct Marks {
  bool is_there = false;
  bool was_fetched = false;
  bool is_stale = false;
  bool has_sent_token = false;
  bool is_binary = false;
  uint32_t seconds_since_access = 0;
  base::Time exptime = 0;
  uint64_t cas = 0;
};

class MetaUser : public StoreUser {
 public:
  explicit MetaUser(Store& store) : StoreUser(store), store_(store) {}

  Marks look(std::string_view name) {
    Marks marks;
    store_.peek(cache(), key(name), now, [&](const ItemView& view) {
      marks = {true,
               view.was_fetched(),
               view.has(trait::kStale),
               view.has(trait::kTokenSent),
               view.has(trait::kKeyIsBinary),
               view.seconds_since_access,
               view.exptime(),
               view.cas()};
    });
    return marks;
  }
  // Whether it was created, or nothing if it is neither there nor possible.
  std::optional<bool> read_or_create(std::string_view name, const Placeholder& placeholder = {},
                                     bool is_access = true, base::Time exptime = 0) {
    std::optional<bool> created;
    store_.read_or_create(cache(), key(name), placeholder, is_access, now,
                          [&](const ItemView& view, bool is_new) {
                            created = is_new;
                            if (is_new) view.set_exptime(exptime);
                          });
    return created;
  }
  std::optional<Written> write_head(std::string_view name, std::string_view value,
                                    const WriteHead& head) {
    Written written;
    last_write = store_.write(cache(), key(name), head, value, now, &written);
    if (last_write != WriteOutcome::Stored) return std::nullopt;
    return written;
  }
  RemoveOutcome remove_as(std::string_view name, const Removal& removal) {
    ClassId class_id = kNoClass;
    return store_.remove(cache(), key(name), removal, now, &class_id);
  }
  std::optional<Counted> count(std::string_view name, const ArithmeticHead& head) {
    Counted counted;
    last_arithmetic = store_.change_counter(cache(), key(name), head, now, &counted);
    if (last_arithmetic != ArithmeticOutcome::Done) return std::nullopt;
    return counted;
  }

  WriteOutcome last_write = WriteOutcome::Stored;

 private:
  Store& store_;
};

TEST_CASE("a read without access leaves no trace") {
  Store store(some_options());
  MetaUser user(store);
  REQUIRE(user.set("k", "v"));
  user.now += 10;
  CHECK_FALSE(user.look("k").was_fetched);
  CHECK(user.look("k").seconds_since_access == 10);
  REQUIRE(user.get("k"));
  CHECK(user.look("k").was_fetched);
  CHECK(user.look("k").seconds_since_access == 0);
  CHECK_FALSE(user.look("missing").is_there);
}

TEST_CASE("a reader creates an item only if it is missing") {
  Store store(some_options());
  MetaUser user(store);
  CHECK(user.read_or_create("k", {.cas = 77}, true, 130) == true);
  CHECK(user.get("k") == "");
  CHECK(user.look("k").exptime == 130);
  CHECK(user.look("k").cas == 77);
  CHECK(user.read_or_create("k", {}, true, 999) == false);
  CHECK(user.look("k").exptime == 130);
  CHECK(store.inspect().items_stored() == 1);
  // Dead is missing.
  user.now = 130;
  CHECK(user.read_or_create("k") == true);
  CHECK(user.look("k").exptime == 0);
  store.flush_all(user.now);
  CHECK(user.read_or_create("k") == true);
  CHECK(store.inspect().items_stored() == 3);
  store.verify();
}

TEST_CASE("creating a placeholder is an access unless disabled") {
  Store store(some_options());
  MetaUser user(store);
  CHECK(user.read_or_create("a") == true);
  CHECK(user.look("a").was_fetched);
  CHECK(user.read_or_create("b", {}, false) == true);
  CHECK_FALSE(user.look("b").was_fetched);
  CHECK(user.read_or_create("b", {}, false) == false);
  CHECK_FALSE(user.look("b").was_fetched);
}

TEST_CASE("a placeholder without memory is a miss") {
  Options options = some_options();
  options.memory_bytes_max = size_t{2} << 20;
  options.evicts = false;
  Store store(options);
  MetaUser user(store);
  int created = 0;
  while (user.read_or_create(std::to_string(created)) == true) ++created;
  CHECK(created > 1000);
  CHECK(user.read_or_create("one more") == std::nullopt);
  CHECK_FALSE(user.look("one more").is_there);
  CHECK(user.read_or_create("0") == false);
  store.verify();
}

TEST_CASE("an item may have a CAS id chosen by the client") {
  Store store(some_options());
  MetaUser user(store);
  const uint64_t id = GENERATE(uint64_t{0}, uint64_t{1}, uint64_t{12345}, UINT64_MAX);
  CAPTURE(id);
  CHECK(user.write_head("k", "a", {.new_cas = id})->cas == id);
  CHECK(user.find("k")->cas == id);
  if (id != 0) {
    CHECK(user.cas("k", "b", id - 1) == WriteOutcome::Exists);
    CHECK(user.write_head("k", "b", {.mode = WriteMode::Cas, .cas = id, .new_cas = id})->cas == id);
  }
  // The store's own ids go on as if it had never been.
  REQUIRE(user.set("other", "x"));
  const uint64_t before = user.find("other")->cas;
  const uint64_t own = user.write_head("k", "c", {})->cas;
  CHECK(own > before);
  CHECK(own < before + 1000);
  const uint64_t next = user.write_head("k", "d", {})->cas;
  CHECK(next > own);
  CHECK(next < own + 1000);
}

TEST_CASE("every change may set the id") {
  Store store(some_options());
  MetaUser user(store);
  CHECK(user.write_head("k", "1", {.mode = WriteMode::Add, .new_cas = 5})->cas == 5);
  CHECK(user.write_head("k", "2", {.mode = WriteMode::Replace, .new_cas = 6})->cas == 6);
  CHECK(user.write_head("k", "3", {.mode = WriteMode::Append, .new_cas = 7})->cas == 7);
  CHECK(user.write_head("k", "1", {.mode = WriteMode::Prepend, .new_cas = 8})->cas == 8);
  CHECK(user.get("k") == "123");
  CHECK(user.count("k", {.new_cas = 9})->cas == 9);
  CHECK(user.count("k", {.delta = 1000, .new_cas = 10})->cas == 10);  // grown
  CHECK(user.find("k")->cas == 10);
  CHECK(user.remove_as("k", {.invalidates = true, .new_cas = 11}) == RemoveOutcome::Removed);
  CHECK(user.find("k")->cas == 11);
  CHECK(user.remove_as("k", {.empties = true, .new_cas = 12}) == RemoveOutcome::Removed);
  CHECK(user.find("k")->cas == 12);
  CHECK(user.count("n", {.new_cas = 13, .initial = 1})->cas == 13);
  CHECK(user.find("n")->cas == 13);
}

TEST_CASE("a store without ids ignores them") {
  Options options = some_options();
  options.has_cas = false;
  Store store(options);
  MetaUser user(store);
  CHECK(user.write_head("k", "a", {.new_cas = 5})->cas == 0);
  CHECK(user.write_head("k", "b", {.mode = WriteMode::Append, .cas = 7})->value_size == 2);
  CHECK(user.cas("k", "c", 5) == WriteOutcome::Exists);
  CHECK(user.remove_as("k", {.cas = 5}) == RemoveOutcome::Exists);
  CHECK(user.remove_as("k", {.cas = 0}) == RemoveOutcome::Removed);
}

TEST_CASE("an older id replaces an item and makes it stale if that is allowed") {
  Store store(some_options());
  MetaUser user(store);
  const uint64_t older = user.write_head("k", "a", {.exptime = 500})->cas;
  REQUIRE(user.remove_as("k", {.invalidates = true}) == RemoveOutcome::Removed);
  const WriteHead head{.mode = WriteMode::Cas, .exptime = 900, .cas = older};
  CHECK_FALSE(user.write_head("k", "b", head));
  CHECK(user.last_write == WriteOutcome::Exists);
  WriteHead stale = head;
  stale.may_be_stale = true;
  REQUIRE(user.write_head("k", "b", stale));
  CHECK(user.get("k") == "b");
  CHECK(user.look("k").is_stale);
  CHECK_FALSE(user.look("k").has_sent_token);
  CHECK(user.look("k").exptime == 500);
  // The newest id makes it fresh; a newer one than the item's is a mistake.
  stale.cas = user.look("k").cas + 1;
  CHECK_FALSE(user.write_head("k", "c", stale));
  stale.cas = user.look("k").cas;
  REQUIRE(user.write_head("k", "c", stale));
  CHECK_FALSE(user.look("k").is_stale);
  CHECK(user.look("k").exptime == 900);
  stale.cas = 0;
  CHECK_FALSE(user.write_head("k", "d", stale));
}

TEST_CASE("a recache token stays sent when a stale value is stored") {
  Store store(some_options());
  MetaUser user(store);
  const uint64_t older = user.write_head("k", "a", {})->cas;
  REQUIRE(user.remove_as("k", {.invalidates = true}) == RemoveOutcome::Removed);
  store.read(user.cache(), user.key("k"), user.now,
             [](const ItemView& view) { view.mark_token_sent(); });
  REQUIRE(user.write_head("k", "b", {.mode = WriteMode::Cas, .may_be_stale = true, .cas = older}));
  CHECK((user.look("k").is_stale && user.look("k").has_sent_token));
  REQUIRE(user.set("k", "c"));
  CHECK_FALSE((user.look("k").is_stale || user.look("k").has_sent_token));
}

TEST_CASE("an append creates a missing item if allowed") {
  Store store(some_options());
  MetaUser user(store);
  for (const WriteMode mode : {WriteMode::Append, WriteMode::Prepend}) {
    const std::string name = mode == WriteMode::Append ? "a" : "p";
    CHECK_FALSE(user.write_head(name, "x", {.mode = mode, .flags = 3}));
    CHECK(user.last_write == WriteOutcome::NotStored);
    const WriteHead head{.mode = mode, .creates = true, .flags = 3, .exptime = 700};
    CHECK(user.write_head(name, "xy", head)->value_size == 2);
    CHECK(user.find(name)->flags == 3);
    CHECK(user.find(name)->exptime == 700);
    WriteHead later = head;
    later.flags = 4;
    later.exptime = 800;
    CHECK(user.write_head(name, "z", later)->value_size == 3);
    CHECK(user.get(name) == (mode == WriteMode::Append ? "xyz" : "zxy"));
    CHECK(user.find(name)->flags == 3);
    CHECK(user.find(name)->exptime == 700);
  }
  store.verify();
}

TEST_CASE("an append compares the given id") {
  Store store(some_options());
  MetaUser user(store);
  const std::string value = pattern(1, GENERATE(size_t{10}, size_t{20000}));
  const uint64_t id = user.write_head("k", value, {})->cas;
  CHECK_FALSE(user.write_head("k", "x", {.mode = WriteMode::Append, .cas = id + 1}));
  CHECK(user.last_write == WriteOutcome::Exists);
  CHECK(user.write_head("k", "x", {.mode = WriteMode::Append, .cas = id})->value_size ==
        value.size() + 1);
  CHECK(user.get("k") == value + "x");
  CHECK_FALSE(user.write_head("missing", "x", {.mode = WriteMode::Append, .cas = id}));
  CHECK(user.last_write == WriteOutcome::NotStored);
  store.verify();
}

TEST_CASE("a key stays binary when its item is replaced") {
  Store store(some_options());
  MetaUser user(store);
  REQUIRE(user.read_or_create("k", {.key_is_binary = true}) == true);
  CHECK(user.look("k").is_binary);
  REQUIRE(user.write_as(WriteMode::Append, "k", "5") == WriteOutcome::Stored);
  CHECK(user.look("k").is_binary);
  REQUIRE(user.count("k", {.delta = 100}));
  CHECK(user.look("k").is_binary);
  REQUIRE(user.remove_as("k", {.empties = true}) == RemoveOutcome::Removed);
  CHECK(user.look("k").is_binary);
  REQUIRE(user.set("k", "text"));
  CHECK_FALSE(user.look("k").is_binary);
  REQUIRE(user.write_head("k", "x", {.key_is_binary = true}));
  CHECK(user.look("k").is_binary);
  REQUIRE(user.count("n", {.key_is_binary = true, .initial = 1}));
  CHECK(user.look("n").is_binary);
}

TEST_CASE("a missing counter is created with its initial value") {
  Store store(some_options());
  MetaUser user(store);
  CHECK_FALSE(user.count("n", {}));
  CHECK(user.last_arithmetic == ArithmeticOutcome::NotFound);
  const std::optional<Counted> made =
      user.count("n", {.delta = 5, .initial = 13, .creation_exptime = 300});
  CHECK((made->number == 13 && made->is_new && made->exptime_before == 0));
  CHECK(user.find("n")->exptime == 300);
  const std::optional<Counted> changed =
      user.count("n", {.delta = 5, .exptime = 400, .initial = 13});
  CHECK((changed->number == 18 && !changed->is_new && changed->exptime_before == 300));
  CHECK(user.find("n")->exptime == 400);
  CHECK(user.count("n", {.delta = 1000, .exptime = 500})->number == 1018);
  CHECK(user.find("n")->exptime == 500);
  CHECK(user.get("n") == "1018");
  CHECK(user.count("n", {.delta = 2000, .decrements = true})->number == 0);
  store.verify();
}

TEST_CASE("a counter compares the given id before the number is read") {
  Store store(some_options());
  MetaUser user(store);
  const uint64_t id = user.write_head("n", "9", {})->cas;
  CHECK_FALSE(user.count("n", {.cas = id + 1}));
  CHECK(user.last_arithmetic == ArithmeticOutcome::Exists);
  CHECK(user.count("n", {.cas = id})->number == 10);  // grown
  CHECK_FALSE(user.count("n", {.cas = id}));
  REQUIRE(user.set("text", "abc"));
  CHECK_FALSE(user.count("text", {.cas = 1}));
  CHECK(user.last_arithmetic == ArithmeticOutcome::Exists);
  CHECK_FALSE(user.count("text", {}));
  CHECK(user.last_arithmetic == ArithmeticOutcome::NotANumber);
  REQUIRE(user.set("empty", ""));
  CHECK_FALSE(user.count("empty", {.cas = 1}));
  CHECK(user.last_arithmetic == ArithmeticOutcome::NotANumber);
}

}  // namespace
}  // namespace larder::slab
