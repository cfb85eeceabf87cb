// Holds the estimated miss-ratio curve against stores that really have that memory, over one trace.
//
//   larder-curve oracle FILE REQUESTS_PER_SECOND MB
//   larder-curve u32 FILE VALUE_SIZE REQUESTS_PER_SECOND MB
//   larder-curve zipf OBJECTS REQUESTS SCANNED_OF_TEN VALUE_SIZE REQUESTS_PER_SECOND MB
//   larder-curve mixed OBJECTS REQUESTS VALUE_SIZE_MIN VALUE_SIZE_MAX REQUESTS_PER_SECOND MB
//
// Every request is a get, and a set if it missed; how many there are in a second, by the clocks of
// store and estimate, decides how many of them may be looked at.
// Exit status: 0 if no estimate is farther than three points from the store of that
// size, else 1.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "server/insight/miss_ratio_curve.h"
#include "slab/store.h"
#include "tests/bench/eviction/policies.h"
#include "tests/bench/eviction/traces.h"

namespace larder::eviction {
namespace {

using server::CurveSample;

constexpr double kToleranceMax = 0.03;

// A store, and an estimate of its curve if one is asked for.
class Replay {
 public:
  Replay(const Trace& trace, uint32_t requests_per_second, uint64_t memory_bytes)
      : trace_(trace),
        requests_per_second_(requests_per_second),
        store_(options_of(memory_bytes)) {}

  double run(server::MissRatioCurve* curve) {
    uint64_t hits = 0;
    uint32_t count = 0;
    for (const Request& request : trace_.requests) {
      const base::Time now = 100 + count / requests_per_second_;
      char name[24];
      std::snprintf(name, sizeof(name), "%013llu",
                    static_cast<unsigned long long>(trace_.ids[request.object]));
      const slab::Key key = store_.key(name);
      const bool is_hit =
          store_.read(cache_, key, now, [](const slab::ItemView&) {}) == slab::ReadOutcome::Hit;
      hits += is_hit ? 1 : 0;
      ++count;
      if (curve != nullptr) tell(*curve, CurveSample::Act::Get, key, now);
      if (!is_hit) {
        store_.write(cache_, key, {}, std::string_view(value_).substr(0, request.size), now);
        if (curve != nullptr) tell(*curve, CurveSample::Act::Other, key, now);
      }
      if (count % (requests_per_second_ / 10) != 0) continue;
      store_.maintain(cache_, now);
      if (curve == nullptr) continue;
      curve->maintain(store_.inspect().budget().limit(), store_.maintenance().automove(), count,
                      now, {.hits = hits, .misses = count - hits});
    }
    return static_cast<double>(hits) / count;
  }

  const slab::Store& store() const { return store_; }

 private:
  static slab::Options options_of(uint64_t memory_bytes) {
    slab::Options options;
    options.memory_bytes_max = memory_bytes;
    return options;
  }

  void tell(server::MissRatioCurve& curve, CurveSample::Act act, const slab::Key& key,
            base::Time now) {
    if (!server::MissRatioCurve::is_below(key.hash, curve.threshold())) return;
    CurveSample sample{.act = act, .hash = key.hash};
    store_.peek(cache_, key, now, [&](const slab::ItemView& view) {
      sample.chunks = store_.sizes().footprint_of(view);
    });
    curve.note(sample, now);
  }

  const Trace& trace_;
  const uint32_t requests_per_second_;
  slab::Store store_;
  slab::ThreadCache& cache_ = store_.make_thread_cache();
  const std::string value_ = std::string(1 << 20, 'v');
};

int run(const Trace& trace, uint32_t requests_per_second, uint64_t memory_bytes) {
  const uint64_t count = trace.requests.size();
  Replay replay(trace, requests_per_second, memory_bytes);
  const slab::Store& store = replay.store();
  server::MissRatioCurve curve(store.options(), store.classes(), {}, 100);
  replay.run(&curve);
  const server::CurveReport report = curve.report(count);
  std::printf("%llu requests, %zu objects, %llu gets sampled, rate %.4f\n",
              static_cast<unsigned long long>(count), trace.ids.size(),
              static_cast<unsigned long long>(report.sampled_requests), report.sampling_rate);
  std::printf("%10s %10s %10s\n", "MB", "estimated", "store");
  bool is_close = true;
  for (const server::CurvePoint& point : report.points) {
    const double measured = Replay(trace, requests_per_second, point.memory_bytes).run(nullptr);
    std::printf("%10.2f %10.4f %10.4f\n", static_cast<double>(point.memory_bytes) / 1048576,
                point.hit_ratio, measured);
    is_close = is_close && std::abs(point.hit_ratio - measured) <= kToleranceMax;
  }
  return is_close && !report.points.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int usage() {
  std::fputs(
      "usage: larder-curve oracle FILE REQUESTS_PER_SECOND MB |\n"
      "       u32 FILE VALUE_SIZE REQUESTS_PER_SECOND MB |\n"
      "       zipf OBJECTS REQUESTS SCANNED_OF_TEN VALUE_SIZE REQUESTS_PER_SECOND MB |\n"
      "       mixed OBJECTS REQUESTS VALUE_SIZE_MIN VALUE_SIZE_MAX REQUESTS_PER_SECOND MB\n",
      stderr);
  return EXIT_FAILURE;
}

uint32_t number(const char* text) { return static_cast<uint32_t>(std::strtoul(text, nullptr, 10)); }

int main(std::span<char*> arguments) {
  const std::string_view kind = arguments.size() > 1 ? arguments[1] : "";
  const size_t wanted = kind == "zipf" || kind == "mixed" ? 8
                        : kind == "u32"                   ? 6
                        : kind == "oracle"                ? 5
                                                          : 0;
  if (wanted == 0 || arguments.size() != wanted) return usage();
  const uint64_t memory_bytes = uint64_t{number(arguments.back())} << 20;
  const uint32_t requests_per_second = number(arguments[arguments.size() - 2]);
  if (memory_bytes == 0 || requests_per_second < 10) return usage();
  if (kind == "zipf") {
    return run(make_zipf(number(arguments[2]), number(arguments[3]),
                         static_cast<int>(number(arguments[4])), number(arguments[5])),
               requests_per_second, memory_bytes);
  }
  if (kind == "mixed") {
    return run(make_mixed(number(arguments[2]), number(arguments[3]), number(arguments[4]),
                          number(arguments[5])),
               requests_per_second, memory_bytes);
  }
  const auto trace =
      read_trace(std::string(kind), arguments[2], kind == "u32" ? number(arguments[3]) : 0);
  if (!trace) {
    std::fprintf(stderr, "larder-curve: cannot read %s\n", arguments[2]);
    return EXIT_FAILURE;
  }
  return run(*trace, requests_per_second, memory_bytes);
}

}  // namespace
}  // namespace larder::eviction

int main(int argc, char** argv) {
  return larder::eviction::main({argv, static_cast<size_t>(argc)});
}
