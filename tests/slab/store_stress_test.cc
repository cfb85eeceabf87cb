// Many threads on few keys: what was read was once written for that key and is whole, and the
// counters add up.  Meant to run under the sanitizers.
//
// Catch2 asserts on one thread only: threads count here, and the test checks when they are done.

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <thread>
#include <unordered_map>

#include "slab/store.h"
#include "tests/support/store_user.h"

namespace larder::slab {
namespace {

using support::Found;
using support::StoreUser;
using support::value_of;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kSteps = 6'000;
#else
constexpr int kSteps = 30'000;
#endif
constexpr int kThreads = 4;

// A record says for which key it was written and sums itself up; a value is one record or several.
struct RecordHead {
  uint32_t key;
  uint32_t size;
  uint64_t seed;
  uint64_t sum;
};

uint64_t sum_of_bytes(const RecordHead& head, std::string_view bytes) {
  uint64_t sum = head.key * 0x9e3779b97f4a7c15u ^ head.seed ^ head.size;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
  return sum;
}

std::string record(uint32_t key, uint64_t seed, size_t size) {
  const std::string bytes = support::pattern(seed, size);
  RecordHead head{key, static_cast<uint32_t>(size), seed, 0};
  head.sum = sum_of_bytes(head, bytes);
  return std::string(reinterpret_cast<const char*>(&head), sizeof(head)) + bytes;
}

bool is_whole(uint32_t key, std::string_view value) {
  if (value.empty()) return false;
  while (!value.empty()) {
    RecordHead head;
    if (value.size() < sizeof(head)) return false;
    std::memcpy(&head, value.data(), sizeof(head));
    value.remove_prefix(sizeof(head));
    if (head.key != key || head.size > value.size()) return false;
    if (head.sum != sum_of_bytes(head, value.substr(0, head.size))) return false;
    value.remove_prefix(head.size);
  }
  return true;
}

void run_on_threads(const std::vector<std::function<void()>>& works) {
  std::vector<std::thread> threads;
  for (const auto& work : works) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

// ---- values in little memory ----------------------------------------------------------------

struct Tally {
  uint64_t hits = 0, misses = 0, broken = 0, refused = 0, pins_held = 0, bad_counters = 0;
  std::unordered_map<uint64_t, std::pair<uint32_t, uint64_t>> value_by_cas;

  void add(const Tally& other) {
    hits += other.hits;
    misses += other.misses;
    broken += other.broken;
    refused += other.refused;
    pins_held += other.pins_held;
    bad_counters += other.bad_counters;
    for (const auto& [cas, value] : other.value_by_cas) note(cas, value);
  }
  // One id stands for one value of one key, whoever reads it.
  void note(uint64_t cas, std::pair<uint32_t, uint64_t> value) {
    const auto [place, is_new] = value_by_cas.emplace(cas, value);
    if (!is_new && place->second != value) ++broken;
  }
};

class Worker {
 public:
  Worker(Store& store, uint64_t seed) : store_(store), user_(store), random_(seed) {}

  void run() {
    for (int i = 0; i < kSteps; ++i) {
      if (i % 16 == 0) user_.on_turn();
      if (i % 2'000 == 0) ++user_.now;
      key_ = static_cast<uint32_t>(pick(kHotKeys));
      name_ = "hot" + std::to_string(key_);
      step();
    }
    pins_ = {};
    user_.on_turn();
  }

  StoreUser& user() { return user_; }
  Tally tally;

 private:
  static constexpr uint64_t kHotKeys = 24;
  static constexpr uint64_t kColdKeys = 20'000;

  uint64_t pick(uint64_t count) { return random_() % count; }
  size_t some_size() {
    const uint64_t kind = pick(40);
    if (kind < 30) return pick(300);
    if (kind < 37) return pick(6'000);
    return pick(90'000);
  }
  void step() {
    switch (pick(24)) {
      case 0:
      case 1:
      case 2: set(WriteMode::Set); break;
      case 3: set(WriteMode::Add); break;
      case 4: set(WriteMode::Replace); break;
      case 5: set(pick(2) == 0 ? WriteMode::Append : WriteMode::Prepend); break;
      case 6: swap(); break;
      case 7: user_.remove(name_); break;
      case 8: user_.touch(name_, pick(4) == 0 ? user_.now : 0); break;
      case 9:
      case 10: count(); break;
      case 11: hold_pin(); break;
      case 12: upload(); break;
      case 13:
        if (pick(2'000) == 0) store_.flush_all(user_.now);
        break;
      case 14:
      case 15:
      case 16:
      case 17: cold(); break;
      default: read(); break;
    }
  }
  void note(WriteOutcome outcome) { tally.refused += outcome == WriteOutcome::OutOfMemory; }
  void set(WriteMode mode) {
    note(user_.write_as(mode, name_, record(key_, random_(), some_size())));
  }
  void read() {
    const std::optional<Found> found = user_.find(name_);
    if (!found) return void(++tally.misses);
    ++tally.hits;
    if (!is_whole(key_, found->value)) ++tally.broken;
    tally.note(found->cas, {key_, std::hash<std::string>{}(found->value)});
  }
  void swap() {
    const std::optional<Found> found = user_.find(name_);
    if (found) note(user_.cas(name_, record(key_, random_(), some_size()), found->cas));
  }
  // A counter that all threads write: always a number, whatever happens to it.
  void count() {
    const std::string name = "count" + std::to_string(pick(3));
    switch (pick(8)) {
      case 0: user_.set(name, std::to_string(pick(1'000))); break;
      case 1: {
        const auto value = user_.get(name);
        if (!value) break;
        const bool is_number = value->find_first_not_of("0123456789 ") == std::string::npos;
        if (!is_number || value->empty()) ++tally.bad_counters;
        break;
      }
      default:
        user_.add(name, random_() >> pick(64), pick(2) == 0);
        if (user_.last_arithmetic == ArithmeticOutcome::NotANumber) ++tally.bad_counters;
    }
  }
  // Holds a few pins across other operations, and looks at their bytes when they go.
  void hold_pin() {
    auto& [pin, key] = pins_[pick(pins_.size())];
    if (pin && !is_whole(key, value_of(pin))) ++tally.broken;
    pin = user_.pin(name_);
    key = key_;
    tally.pins_held += pin ? 1 : 0;
  }
  // A value that comes in parts, and sometimes not to its end.
  void upload() {
    const std::string value = record(key_, random_(), pick(120'000));
    ItemWriter writer = store_.reserve(user_.cache(), user_.key(name_), 0,
                                       static_cast<uint32_t>(value.size()), user_.now);
    std::string_view left = value;
    while (writer && !left.empty()) {
      if (pick(30) == 0) return;
      const std::string_view part = left.substr(0, 1 + pick(30'000));
      if (!writer.append(part, user_.now)) return void(++tally.refused);
      left.remove_prefix(part.size());
    }
    if (writer) note(store_.commit(std::move(writer), user_.key(name_), {}, user_.now));
  }
  // Many keys, for the index to grow and the hand to have work.
  void cold() {
    const auto key = static_cast<uint32_t>(1000 + pick(kColdKeys));
    const std::string name = "cold" + std::to_string(key);
    const std::optional<std::string> value = user_.get(name);
    if (!value) return note(user_.write_as(WriteMode::Set, name, record(key, random_(), pick(30))));
    if (!is_whole(key, *value)) ++tally.broken;
    if (pick(10) == 0) user_.remove(name);
  }

  Store& store_;
  StoreUser user_;
  std::mt19937_64 random_;
  uint32_t key_ = 0;
  std::string name_;
  std::array<std::pair<ItemPin, uint32_t>, 3> pins_;
};

// Lowers and raises the limit, looks at everything, until the workers are done.
void keep_house(Store& store, StoreUser& user, const std::atomic<int>& working, size_t limit) {
  for (uint64_t round = 0; working.load() > 0; ++round) {
    if (round % 8 == 0) store.set_memory_limit(limit - round / 8 % 3 * (limit / 4));
    for (int i = 0; i < 10 && user.maintain(); ++i) {
    }
    for (size_t id = 1; id <= store.classes().count(); ++id) {
      const auto class_id = static_cast<ClassId>(id);
      store.inspect().usage_of(class_id);
      store.inspect().age_of_oldest(class_id, user.now);
      store.inspect().sum(class_id, &ClassCounters::bytes);
      store.inspect().chunks_at_hand(class_id);
      if (round % 4 != 0) continue;
      store.inspect().for_each_item(
          class_id, user.now, [](const ItemView& view) { return view.key().size() < 10'000; });
    }
    if (round % 400 == 0) store.flush_all_at(user.now + 1);
    if (round % 20 == 0) ++user.now;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
}

TEST_CASE("concurrent users of little memory read whole values of the right key") {
  Options options;
  options.memory_bytes_max = size_t{4} << 20;
  options.hash_power = 0;
  options.thread_count_max = kThreads + 1;
  Store store(options);
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::vector<std::unique_ptr<Worker>> workers;
  std::atomic<int> working{kThreads};
  std::vector<std::function<void()>> works;
  for (unsigned i = 0; i < kThreads; ++i) {
    workers.push_back(std::make_unique<Worker>(store, seed + i));
    works.emplace_back([worker = workers.back().get(), &working] {
      worker->run();
      --working;
    });
  }
  StoreUser keeper(store);
  works.emplace_back([&] { keep_house(store, keeper, working, options.memory_bytes_max); });
  run_on_threads(works);

  Tally total;
  for (const auto& worker : workers) total.add(worker->tally);
  CHECK(total.broken == 0);
  CHECK(total.bad_counters == 0);
  CHECK(total.hits > 100);
  CHECK(total.misses > 0);
  CHECK(total.pins_held > 10);
  CHECK(total.value_by_cas.size() > 100);
  CHECK(support::sum_of(store, &ClassCounters::evicted) > 100);
  CHECK(store.inspect().index().bucket_count() > 64);
  CAPTURE(total.hits, total.misses);
  CHECK(total.refused < kThreads * kSteps / 100);
  store.verify();

  REQUIRE(store.set_memory_limit(size_t{2} << 20));
  for (int i = 0; i < 20; ++i) {
    keeper.maintain();
    for (const auto& worker : workers) worker->user().on_turn();
  }
  CHECK(store.inspect().budget().used() <= store.inspect().budget().limit());
  store.verify();
}

// ---- exact sums where nothing is evicted ------------------------------------------------------

Options roomy_options() {
  Options options;
  options.memory_bytes_max = size_t{256} << 20;
  options.evicts = false;
  options.hash_power = 0;
  options.thread_count_max = kThreads;
  return options;
}

TEST_CASE("no increment is lost and CAS ids of a key only increase") {
  Store store(roomy_options());
  std::vector<std::unique_ptr<StoreUser>> users;
  std::vector<std::function<void()>> works;
  std::atomic<uint64_t> added{0}, failed{0}, sunken{0};
  for (unsigned i = 0; i < kThreads; ++i) {
    users.push_back(std::make_unique<StoreUser>(store));
    works.emplace_back([&, i, user = users.back().get()] {
      std::mt19937_64 random(i);
      uint64_t mine = 0, last_cas = 0;
      for (int step = 0; step < kSteps; ++step) {
        const uint64_t delta = random() >> (24 + random() % 40);
        if (!user->add("count", delta)) ++failed;
        mine += delta;
        if (step % 4 == 0) {
          const uint64_t cas = user->find("count")->cas;
          if (cas < last_cas) ++sunken;
          last_cas = cas;
        }
        // The index grows meanwhile.
        user->set("other" + std::to_string(i) + "." + std::to_string(step % 5'000), "x");
      }
      added += mine;
    });
  }
  REQUIRE(users[0]->set("count", "0"));
  run_on_threads(works);
  CHECK(failed == 0);
  CHECK(sunken == 0);
  CHECK(users[0]->add("count", 0) == added.load());
  CHECK(support::sum_of(store, &ClassCounters::items) == kThreads * 5'000 + 1);
  store.verify();
}

TEST_CASE("of concurrent swaps with the same id one succeeds, and of concurrent adds too") {
  Store store(roomy_options());
  std::vector<std::unique_ptr<StoreUser>> users;
  std::vector<std::function<void()>> works;
  std::atomic<uint64_t> swapped{0}, added{0}, removed{0}, odd{0};
  for (unsigned i = 0; i < kThreads; ++i) {
    users.push_back(std::make_unique<StoreUser>(store));
    works.emplace_back([&, user = users.back().get()] {
      for (int step = 0; step < kSteps; ++step) {
        const std::optional<Found> found = user->find("swap");
        const uint64_t number = std::stoull(found->value);
        const WriteOutcome outcome = user->cas("swap", std::to_string(number + 1), found->cas);
        if (outcome == WriteOutcome::Stored) ++swapped;
        if (outcome != WriteOutcome::Stored && outcome != WriteOutcome::Exists) ++odd;
        if (user->write_as(WriteMode::Add, "once", "x") == WriteOutcome::Stored) ++added;
        if (step % 3 == 0 && user->remove("once")) ++removed;
      }
    });
  }
  REQUIRE(users[0]->set("swap", "0"));
  run_on_threads(works);
  CHECK(odd == 0);
  CHECK(users[0]->get("swap") == std::to_string(swapped));
  CHECK(added == removed + (users[0]->get("once") ? 1 : 0));
  store.verify();
}

TEST_CASE("no concurrent append is lost") {
  Options options = roomy_options();
  options.item_size_max = 8 << 20;
  Store store(options);
  std::vector<std::unique_ptr<StoreUser>> users;
  std::vector<std::function<void()>> works;
  constexpr int kAppends = 300;
  std::atomic<uint64_t> refused{0};
  for (uint32_t i = 0; i < kThreads; ++i) {
    users.push_back(std::make_unique<StoreUser>(store));
    works.emplace_back([&, i, user = users.back().get()] {
      for (uint64_t step = 0; step < kAppends; ++step) {
        const WriteMode mode = step % 2 == 0 ? WriteMode::Append : WriteMode::Prepend;
        const std::string part = record(7, i * kAppends + step, step % 90);
        if (user->write_as(mode, "joined", part) != WriteOutcome::Stored) ++refused;
      }
    });
  }
  const std::string first = record(7, 1u << 30, 10);
  REQUIRE(users[0]->set("joined", first));
  run_on_threads(works);
  CHECK(refused == 0);
  const std::optional<std::string> value = users[0]->get("joined");
  REQUIRE(value);
  CHECK(is_whole(7, *value));
  size_t expected = first.size();
  for (size_t step = 0; step < kAppends; ++step) {
    expected += kThreads * (sizeof(RecordHead) + step % 90);
  }
  CHECK(value->size() == expected);
  store.verify();
}

// Each thread writes its own key and knows when; all read and count on all keys, which must not
// carry an item over a flush.
TEST_CASE("nothing that was stored before a flush is read after it") {
  Store store(roomy_options());
  // At least so many, and as many more as it takes to look at enough: on a busy machine a thread
  // may sleep through hundreds.
  constexpr uint64_t kFlushesMin = 3'000;
  constexpr uint64_t kFlushesMax = 3'000'000;
  constexpr uint64_t kCheckedMin = 11;
  std::atomic<uint64_t> begun{0}, ended{0}, outlived{0}, checked{0};
  std::atomic<bool> is_over{false};
  std::vector<std::unique_ptr<StoreUser>> users;
  std::vector<std::function<void()>> works;
  for (unsigned i = 0; i + 1 < kThreads; ++i) {
    users.push_back(std::make_unique<StoreUser>(store));
    works.emplace_back([&, mine = "key" + std::to_string(i), user = users.back().get()] {
      while (!is_over.load()) {
        user->set(mine, "1");
        const uint64_t begun_before = begun.load();
        while (ended.load() <= begun_before && !is_over.load()) {
          for (const char* name : {"key0", "key1", "key2"}) {
            user->get(name);
            user->add(name, 0);
            user->write_as(WriteMode::Append, name, "");
          }
        }
        if (ended.load() <= begun_before) break;
        ++checked;
        if (user->get(mine)) ++outlived;
      }
    });
  }
  StoreUser flusher(store);
  works.emplace_back([&] {
    for (uint64_t i = 1; i <= kFlushesMin || (checked.load() < kCheckedMin && i <= kFlushesMax);
         ++i) {
      ++begun;
      store.flush_all(flusher.now);
      ++ended;
      std::this_thread::yield();
    }
    is_over = true;
  });
  run_on_threads(works);
  CHECK(outlived == 0);
  CHECK(checked >= kCheckedMin);
  store.verify();
}

}  // namespace
}  // namespace larder::slab
