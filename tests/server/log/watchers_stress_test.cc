// Threads write records while watchers connect, read or do not read, and disconnect.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "server/log/watch_writer.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

constexpr int kWriterCount = 2;
constexpr int kWatcherCount = 3;
constexpr int kVisits = 40;

// Writes requested records until the end of the test.
void write_records(Watchers& watchers, const std::string& key, const std::atomic<bool>& is_over) {
  const slab::SizeClasses classes(slab::Options{}, slab::kGranuleShiftMin);
  const slab::ShownClasses shown_classes(classes);
  WatchWriter log(watchers, shown_classes);
  while (!is_over.load()) {
    log.begin_turn();
    for (int i = 0; i < 50; ++i) {
      if (log.wants(protocol::watch::kFetchers)) log.fetched(key, {});
      if (log.wants(protocol::watch::kEvictions)) {
        log.evicted({.key = key,
                     .seconds_left = -1,
                     .idle_seconds = 1,
                     .value_size = 2,
                     .class_id = 3,
                     .was_fetched = false});
      }
    }
    std::this_thread::yield();
  }
}

// The data received by this number of reads.
std::string read_some(const base::UniqueFd& fd, unsigned reads) {
  std::string text;
  for (unsigned i = 0; i < reads; ++i) {
    pollfd waited{fd.get(), POLLIN, 0};
    if (::poll(&waited, 1, support::kPatienceMilliseconds) != 1) return "<nothing comes>";
    char bytes[4096];
    const ssize_t size = ::read(fd.get(), bytes, sizeof bytes);
    if (size > 0) text.append(bytes, static_cast<size_t>(size));
  }
  return text;
}

// The number of complete lines of `type` after the OK; negative if there is anything else.
int count_lines(const std::string& text, const std::string& type) {
  if (text.empty()) return 0;
  if (!text.starts_with("OK\r\n")) return -1;
  int count = 0;
  for (size_t begin = 4, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    const bool is_event = line.starts_with("ts=") && line.find(type) != std::string::npos;
    if (!is_event && !line.starts_with("skipped=")) return -1;
    ++count;
  }
  return count;
}

// Watches, reads a little or nothing, and disconnects.  Returns the result of count_lines().
int visit(Watchers& watchers, bool is_fetcher, unsigned reads) {
  support::SocketPair sockets = support::socket_pair();
  std::atomic<bool> has_left{false};
  const uint16_t streams = is_fetcher ? protocol::watch::kFetchers : protocol::watch::kEvictions;
  const auto outcome = watchers.add(sockets.ours.get(), streams, [&] { has_left.store(true); });
  if (outcome != Watchers::Outcome::Added) return -1;
  const std::string text = read_some(sockets.theirs, reads);
  sockets.theirs.reset();
  // Only then does the descriptor belong to the test again.
  while (!has_left.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return count_lines(text, is_fetcher ? " type=item_get key=key" : " type=eviction key=key");
}

TEST_CASE("watchers may join and leave during heavy logging") {
  LogOptions options;
  options.watcher_log_bytes_max = 8192;
  options.worker_log_bytes_max = 16384;
  Watchers watchers{options};
  std::atomic<bool> is_over{false};
  std::vector<std::thread> writers;
  for (int number = 0; number < kWriterCount; ++number) {
    writers.emplace_back(
        [&, key = "key" + std::to_string(number)] { write_records(watchers, key, is_over); });
  }
  std::atomic<int> line_count{0};
  std::atomic<int> bad_count{0};
  std::vector<std::thread> visitors;
  for (int number = 0; number < kWatcherCount; ++number) {
    visitors.emplace_back([&, number] {
      std::mt19937 random(static_cast<unsigned>(number));
      for (int i = 0; i < kVisits; ++i) {
        const int count = visit(watchers, i % 2 == 0, static_cast<unsigned>(random() % 3));
        (count < 0 ? bad_count : line_count) += count;
      }
    });
  }
  for (std::thread& visitor : visitors) visitor.join();
  is_over.store(true);
  for (std::thread& writer : writers) writer.join();
  CHECK(bad_count == 0);
  CHECK(line_count > 0);
  CHECK(watchers.totals().watcher_count == 0);
  CHECK(watchers.totals().worker_written > 0);
}

}  // namespace
}  // namespace larder::server
