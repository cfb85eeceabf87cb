// Counts the misses of eviction policies, and of the store itself, over one trace.
//
//   larder-eviction oracle FILE MB...
//   larder-eviction u32 FILE VALUE_SIZE MB...
//   larder-eviction zipf OBJECTS REQUESTS SCANNED_OF_TEN VALUE_SIZE MB...
//
// Every request is a get, and a set if it missed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "slab/store.h"
#include "tests/bench/eviction/policies.h"
#include "tests/bench/eviction/traces.h"

namespace larder::eviction {
namespace {

constexpr uint32_t kRequestsPerSecond = 50'000;
constexpr uint32_t kRequestsPerStep = kRequestsPerSecond / 10;
constexpr uint32_t kItemBytes = 13 + 24 + 8;  // the key, the header, the item's part of the index

uint64_t misses_of_policy(std::string_view name, const Trace& trace, uint64_t memory_bytes) {
  const auto policy = make_policy(name, memory_bytes, trace.ids.size());
  uint64_t misses = 0;
  for (const Request& request : trace.requests) {
    misses += policy->access({request.object, request.size + kItemBytes}) ? 0 : 1;
  }
  return misses;
}

uint64_t misses_of_store(const Trace& trace, uint64_t memory_bytes) {
  slab::Options options;
  options.memory_bytes_max = memory_bytes;
  slab::Store store(options);
  slab::ThreadCache& cache = store.make_thread_cache();
  const std::string value(1 << 20, 'v');
  uint64_t misses = 0;
  uint32_t count = 0;
  for (const Request& request : trace.requests) {
    const base::Time now = 100 + count / kRequestsPerSecond;
    char name[24];
    std::snprintf(name, sizeof(name), "%013llu",
                  static_cast<unsigned long long>(trace.ids[request.object]));
    const slab::Key key = store.key(name);
    const auto outcome = store.read(cache, key, now, [](const slab::ItemView&) {});
    if (outcome != slab::ReadOutcome::Hit) {
      ++misses;
      store.write(cache, key, {}, std::string_view(value).substr(0, request.size), now);
    }
    if (++count % kRequestsPerStep == 0) store.maintain(cache, now);
  }
  return misses;
}

bool is_one_size(const Trace& trace) {
  return std::all_of(trace.requests.begin(), trace.requests.end(), [&](const Request& request) {
    return request.size == trace.requests.front().size;
  });
}

int run(const Trace& trace, std::span<char*> sizes) {
  std::printf("%zu requests, %zu objects\n%8s", trace.requests.size(), trace.ids.size(), "MB");
  for (const std::string& name : policy_names()) std::printf(" %13s", name.c_str());
  std::printf(" %13s\n", "store");
  for (const char* size : sizes) {
    const uint64_t memory_bytes = std::strtoull(size, nullptr, 10) << 20;
    if (memory_bytes == 0) return EXIT_FAILURE;
    std::printf("%8s", size);
    for (const std::string& name : policy_names()) {
      if (name == "ring" && !is_one_size(trace)) {
        std::printf(" %13s", "-");
        continue;
      }
      const uint64_t misses = misses_of_policy(name, trace, memory_bytes);
      std::printf(" %13llu", static_cast<unsigned long long>(misses));
    }
    std::printf(" %13llu\n", static_cast<unsigned long long>(misses_of_store(trace, memory_bytes)));
  }
  return EXIT_SUCCESS;
}

int usage() {
  std::fputs(
      "usage: larder-eviction oracle FILE MB... | u32 FILE VALUE_SIZE MB... |\n"
      "       zipf OBJECTS REQUESTS SCANNED_OF_TEN VALUE_SIZE MB...\n",
      stderr);
  return EXIT_FAILURE;
}

uint32_t number(const char* text) { return static_cast<uint32_t>(std::strtoul(text, nullptr, 10)); }

int main(std::span<char*> arguments) {
  const std::string kind = arguments.size() > 1 ? arguments[1] : "";
  if (kind == "zipf" && arguments.size() > 6) {
    return run(make_zipf(number(arguments[2]), number(arguments[3]),
                         static_cast<int>(number(arguments[4])), number(arguments[5])),
               arguments.subspan(6));
  }
  const size_t sizes_at = kind == "u32" ? 4 : 3;
  if ((kind != "u32" && kind != "oracle") || arguments.size() <= sizes_at) return usage();
  const auto trace = read_trace(kind, arguments[2], kind == "u32" ? number(arguments[3]) : 0);
  if (!trace) {
    std::fprintf(stderr, "larder-eviction: cannot read %s\n", arguments[2]);
    return EXIT_FAILURE;
  }
  return run(*trace, arguments.subspan(sizes_at));
}

}  // namespace
}  // namespace larder::eviction

int main(int argc, char** argv) {
  return larder::eviction::main({argv, static_cast<size_t>(argc)});
}
