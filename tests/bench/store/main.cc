// What the store itself does, without sockets and protocol: operations a second, of one thread and
// of two, and what prefetching is worth.
//
//   larder-store-bench [--keys N] [--value-size N] [--benchmark_filter=REGEX] ...
//
// get and mix90 (one in ten a set) look keys up one by one; batch hashes some keys first, as the
// server does with what it has read, and then looks them up, with prefetching or without.  The
// figure is items_per_second of wall time, all threads together.
#include <benchmark/benchmark.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/store/filled_store.h"
#include "tests/bench/store/key_stream.h"

namespace larder::bench {
namespace {

constexpr size_t kOperationsPerTurn = 16;
constexpr uint64_t kOneWriteIn = 10;
constexpr uint32_t kValueSizeMax = 2000;  // smaller than any that is pinned
constexpr uint64_t kKeysMax = 1'000'000'000;
static_assert(kStreamLength % kOperationsPerTurn == 0);
static_assert(kValueSizeMax <= slab::kCopiedValueSizeMax);

enum class Distribution { Uniform, Zipf, Hot };
constexpr size_t kDistributionCount = 3;

const char* name_of(Distribution distribution) {
  switch (distribution) {
    case Distribution::Uniform: return "uniform";
    case Distribution::Zipf: return "zipf0.99";
    case Distribution::Hot: return "hot";
  }
  return "";
}

// What the benchmarks share.  Streams are made when they are first asked for.
class Bench {
 public:
  Bench(uint64_t key_count, uint32_t value_size)
      : keys_(key_count, kKeySize, value_size), filled_(keys_) {
    CPU_ZERO(&cpus_);
    ::sched_getaffinity(0, sizeof(cpus_), &cpus_);
  }

  FilledStore& filled() noexcept { return filled_; }
  bool has_failed() const noexcept { return has_failed_; }

  const std::vector<Operation>& stream(Distribution distribution, size_t thread) {
    Streams& streams = streams_[static_cast<size_t>(distribution)];
    std::call_once(streams.is_made, [&] {
      const double exponent = distribution == Distribution::Zipf ? 0.99 : 0.0;
      const Popularity popularity(distribution == Distribution::Hot ? 1 : keys_.key_count(),
                                  exponent);
      for (size_t i = 0; i < kThreadsMax; ++i) {
        streams.of_thread[i] = draw_stream(keys_, popularity, kOneWriteIn, i + 1);
      }
    });
    return streams.of_thread[thread];
  }

  void fail(benchmark::State& state, const char* what) {
    has_failed_ = true;
    state.SkipWithError(what);
  }

  // The threads' own processors, as far as there are any: what they cost each other is to be seen,
  // not where the system puts them.
  void pin(size_t thread) const {
    const auto wanted = static_cast<size_t>(thread) % static_cast<size_t>(CPU_COUNT(&cpus_));
    size_t number = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &cpus_) || number++ != wanted) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ::sched_setaffinity(0, sizeof(one), &one);
      return;
    }
  }

 private:
  KeySpace keys_;
  FilledStore filled_;
  struct Streams {
    std::once_flag is_made;
    std::array<std::vector<Operation>, kThreadsMax> of_thread;
  };
  std::array<Streams, kDistributionCount> streams_;
  cpu_set_t cpus_;
  std::atomic<bool> has_failed_{false};
};

// Calls operate(slab::Store&, ThreadCache&, const Operation* first) for kOperationsPerTurn
// operations at a time; it says how many of them were as they must be.
template <class Operate>
void run(Bench& bench, Distribution distribution, benchmark::State& state, Operate operate) {
  const auto thread = static_cast<size_t>(state.thread_index());
  bench.pin(thread);
  slab::Store& store = bench.filled().store();
  slab::ThreadCache& cache = bench.filled().cache(thread);
  const std::vector<Operation>& stream = bench.stream(distribution, thread);
  size_t position = 0;
  uint64_t done = 0;
  for (auto _ : state) {
    store.on_turn(cache, FilledStore::kNow);
    done += operate(store, cache, &stream[position]);
    position = (position + kOperationsPerTurn) % kStreamLength;
  }
  const auto wanted = static_cast<uint64_t>(state.iterations()) * kOperationsPerTurn;
  if (done != wanted) return bench.fail(state, "a miss, where every key is stored");
  state.SetItemsProcessed(static_cast<int64_t>(wanted));
}

