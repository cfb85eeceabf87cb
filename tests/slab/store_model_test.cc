// Random operations on a store and on a map that cannot be wrong.
//
// Where the store may evict, a miss makes the model forget the key; a hit must be the last write.

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::pattern;
using support::StoreUser;

struct Entry {
  std::string value;
  uint32_t flags = 0;
  base::Time exptime = 0;
  uint64_t cas = 0;
};

struct Outcomes {
  int hits = 0, misses = 0, forgotten = 0, refused = 0;
};

class Model {
 public:
  Model(const Options& options, uint64_t seed)
      : random_(seed),
        options_(options),
        store_(options),
        users_{StoreUser(store_), StoreUser(store_)} {}

  void step() {
    user_ = &users_[pick(2)];
    if (pick(10) == 0) user_->on_turn();
    key_ = keys(pick(kKeys));
    switch (pick(20)) {
      case 0:
      case 1:
      case 2:
      case 3: write(WriteMode::Set); break;
      case 4: write(WriteMode::Add); break;
      case 5: write(WriteMode::Replace); break;
      case 6: write(WriteMode::Cas); break;
      case 7: join(WriteMode::Append); break;
      case 8: join(WriteMode::Prepend); break;
      case 9: count(false); break;
      case 10: count(true); break;
      case 11: touch(); break;
      case 12:
      case 13: remove(); break;
      case 14:
        if (pick(50) == 0) pass_time();
        break;
      case 15:
        if (pick(300) == 0) flush();
        break;
      default: read(); break;
    }
  }
  // Every key, then the store's own invariants.
  void check() {
    user_ = &users_[0];
    for (uint64_t i = 0; i < kKeys; ++i) {
      key_ = keys(i);
      read();
    }
    CHECK(support::sum_of(store_, &ClassCounters::items) >= entries_.size());
    if (!options_.evicts) CHECK(outcomes.forgotten == 0);
    store_.verify();
  }
  void finish() {
    check();
    for (uint64_t i = 0; i < kKeys; ++i) users_[1].remove(keys(i));
    CHECK(support::sum_of(store_, &ClassCounters::items) == 0);
    CHECK(support::sum_of(store_, &ClassCounters::bytes) == 0);
    CHECK(support::sum_of(store_, &ClassCounters::pieces) == 0);
    store_.verify();
  }

  Outcomes outcomes;

 private:
  static constexpr uint64_t kKeys = 300;

