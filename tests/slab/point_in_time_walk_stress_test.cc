// Walks while several threads change the store: each key is shown as it was at the beginning.
//
// Every thread writes keys of its own, so it knows what each has.  The threads stop, their maps are
// the copy; the walk begins; they go on, with everything that changes items.

#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "slab/point_in_time_walk.h"
#include "slab/store.h"
#include "tests/support/store_user.h"
#include "tests/support/walk_collector.h"

namespace larder::slab {
namespace {

using support::pattern;
using support::StoreUser;
using support::WalkCollector;

constexpr int kThreads = 3;
constexpr int kWalks = 60;
constexpr uint64_t kKeysPerThread = 700;

Options options_of_test() {
  Options options;
  options.memory_bytes_max = size_t{128} << 20;
  options.hash_power = 6;
  options.item_size_max = 1 << 20;
  options.thread_count_max = kThreads + 2;
  return options;
}

class Writer {
 public:
  Writer(Store& store, int number)
      : store_(store), user_(store), number_(number), random_(static_cast<uint64_t>(number)) {}

  // What this thread's keys have.  Only while the thread waits.
  std::map<std::string, std::string> values;

  void operate() {
    const std::string key =
        "t" + std::to_string(number_) + "-" + std::to_string(pick(kKeysPerThread));
    ClassId ignored;
    switch (pick(10)) {
      case 0:
        user_.remove(key);
        values.erase(key);
        break;
      case 1:
        if (user_.write_as(WriteMode::Append, key, "+") == WriteOutcome::Stored) values[key] += "+";
        break;
      case 2: {
        const auto number = user_.add(key, pick(1000));
        if (number) set_number(key, *number);
        break;
      }
      case 3: user_.touch(key, pick(2) == 0 ? 0 : user_.now + 1000); break;
      case 4:
        store_.remove(user_.cache(), user_.key(key), {.invalidates = true}, user_.now, &ignored);
        break;
      case 5: user_.get(key); break;
      case 6: set(key, std::to_string(pick(1'000'000))); break;
      case 7: set(key, pattern(random_(), pick(20'000))); break;
      default: set(key, pattern(random_(), pick(200))); break;
    }
    if (pick(50) == 0) user_.on_turn();
  }

 private:
  uint64_t pick(uint64_t count) { return random_() % count; }
  void set(const std::string& key, std::string value) {
    if (user_.set(key, value)) values[key] = std::move(value);
  }
  // In place, a number is padded with spaces to the old length.
  void set_number(const std::string& key, uint64_t number) {
    std::string& value = values[key];
    const std::string digits = std::to_string(number);
    const size_t size = std::max(value.size(), digits.size());
    value = digits + std::string(size - digits.size(), ' ');
  }

  Store& store_;
  StoreUser user_;
  const int number_;
  std::mt19937_64 random_;
};

TEST_CASE("walks beside several writing threads show each key as it was at the beginning") {
  Store store(options_of_test());
  StoreUser walker(store);
  std::vector<std::unique_ptr<Writer>> writers;
  for (int i = 0; i < kThreads; ++i) writers.push_back(std::make_unique<Writer>(store, i + 1));

  std::barrier stopped(kThreads + 1);
  std::barrier begun(kThreads + 1);
  std::atomic<bool> is_walking{false};
  std::vector<std::thread> threads;
  for (auto& writer : writers) {
    threads.emplace_back([&, it = writer.get()] {
      for (int round = 0; round < kWalks; ++round) {
        for (int i = 0; i < 500; ++i) it->operate();
        stopped.arrive_and_wait();
        begun.arrive_and_wait();
        while (is_walking.load()) it->operate();
      }
    });
  }

  int wrong = 0;  // Catch's assertions would make the threads wait for this one
  for (int round = 0; round < kWalks; ++round) {
    stopped.arrive_and_wait();
    std::map<std::string, std::string> before;
    for (const auto& writer : writers) before.insert(writer->values.begin(), writer->values.end());
    PointInTimeWalk walk(store, walker.cache(), walker.now);
    is_walking = true;
    begun.arrive_and_wait();
    WalkCollector sink(3);
    while (walk.step(sink, 4, walker.now)) std::this_thread::yield();
    is_walking = false;
    wrong += !walk.has_begun();
    wrong += sink.duplicates != 0;
    wrong += sink.items.size() != before.size();
    uint64_t different = 0;
    for (const auto& [key, value] : before) {
      const auto found = sink.items.find(key);
      if (found == sink.items.end()) {
        ++wrong;
      } else if (found->second.value != value) {
        ++different;
      }
    }
    wrong += different > walk.relaxed();
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  walker.on_turn();
  store.verify();
}

}  // namespace
}  // namespace larder::slab
