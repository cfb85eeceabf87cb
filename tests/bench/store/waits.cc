// How long single sets keep a thread, in time of its own processor: what a busy machine takes away
// in between is not counted, so that the longest of millions means something.
//
//   larder-store-waits [--keys N] [--value-size N] [--memory MB] [--no-large-pages]
//
// Another thread takes care of the store as the server's does.  First N keys are written, while
// memory is touched for the first time and the index grows; then all of them once more; then new
// ones, from the first eviction on N of them.  The default memory is twice what N keys take.
#include <time.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "slab/store.h"
#include "tests/bench/load/histogram.h"
#include "tests/bench/load/key_space.h"

namespace larder::bench {
namespace {

constexpr uint32_t kKeySize = 13;
constexpr base::Time kNow = 100;
constexpr size_t kMegabyte = size_t{1} << 20;

struct Wishes {
  uint64_t key_count = 1'000'000;
  uint64_t value_size = 100;
  uint64_t memory_megabytes = 0;
  bool has_large_pages = true;
};

uint64_t thread_nanoseconds() {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

slab::Options options_for(const Wishes& wishes) {
  constexpr size_t kOverheadMax = 64;
  slab::Options options;
  options.memory_bytes_max =
      wishes.memory_megabytes != 0
          ? wishes.memory_megabytes * kMegabyte
          : 64 * kMegabyte + 2 * wishes.key_count * (kKeySize + wishes.value_size + kOverheadMax);
  options.uses_huge_pages = wishes.has_large_pages;
  options.thread_count_max = 2;
  return options;
}

class Writer {
 public:
  explicit Writer(const Wishes& wishes)
      : keys_(kKeysMax, kKeySize, static_cast<uint32_t>(wishes.value_size)),
        store_(options_for(wishes)),
        cache_(store_.is_usable() ? &store_.make_thread_cache() : nullptr) {}

  slab::Store& store() { return store_; }
  bool is_usable() const { return cache_ != nullptr; }
  uint64_t evicted() const {
    return cache_->counters(store_.sizes().class_of(kKeySize, 0, keys_.value_size())).evicted.get();
  }

  // False if the store refused.
  bool write(uint64_t number, Histogram* times) {
    name_.clear();
    keys_.append_key(number, &name_);
    store_.on_turn(*cache_, kNow);
    const uint64_t before = thread_nanoseconds();
    const auto outcome = store_.write(*cache_, store_.key(name_), {}, keys_.value(number), kNow);
    times->add(thread_nanoseconds() - before, 1);
    return outcome == slab::WriteOutcome::Stored;
  }

 private:
  static constexpr uint64_t kKeysMax = 100'000'000'000;

  KeySpace keys_;
  slab::Store store_;
  slab::ThreadCache* cache_;
  std::string name_;
};

void print(const char* what, const Histogram& times) {
  const auto microseconds = [&](double share) {
    return static_cast<double>(times.quantile(share)) / 1000;
  };
  std::printf("%-12s %9llu sets  p50 %.2f  p99.9 %.2f  p99.999 %.1f  longest %.1f us\n", what,
              static_cast<unsigned long long>(times.total()), microseconds(0.5),
              microseconds(0.999), microseconds(0.99999), microseconds(1));
}

// Calls maintain() ten times a second.
class Caretaker {
 public:
  explicit Caretaker(slab::Store& store) : cache_(store.make_thread_cache()) {
    thread_ = std::thread([this, &store] {
      while (!is_over_.load()) {
        while (store.maintain(cache_, kNow)) continue;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    });
  }
  ~Caretaker() {
    is_over_.store(true);
    thread_.join();
  }
  Caretaker(const Caretaker&) = delete;
  Caretaker& operator=(const Caretaker&) = delete;

 private:
  slab::ThreadCache& cache_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

int run(const Wishes& wishes) {
  Writer writer(wishes);
  if (!writer.is_usable()) return 1;
  const Caretaker caretaker(writer.store());
  uint64_t number = 0;
  Histogram growing, grown, unmeasured, evicting;
  while (number < wishes.key_count) {
    if (!writer.write(number++, &growing)) return 1;
  }
  print("growing", growing);
  for (uint64_t i = 0; i < wishes.key_count; ++i) {
    if (!writer.write(i, &grown)) return 1;
  }
  print("overwriting", grown);
  while (writer.evicted() == 0) {
    if (!writer.write(number++, &unmeasured)) return 1;
  }
  for (uint64_t i = 0; i < wishes.key_count; ++i) {
    if (!writer.write(number++, &evicting)) return 1;
  }
  print("evicting", evicting);
  return 0;
}

bool read_number(const char* text, uint64_t max, uint64_t* number) {
  const char* const end = text + std::strlen(text);
  const auto [stop, code] = std::from_chars(text, end, *number);
  return code == std::errc() && stop == end && *number >= 1 && *number <= max;
}

int main(int argc, char** argv) {
  Wishes wishes;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    bool is_read = false;
    if (flag == "--no-large-pages") {
      wishes.has_large_pages = false;
      continue;
    }
    if (flag == "--keys") is_read = read_number(value, 1'000'000'000, &wishes.key_count);
    if (flag == "--value-size") is_read = read_number(value, 1000, &wishes.value_size);
    if (flag == "--memory") is_read = read_number(value, 1 << 20, &wishes.memory_megabytes);
    if (!is_read) {
      std::fprintf(stderr,
                   "usage: larder-store-waits [--keys N] [--value-size N] [--memory MB] "
                   "[--no-large-pages]\n");
      return 2;
    }
    ++i;
  }
  const int code = run(wishes);
  if (code != 0) std::fprintf(stderr, "larder-store-waits: there is no memory for that\n");
  return code;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) { return larder::bench::main(argc, argv); }