  uint64_t pick(uint64_t count) { return random_() % count; }
  static std::string keys(uint64_t number) {
    return std::string(number % 97, 'k') + std::to_string(number);
  }
  std::string some_value() {
    const uint64_t kind = pick(100);
    if (kind < 10) return std::to_string(random_() >> pick(64));
    if (kind < 70) return pattern(random_(), pick(200));
    if (kind < 90) return pattern(random_(), pick(5000));
    if (kind < 98) return pattern(random_(), kCopiedValueSizeMax - 100 + pick(6000));
    return pattern(random_(), pick(200'000));
  }

  // The entry the key has in the model, if it is alive.
  Entry* entry() {
    const auto found = entries_.find(key_);
    if (found == entries_.end()) return nullptr;
    if (found->second.exptime != 0 && found->second.exptime <= users_[0].now) {
      entries_.erase(found);
      return nullptr;
    }
    return &found->second;
  }
  // What the store holds must be what the model holds, or nothing if it may evict.
  void read() {
    CAPTURE(key_);
    const Entry* expected = entry();
    const std::optional<Found> found = user_->find(key_);
    if (!found) {
      ++outcomes.misses;
      if (expected != nullptr) forget();
      return;
    }
    ++outcomes.hits;
    REQUIRE(expected != nullptr);
    REQUIRE((found->value == expected->value));
    REQUIRE(found->flags == expected->flags);
    REQUIRE(found->exptime == expected->exptime);
    REQUIRE(found->cas == expected->cas);
  }
  void forget() {
    REQUIRE(options_.evicts);
    ++outcomes.forgotten;
    entries_.erase(key_);
  }
  // After a write: the id the item has now, which must be new.
  void learn_cas() {
    const std::optional<Found> found = user_->find(key_);
    if (!found) return forget();
    if (options_.has_cas) {
      REQUIRE(found->cas > entries_[key_].cas);
      REQUIRE(cas_seen_.emplace(found->cas, key_).second);
    }
    entries_[key_].cas = found->cas;
  }
  // Whether the model's answer holds: it does not if the item was evicted meanwhile.
  template <class Outcome>
  bool agrees(Outcome actual, Outcome expected, Outcome if_absent) {
    if (actual == expected) return true;
    CAPTURE(key_, int(actual), int(expected));
    REQUIRE(actual == if_absent);
    REQUIRE(entry() != nullptr);
    REQUIRE_FALSE(user_->find(key_));
    forget();
    return false;
  }

  void write(WriteMode mode) {
    const Entry* old = entry();
    const uint64_t wanted_cas = old != nullptr && pick(2) == 0 ? old->cas : pick(1000);
    Entry fresh{some_value(), pick(2) == 0 ? 0 : static_cast<uint32_t>(random_()),
                pick(4) != 0 ? 0 : static_cast<base::Time>(user_->now + pick(20)),
                old != nullptr ? old->cas : 0};
    const WriteOutcome if_absent = mode == WriteMode::Set || mode == WriteMode::Add
                                       ? WriteOutcome::Stored
                                   : mode == WriteMode::Cas ? WriteOutcome::NotFound
                                                            : WriteOutcome::NotStored;
    WriteOutcome expected = old == nullptr ? if_absent : WriteOutcome::Stored;
    if (old != nullptr && mode == WriteMode::Add) expected = WriteOutcome::NotStored;
    if (old != nullptr && mode == WriteMode::Cas && (wanted_cas == 0 || wanted_cas != old->cas)) {
      expected = WriteOutcome::Exists;
    }
    const WriteOutcome actual = user_->write(
        key_, fresh.value,
        {.mode = mode, .flags = fresh.flags, .exptime = fresh.exptime, .cas = wanted_cas});
    if (actual == WriteOutcome::OutOfMemory) return refuse();
    if (actual != expected && actual == if_absent && mode == WriteMode::Add) {
      REQUIRE(options_.evicts);  // the old one was evicted to make room
      ++outcomes.forgotten;
      fresh.cas = 0;
    } else if (!agrees(actual, expected, if_absent)) {
      return;
    }
    if (actual != WriteOutcome::Stored) return;
    if (options_.evicts) fresh.cas = 0;  // it may have replaced nothing
    const bool is_dead = fresh.exptime != 0 && fresh.exptime <= user_->now;
    entries_[key_] = std::move(fresh);
    if (!is_dead) learn_cas();
  }
  void refuse() {
    REQUIRE(options_.evicts);
    ++outcomes.refused;
    read();
  }

  void join(WriteMode mode) {
    const Entry* old = entry();
    const std::string added = some_value();
    const bool fits = old != nullptr && store_.sizes().fits(key_.size(), old->flags,
                                                            old->value.size() + added.size());
    const WriteOutcome actual = user_->write(key_, added, {.mode = mode, .flags = 5, .exptime = 1});
    if (actual == WriteOutcome::OutOfMemory) return refuse();
    if (actual != WriteOutcome::Stored) {
      REQUIRE(actual == WriteOutcome::NotStored);
      REQUIRE((options_.evicts || !fits));
      return read();
    }
    REQUIRE(fits);
    std::string& value = entry()->value;
    value = mode == WriteMode::Append ? value + added : added + value;
    learn_cas();
    if (entry() != nullptr) read();
  }

  void count(bool decrements) {
    const uint64_t delta = random_() >> pick(64);
    Entry* old = entry();
    ArithmeticOutcome expected = ArithmeticOutcome::Done;
    uint64_t number = 0;
    if (old == nullptr) {
      expected = ArithmeticOutcome::NotFound;
    } else if (is_large() || !is_number(old->value, &number)) {
      expected = ArithmeticOutcome::NotANumber;
    }
    const std::optional<uint64_t> result = user_->add(key_, delta, decrements);
    if (user_->last_arithmetic == ArithmeticOutcome::OutOfMemory) return refuse();
    if (!agrees(user_->last_arithmetic, expected, ArithmeticOutcome::NotFound)) return;
    if (expected != ArithmeticOutcome::Done) return;
    number = !decrements ? number + delta : delta > number ? 0 : number - delta;
    REQUIRE(result == number);
    const std::string digits = std::to_string(number);
    const size_t size = std::max(digits.size(), old->value.size());
    old->value = digits + std::string(size - digits.size(), ' ');
    learn_cas();
  }
  bool is_large() {
    const std::optional<Found> found = user_->find(key_);
    return found && found->is_large;
  }
  static bool is_number(const std::string& value, uint64_t* number) {
    errno = 0;
    char* end = nullptr;
    *number = std::strtoull(value.c_str(), &end, 10);
    const std::string_view read(value.c_str(), static_cast<size_t>(end - value.c_str()));
    if (errno != 0 || read.empty()) return false;
    if (*end != '\0' && !std::isspace(static_cast<unsigned char>(*end))) return false;
    return read.find('-') == std::string_view::npos || static_cast<int64_t>(*number) >= 0;
  }

  void touch() {
    const auto exptime = static_cast<base::Time>(pick(3) == 0 ? 0 : user_->now + pick(20));
    Entry* old = entry();
    const bool is_touched = user_->touch(key_, exptime);
    if (!is_touched) {
      if (old != nullptr) forget();
      return;
    }
    REQUIRE(old != nullptr);
    old->exptime = exptime;
  }
  void remove() {
    const bool is_expected = entry() != nullptr;
    const bool is_removed = user_->remove(key_);
    if (is_removed != is_expected) {
      REQUIRE(is_expected);
      return forget();
    }
    entries_.erase(key_);
    REQUIRE_FALSE(user_->find(key_));
  }
  void pass_time() {
    const auto seconds = static_cast<base::Time>(pick(3));
    for (StoreUser& user : users_) user.now += seconds;
    maintain();
  }
  void flush() {
    if (pick(2) == 0) {
      store_.flush_all(user_->now);
      flush_at_ = 0;
      entries_.clear();
    } else {
      flush_at_ = static_cast<base::Time>(user_->now + 1 + pick(5));
      store_.flush_all_at(flush_at_);
    }
  }
  void maintain() {
    if (options_.evicts && pick(3) == 0) {
      REQUIRE(store_.set_memory_limit(options_.memory_bytes_max / (1 + pick(2))));
    }
    for (StoreUser& user : users_) user.on_turn();
    user_->maintain();
    if (flush_at_ != 0 && flush_at_ <= user_->now) {
      entries_.clear();
      flush_at_ = 0;
    }
  }

  std::mt19937_64 random_;
  const Options options_;
  Store store_;
  std::array<StoreUser, 2> users_;
  StoreUser* user_ = nullptr;
  std::string key_;
  std::map<std::string, Entry> entries_;
  std::map<uint64_t, std::string> cas_seen_;
  base::Time flush_at_ = 0;
};

Outcomes run(const Options& options, uint64_t seed, int steps) {
  CAPTURE(seed, options.has_cas, options.evicts, options.chunk_size_max);
  Model model(options, seed);
  for (int i = 0; i < steps; ++i) {
    model.step();
    if (i % 2000 == 1999) model.check();
  }
  model.finish();
  return model.outcomes;
}

Options some_options() {
  Options options;
  options.hash_power = 0;
  options.thread_count_max = 2;
  options.item_size_max = 500'000;
  return options;
}

constexpr int kSteps = 20'000;

uint64_t fresh_seed() { return std::random_device{}(); }

TEST_CASE("a store with enough room behaves like a map") {
  Options options = some_options();
  options.evicts = false;
  options.memory_bytes_max = size_t{512} << 20;
  options.has_cas = GENERATE(true, false);
  options.chunk_size_max = GENERATE(64u << 10, 700u);
  const Outcomes outcomes = run(options, fresh_seed(), kSteps);
  CHECK(outcomes.hits > 1000);
  CHECK(outcomes.forgotten == 0);
  CHECK(outcomes.refused == 0);
}

TEST_CASE("a store in little memory returns the last write or a miss") {
  Options options = some_options();
  options.memory_bytes_max = size_t{6} << 20;
  options.has_cas = GENERATE(true, false);
  options.chunk_size_max = GENERATE(64u << 10, 16u << 10);
  const Outcomes outcomes = run(options, fresh_seed(), kSteps);
  CHECK(outcomes.hits > 1000);
  CHECK(outcomes.forgotten > 0);
  CAPTURE(outcomes.refused);
  CHECK(outcomes.refused < kSteps / 100);
}

TEST_CASE("a store with explicit chunk sizes behaves like a map") {
  Options options = some_options();
  options.evicts = false;
  options.memory_bytes_max = size_t{512} << 20;
  options.chunk_sizes = {64, 500, 3000};
  options.index_grows = false;
  CHECK(run(options, fresh_seed(), kSteps).hits > 1000);
}

}  // namespace
}  // namespace larder::slab