// Copies the value, as a reply does.
bool get(slab::Store& store, slab::ThreadCache& cache, const slab::Key& key) {
  char copy[kValueSizeMax];
  const auto outcome = store.read(cache, key, FilledStore::kNow, [&](const slab::ItemView& view) {
    std::memcpy(copy, view.value().data(), view.value_size());
  });
  benchmark::DoNotOptimize(copy[0]);
  benchmark::ClobberMemory();
  return outcome == slab::ReadOutcome::Hit;
}

template <bool kWrites>
void run_one_by_one(Bench& bench, Distribution distribution, benchmark::State& state) {
  const std::string_view value = bench.filled().value();
  const auto operate = [&](slab::Store& store, slab::ThreadCache& cache, const Operation* first) {
    uint64_t done = 0;
    for (size_t i = 0; i < kOperationsPerTurn; ++i) {
      const slab::Key key = store.key(first[i].key());
      if (kWrites && first[i].writes) {
        done += store.write(cache, key, {}, value, FilledStore::kNow) == slab::WriteOutcome::Stored;
      } else {
        done += get(store, cache, key);
      }
    }
    return done;
  };
  run(bench, distribution, state, operate);
}

template <size_t kDepth, bool kPrefetches>
void run_batches(Bench& bench, Distribution distribution, benchmark::State& state) {
  static_assert(kOperationsPerTurn % kDepth == 0);
  const auto operate = [](slab::Store& store, slab::ThreadCache& cache, const Operation* first) {
    uint64_t done = 0;
    for (size_t begin = 0; begin < kOperationsPerTurn; begin += kDepth) {
      uint64_t hashes[kDepth];
      for (size_t i = 0; i < kDepth; ++i) {
        hashes[i] = store.key(first[begin + i].key()).hash;
        if (kPrefetches) store.prefetch_bucket(slab::Key({}, hashes[i]));
      }
      for (size_t i = 0; kPrefetches && i < kDepth; ++i) {
        store.prefetch_item(slab::Key({}, hashes[i]));
      }
      for (size_t i = 0; i < kDepth; ++i) {
        done += get(store, cache, slab::Key(first[begin + i].key(), hashes[i]));
      }
    }
    return done;
  };
  run(bench, distribution, state, operate);
}

using Body = void (*)(Bench&, Distribution, benchmark::State&);

void add(Bench& bench, const char* name, Body body) {
  for (size_t i = 0; i < kDistributionCount; ++i) {
    const auto distribution = static_cast<Distribution>(i);
    const auto call = [&bench, body, distribution](benchmark::State& state) {
      body(bench, distribution, state);
    };
    benchmark::RegisterBenchmark((std::string(name) + "/" + name_of(distribution)).c_str(), call)
        ->ThreadRange(1, kThreadsMax)
        ->UseRealTime();
  }
}

bool read_number(const char* text, uint64_t max, uint64_t* number) {
  const char* const end = text + std::strlen(text);
  const auto [stop, code] = std::from_chars(text, end, *number);
  return code == std::errc() && stop == end && *number >= 1 && *number <= max;
}

int run_all(uint64_t key_count, uint32_t value_size) {
  Bench bench(key_count, value_size);
  if (!bench.filled().is_full()) {
    std::fprintf(stderr, "larder-store-bench: there is no memory for %llu items\n",
                 static_cast<unsigned long long>(key_count));
    return 1;
  }
  add(bench, "get", run_one_by_one<false>);
  add(bench, "mix90", run_one_by_one<true>);
  add(bench, "batch:1/plain", run_batches<1, false>);
  add(bench, "batch:1/prefetch", run_batches<1, true>);
  add(bench, "batch:16/plain", run_batches<16, false>);
  add(bench, "batch:16/prefetch", run_batches<16, true>);
  benchmark::AddCustomContext("keys", std::to_string(key_count));
  benchmark::AddCustomContext("value bytes", std::to_string(value_size));
  benchmark::RunSpecifiedBenchmarks();
  return bench.has_failed() ? 1 : 0;
}

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  uint64_t key_count = 100'000;
  uint64_t value_size = 100;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    const bool has_value = i + 1 < argc;
    if (has_value && flag == "--keys" && read_number(argv[i + 1], kKeysMax, &key_count)) continue;
    if (has_value && flag == "--value-size" &&
        read_number(argv[i + 1], kValueSizeMax, &value_size)) {
      continue;
    }
    std::fprintf(stderr,
                 "usage: larder-store-bench [--keys N] [--value-size N] [--benchmark_...]\n");
    return 2;
  }
  return run_all(key_count, static_cast<uint32_t>(value_size));
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) { return larder::bench::main(argc, argv); }
