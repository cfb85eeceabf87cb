// Steady load on a cluster, which it finds by discovery, through Larder's client library: four
// threads send gets, and a set for each miss, until standard input ends.
//
//   larder-steady RING KEYS RATE CONNECT_TIMEOUT REQUEST_TIMEOUT HOST:PORT...
//
// The timeouts are the client's, in milliseconds.
//
// Writes a line of JSON every tenth of a second: when it ended (CLOCK_MONOTONIC, seconds), the
// version of the list, hits, misses, errors with the text of one, and the longest operation.
// Before that, two passes over all keys make sure that each has been stored.
#include <unistd.h>

#include <poll.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "client/background_poller.h"
#include "client/client.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr int kThreads = 4;
constexpr auto kPollInterval = 200ms;
constexpr auto kReportInterval = 100ms;

double seconds_of(SteadyClock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Results of the threads since the last report.
class Tally {
 public:
  void add(const Result<std::optional<Item>>& got, SteadyClock::duration took) {
    const std::lock_guard lock(mutex_);
    longest_ = std::max(longest_, took);
    if (!got) {
      ++errors_;
      error_ = got.error().text;
    } else {
      ++(*got ? hits_ : misses_);
    }
  }
  void add_failure(const Error& error) {
    const std::lock_guard lock(mutex_);
    ++errors_;
    error_ = error.text;
  }
  nlohmann::json take() {
    const std::lock_guard lock(mutex_);
    nlohmann::json line = {{"hits", std::exchange(hits_, 0)},
                           {"misses", std::exchange(misses_, 0)},
                           {"errors", std::exchange(errors_, 0)},
                           {"error", std::exchange(error_, "")},
                           {"longest", seconds_of(std::exchange(longest_, {}))}};
    line["at"] = seconds_of(SteadyClock::now().time_since_epoch());
    return line;
  }

 private:
  std::mutex mutex_;
  uint64_t hits_ = 0, misses_ = 0, errors_ = 0;
  std::string error_;
  SteadyClock::duration longest_{0};
};

std::string key_of(uint64_t number) { return "steady:" + std::to_string(number); }

void ask(Client& client, uint64_t number, Tally& tally) {
  const std::string key = key_of(number);
  const auto begin = SteadyClock::now();
  const auto got = client.get(key);
  tally.add(got, SteadyClock::now() - begin);
  if (!got || *got) return;
  const auto stored = client.set(key, std::string(100, 'v'));
  if (!stored) tally.add_failure(stored.error());
}

void work(Client& client, uint64_t keys, double per_second, const std::atomic<bool>& is_over,
          uint64_t seed, Tally& tally) {
  std::mt19937_64 random(seed);
  const auto pause = std::chrono::duration_cast<SteadyClock::duration>(
      std::chrono::duration<double>(1 / per_second));
  auto due = SteadyClock::now();
  while (!is_over.load()) {
    ask(client, random() % keys, tally);
    due = std::max(due + pause, SteadyClock::now() - pause);
    std::this_thread::sleep_until(due);
  }
}

bool has_ended(int fd) {
  pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
  char byte;
  return ::poll(&polled, 1, 0) > 0 && ::read(fd, &byte, 1) <= 0;
}

int run(Client& client, uint64_t keys, double rate) {
  Tally tally;
  for (int pass = 0; pass < 2; ++pass) {
    tally.take();
    for (uint64_t number = 0; number < keys; ++number) ask(client, number, tally);
  }
  BackgroundPoller poller(client, kPollInterval);
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back(
        [&, i] { work(client, keys, rate / kThreads, is_over, static_cast<uint64_t>(i), tally); });
  }
  while (!has_ended(STDIN_FILENO)) {
    nlohmann::json line = tally.take();
    line["version"] = client.cluster_version();
    std::puts(line.dump().c_str());
    std::fflush(stdout);
    std::this_thread::sleep_for(kReportInterval);
  }
  is_over.store(true);
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int end_with(const Error& error) {
  std::fprintf(stderr, "larder-steady: %s\n", error.text.c_str());
  return 1;
}

}  // namespace
}  // namespace larder::client

int main(int count, char** words) {
  namespace lc = larder::client;
  if (count < 7) {
    std::fprintf(stderr,
                 "usage: larder-steady RING KEYS RATE CONNECT_TIMEOUT REQUEST_TIMEOUT "
                 "HOST:PORT...\n");
    return 64;
  }
  lc::Options options{.health = {.backoff_min = std::chrono::milliseconds(500),
                                 .backoff_max = std::chrono::milliseconds(2000)},
                      .discovery = lc::DiscoveryOptions{},
                      .connect_timeout = std::chrono::milliseconds(std::atoi(words[4])),
                      .request_timeout = std::chrono::milliseconds(std::atoi(words[5]))};
  options.ring = lc::ring_kind_of(words[1]).value();
  for (int i = 6; i < count; ++i) {
    const auto address = lc::parse_address(words[i]);
    if (!address) return lc::end_with(address.error());
    options.nodes.push_back({.address = *address});
  }
  const auto client = lc::Client::make(options);
  if (!client) return lc::end_with(client.error());
  return lc::run(**client, std::strtoull(words[2], nullptr, 10), std::atof(words[3]));
}
