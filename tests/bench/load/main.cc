// larder-load: a load on a memcached-protocol server, closed-loop or paced, that checks every
// reply.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "client/connection.h"
#include "tests/bench/load/options.h"
#include "tests/bench/load/report_text.h"
#include "tests/bench/load/worker.h"

namespace larder::bench {
namespace {

constexpr int kExitCannotRun = 1;
constexpr int kExitUsage = 2;
constexpr int kExitFailures = 3;
constexpr uint32_t kFillDepth = 16;
constexpr std::chrono::seconds kConnectTime{10};

// User and system time of this process.
uint64_t own_cpu_nanoseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto nanoseconds = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<uint64_t>(time.tv_usec) * 1000;
  };
  return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
}

base::Result<std::vector<base::UniqueFd>> open_sockets(const Options& options, uint32_t count) {
  std::vector<base::UniqueFd> sockets;
  for (uint32_t i = 0; i < count; ++i) {
    auto connection =
        client::Connection::connect(options.server, client::deadline_after(kConnectTime));
    if (!connection) return base::fail(connection.error().text);
    sockets.push_back(connection->release_stream().release_socket());
  }
  return sockets;
}

// Owns the workers and runs phases on all of them at once.
class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        keys_(options.keys, options.key_size, options.value_size),
        checker_(keys_, options.unchecked),
        popularity_(options.keys, options.zipf_exponent) {}

  base::Outcome connect() {
    for (uint32_t i = 0; i < options_.threads; ++i) {
      auto sockets = open_sockets(options_, static_cast<uint32_t>(share(options_.connections, i)));
      if (!sockets) return sockets.error();
      workers_.emplace_back(keys_, checker_, std::move(*sockets), Dialer(options_.server));
    }
    return base::Done{};
  }

  // Writes every key once, each worker a range of its own.
  Report fill() {
    std::vector<Phase> phases;
    std::vector<KeyChooser> choosers;
    uint64_t first = 0;
    for (uint32_t i = 0; i < options_.threads; ++i) {
      Phase phase;
      phase.workload = fill_workload(options_.workload);
      phase.depth = kFillDepth;
      phase.operations_max = share(options_.keys, i);
      phase.silence_seconds = options_.silence_seconds;
      phases.push_back(phase);
      choosers.emplace_back(first);
      first += phase.operations_max;
    }
    return run(phases, choosers);
  }

  // The workload for `seconds`, or for `operations` if that is not 0.
  Report work(double seconds, uint64_t operations, uint64_t seed) {
    std::vector<Phase> phases;
    std::vector<KeyChooser> choosers;
    for (uint32_t i = 0; i < options_.threads; ++i) {
      Phase phase;
      phase.workload = options_.workload;
      phase.keys_per_request = options_.keys_per_request;
      phase.depth = options_.depth;
      phase.operations_max = operations == 0 ? 0 : share(operations, i);
      phase.seconds = operations == 0 ? seconds : 0;
      phase.rate = options_.rate * static_cast<double>(share(options_.connections, i)) /
                   static_cast<double>(options_.connections);
      phase.reconnect_every = options_.reconnect_every;
      phase.silence_seconds = options_.silence_seconds;
      phase.misses_allowed = options_.misses_allowed;
      phases.push_back(phase);
      choosers.emplace_back(popularity_, seed * options_.threads + i);
    }
    return run(phases, choosers);
  }

 private:
  // The part of `whole` that falls to worker `index`.
  uint64_t share(uint64_t whole, uint64_t index) const {
    return whole / options_.threads + (index < whole % options_.threads ? 1 : 0);
  }

  Report run(const std::vector<Phase>& phases, const std::vector<KeyChooser>& choosers) {
    std::vector<Report> reports(workers_.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < workers_.size(); ++i) {
      // Neither limit set would be a phase without end; a share of nothing is no work.
      if (phases[i].operations_max == 0 && phases[i].seconds <= 0) continue;
      threads.emplace_back([&, i] { reports[i] = workers_[i].run(phases[i], choosers[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    Report sum;
    for (const Report& report : reports) sum.merge(report);
    return sum;
  }

  const Options& options_;
  KeySpace keys_;
  Checker checker_;
  Popularity popularity_;
  std::vector<Worker> workers_;
};

// Tells the program that started us where we are and waits for its line.  False when it is gone.
bool hold(const Options& options, const char* word) {
  if (!options.hold) return true;
  std::printf("%s\n", word);
  std::fflush(stdout);
  for (int byte = std::getchar(); byte != '\n'; byte = std::getchar()) {
    if (byte == EOF) return false;
  }
  return true;
}

int finish(const char* phase, const Report& report, uint64_t cpu_nanoseconds) {
  std::fputs(report_text(phase, report, cpu_nanoseconds).c_str(), stdout);
  return report.failures == 0 && report.operations > 0 ? 0 : kExitFailures;
}

int run(const Options& options) {
  Load load(options);
  const base::Outcome connected = load.connect();
  if (!connected) {
    std::fprintf(stderr, "larder-load: %s\n", connected.error().text.c_str());
    return kExitCannotRun;
  }
  if (options.fill) {
    const Report filled = load.fill();
    if (filled.failures > 0) return finish("fill", filled, 0);
  }
  if (options.warmup_seconds > 0) {
    const Report warmed = load.work(options.warmup_seconds, 0, options.seed + 1);
    if (warmed.failures > 0) return finish("warmup", warmed, 0);
  }
  if (!hold(options, "ready")) return kExitCannotRun;
  const uint64_t cpu_before = own_cpu_nanoseconds();
  const Report report = load.work(options.seconds, options.operations, options.seed);
  const uint64_t cpu_spent = own_cpu_nanoseconds() - cpu_before;
  if (!hold(options, "done")) return kExitCannotRun;
  return finish("measure", report, cpu_spent);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "larder-load: %s\n%s", options.error().text.c_str(), kUsage);
    return kExitUsage;
  }
  if (options->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  return run(*options);
}
