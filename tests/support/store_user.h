// Uses a store from one thread of a test: keys and values as strings, with its own time.
//
// Threads: a user belongs to one thread; users of one store may be on different threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "slab/store.h"

namespace larder::support {

// `size` bytes in which neighbouring parts differ, so that a misplaced piece is detected.
inline std::string pattern(uint64_t seed, size_t size) {
  std::string bytes(size, '\0');
  uint64_t word = seed * 0x9e3779b97f4a7c15u + 1;
  for (size_t i = 0; i < size; ++i) {
    if (i % 8 == 0) word = word * 6364136223846793005u + 1442695040888963407u;
    bytes[i] = static_cast<char>(word >> (8 * (i % 8)));
  }
  return bytes;
}

inline std::string value_of(const slab::ItemPin& pin) {
  std::string value;
  pin.for_each_run([&](std::string_view run) { value.append(run); });
  return value;
}

struct Found {
  std::string value;
  uint32_t flags = 0;
  uint64_t cas = 0;
  base::Time exptime = 0;
  uint32_t seconds_since_access = 0;
  slab::ClassId class_id = slab::kNoClass;
  bool is_large = false;
};

class StoreUser {
 public:
  explicit StoreUser(slab::Store& store) : store_(store), cache_(store.make_thread_cache()) {}

  base::Time now = 100;

  slab::ThreadCache& cache() { return cache_; }
  slab::Key key(std::string_view bytes) const { return store_.key(bytes); }

  slab::WriteOutcome write(std::string_view name, std::string_view value,
                           const slab::WriteHead& head = {}) {
    return store_.write(cache_, key(name), head, value, now);
  }
  bool set(std::string_view name, std::string_view value, base::Time exptime = 0) {
    return write(name, value, {.exptime = exptime}) == slab::WriteOutcome::Stored;
  }
  slab::WriteOutcome write_as(slab::WriteMode mode, std::string_view name, std::string_view value) {
    return write(name, value, {.mode = mode});
  }
  slab::WriteOutcome cas(std::string_view name, std::string_view value, uint64_t cas) {
    return write(name, value, {.mode = slab::WriteMode::Cas, .cas = cas});
  }

  slab::ReadOutcome read(std::string_view name, Found* found) {
    slab::ItemPin pin;
    const auto outcome = store_.read(cache_, key(name), now, [&](const slab::ItemView& view) {
      *found = {{},
                view.flags(),
                view.cas(),
                view.item->exptime.load(),
                view.seconds_since_access,
                view.class_id(),
                view.is_large()};
      if (view.is_large()) {
        pin = store_.pin(cache_, view);
      } else {
        found->value = view.value();
      }
    });
    if (pin) found->value = value_of(pin);
    return outcome;
  }
  slab::ReadOutcome outcome_of(std::string_view name) {
    Found ignored;
    return read(name, &ignored);
  }
  std::optional<Found> find(std::string_view name) {
    Found found;
    if (read(name, &found) != slab::ReadOutcome::Hit) return std::nullopt;
    return found;
  }
  std::optional<std::string> get(std::string_view name) {
    std::optional<Found> found = find(name);
    if (!found) return std::nullopt;
    return std::move(found->value);
  }
  // Empty if there is no such item or if it is small.
  slab::ItemPin pin(std::string_view name) {
    slab::ItemPin pin;
    store_.read(cache_, key(name), now, [&](const slab::ItemView& view) {
      if (view.is_large()) pin = store_.pin(cache_, view);
    });
    return pin;
  }
  bool touch(std::string_view name, base::Time exptime) {
    return store_.read_and_touch(cache_, key(name), exptime, now, [](const slab::ItemView&) {}) ==
           slab::ReadOutcome::Hit;
  }
  bool remove(std::string_view name) { return store_.remove(cache_, key(name), now, nullptr); }

  // The new number, or nullopt; then `last_arithmetic` has the reason.
  std::optional<uint64_t> add(std::string_view name, uint64_t delta, bool decrements = false) {
    uint64_t result = 0;
    slab::ClassId class_id = slab::kNoClass;
    last_arithmetic =
        store_.change_counter(cache_, key(name), delta, decrements, now, &result, &class_id);
    if (last_arithmetic != slab::ArithmeticOutcome::Done) return std::nullopt;
    return result;
  }
  slab::ArithmeticOutcome last_arithmetic = slab::ArithmeticOutcome::Done;

  void on_turn() { store_.on_turn(cache_, now); }
  bool maintain() { return store_.maintain(cache_, now); }

 private:
  slab::Store& store_;
  slab::ThreadCache& cache_;
};

// The sum of a counter over all classes.
inline uint64_t sum_of(const slab::Store& store, base::OwnedCounter slab::ClassCounters::*counter) {
  uint64_t total = 0;
  for (size_t id = 1; id <= store.classes().count(); ++id) {
    total += store.inspect().sum(static_cast<slab::ClassId>(id), counter);
  }
  return total;
}

}  // namespace larder::support
