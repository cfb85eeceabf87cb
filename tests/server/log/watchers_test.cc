#include "server/log/watchers.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "server/log/watch_line.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

using protocol::watch::kDeletions;
using protocol::watch::kFetchers;

template <class Claim>
bool becomes(Claim claim) {
  for (int i = 0; i < support::kPatienceMilliseconds; ++i) {
    if (claim()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// A watcher and the data it has read.  Must outlive the Watchers, which report to it that it has
// left.
struct Reader {
  support::SocketPair sockets = support::socket_pair();
  std::atomic<int> left{0};
  std::string unread;

  Watchers::Outcome join(Watchers& watchers, uint16_t streams) {
    return watchers.add(sockets.ours.get(), streams, [this] { ++left; });
  }
  std::string line() {
    size_t end;
    while ((end = unread.find('\n')) == std::string::npos) {
      pollfd waited{sockets.theirs.get(), POLLIN, 0};
      if (::poll(&waited, 1, support::kPatienceMilliseconds) != 1) return "<nothing comes>";
      char bytes[4096];
      const ssize_t size = ::read(sockets.theirs.get(), bytes, sizeof bytes);
      if (size <= 0) return "<the end>";
      unread.append(bytes, static_cast<size_t>(size));
    }
    const std::string line = unread.substr(0, end);
    unread.erase(0, end + 1);
    return line;
  }
  // The key of the next line, or the whole of it.
  std::string key() {
    const std::string whole = line();
    const size_t begin = whole.find("key=");
    if (begin == std::string::npos) return whole;
    return whole.substr(begin + 4, whole.find(' ', begin) - begin - 4);
  }
};

WatchRecord record_of(Watchers& watchers, WatchKind kind = WatchKind::ItemGet) {
  return {.gid = watchers.next_gid(), .kind = kind};
}

TEST_CASE("a watcher receives OK and then the events of its streams") {
  Reader fetcher;
  Reader deleter;
  Watchers watchers{LogOptions{}};
  WatchRing& ring = watchers.make_ring();
  CHECK(watchers.streams() == 0);
  REQUIRE(fetcher.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(fetcher.line() == "OK\r");
  CHECK(watchers.streams() == kFetchers);
  ring.push(record_of(watchers), "before");
  CHECK(fetcher.key() == "before");

  REQUIRE(deleter.join(watchers, kDeletions) == Watchers::Outcome::Added);
  CHECK(deleter.line() == "OK\r");
  CHECK(watchers.streams() == (kFetchers | kDeletions));
  ring.push(record_of(watchers), "looked_at");
  ring.push(record_of(watchers, WatchKind::Deletion), "deleted");
  CHECK(fetcher.key() == "looked_at");
  CHECK(deleter.key() == "deleted");

  const WatchTotals totals = watchers.totals();
  CHECK(totals.watcher_count == 2);
  CHECK(totals.worker_written == 3);
  CHECK(totals.worker_dropped == 0);
  CHECK(totals.watcher_sent == 3);
  CHECK(totals.watcher_skipped == 0);
}

TEST_CASE("a watcher receives no events from before its start") {
  Reader first;
  Reader second;
  Watchers watchers{LogOptions{}};
  WatchRing& ring = watchers.make_ring();
  REQUIRE(first.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(first.line() == "OK\r");
  WatchRecord late = record_of(watchers);  // begun before the second came, written after
  REQUIRE(second.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(second.line() == "OK\r");
  ring.push(late, "late");
  ring.push(record_of(watchers), "after");
  CHECK(first.key() == "late");
  CHECK(first.key() == "after");
  CHECK(second.key() == "after");
}

TEST_CASE("records of several rings are ordered by gid") {
  Reader reader;
  Watchers watchers{LogOptions{}};
  WatchRing& one = watchers.make_ring();
  WatchRing& two = watchers.make_ring();
  REQUIRE(reader.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(reader.line() == "OK\r");
  // The second may have been delivered before the first was written; no other reordering is
  // possible.
  const WatchRecord first = record_of(watchers);
  const WatchRecord second = record_of(watchers);
  const WatchRecord third = record_of(watchers);
  two.push(second, "second");
  one.push(first, "first");
  one.push(third, "third");
  std::string order;
  for (int i = 0; i < 3; ++i) order += reader.key() + " ";
  CHECK((order == "first second third " || order == "second first third "));

  WatchRing& made_later = watchers.make_ring();
  made_later.push(record_of(watchers), "fourth");
  CHECK(reader.key() == "fourth");
}

TEST_CASE("a watcher that has left is returned and receives nothing more") {
  Reader stays;
  Reader goes;
  Watchers watchers{LogOptions{}};
  WatchRing& ring = watchers.make_ring();
  REQUIRE(stays.join(watchers, kDeletions) == Watchers::Outcome::Added);
  REQUIRE(goes.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(goes.line() == "OK\r");
  SECTION("by closing its connection") { goes.sockets.theirs.reset(); }
  SECTION("by shutting down its sending side") { ::shutdown(goes.sockets.theirs.get(), SHUT_WR); }
  SECTION("while there are events to send") {
    goes.sockets.theirs.reset();
    for (int i = 0; i < 100; ++i) ring.push(record_of(watchers), "unheard");
  }
  REQUIRE(becomes([&] { return goes.left == 1; }));
  CHECK(becomes([&] { return watchers.streams() == kDeletions; }));
  CHECK(watchers.totals().watcher_count == 1);
  CHECK(stays.left == 0);
  ring.push(record_of(watchers, WatchKind::Deletion), "still_told");
  CHECK(stays.line() == "OK\r");
  CHECK(stays.key() == "still_told");
}

TEST_CASE("there is room for twenty watchers, and for another one after one has left") {
  std::vector<Reader> readers(Watchers::kCountMax + 1);
  Watchers watchers{LogOptions{}};
  for (size_t i = 0; i < Watchers::kCountMax; ++i) {
    REQUIRE(readers[i].join(watchers, kFetchers) == Watchers::Outcome::Added);
  }
  Reader& last = readers.back();
  CHECK(last.join(watchers, kFetchers) == Watchers::Outcome::TooMany);
  readers[7].sockets.theirs.reset();
  REQUIRE(becomes([&] { return watchers.totals().watcher_count == Watchers::kCountMax - 1; }));
  CHECK(last.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(last.line() == "OK\r");
}

TEST_CASE("a watcher that does not read misses lines, gets their number, and delays no other") {
  Reader stalled;
  Reader reader;
  LogOptions options;
  options.watcher_log_bytes_max = 8192;
  Watchers watchers{options};
  WatchRing& ring = watchers.make_ring();
  const int size = 4096;
  ::setsockopt(stalled.sockets.ours.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  REQUIRE(stalled.join(watchers, kFetchers) == Watchers::Outcome::Added);
  REQUIRE(reader.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(reader.line() == "OK\r");
  constexpr int kCount = 2000;
  const std::string key(100, 'k');
  for (int i = 0; i < kCount; ++i) {
    ring.push(record_of(watchers), key);
    REQUIRE(reader.key() == key);
  }
  const uint64_t skipped = watchers.totals().watcher_skipped;
  CHECK(skipped > 0);
  CHECK(watchers.totals().watcher_sent == 2 * kCount - skipped);

  // Now it reads.
  CHECK(stalled.line() == "OK\r");
  uint64_t heard = 0;
  uint64_t told = 0;
  while (heard + told < kCount) {
    const std::string line = stalled.line();
    REQUIRE(line[0] != '<');
    if (line.starts_with("skipped=")) {
      told += std::stoull(line.substr(8));
    } else {
      ++heard;
    }
  }
  CHECK(told == skipped);
  CHECK(heard == kCount - skipped);
  ring.push(record_of(watchers), "again");
  CHECK(stalled.key() == "again");
}

TEST_CASE("a full ring loses only lines") {
  Reader reader;
  LogOptions options;
  options.worker_log_bytes_max = 4096;
  Watchers watchers{options};
  WatchRing& ring = watchers.make_ring();
  REQUIRE(reader.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(reader.line() == "OK\r");
  for (int i = 0; i < 100'000; ++i) ring.push(record_of(watchers), "k");
  CHECK(becomes([&] {
    const WatchTotals totals = watchers.totals();
    return totals.watcher_sent + totals.watcher_skipped == totals.worker_written;
  }));
  const WatchTotals totals = watchers.totals();
  CHECK(totals.worker_dropped > 0);
  CHECK(totals.worker_written + totals.worker_dropped == 100'000);
}

TEST_CASE("after a stop everything written has been sent and no watcher can join") {
  Reader reader;
  Reader late;
  Watchers watchers{LogOptions{}};
  WatchRing& ring = watchers.make_ring();
  REQUIRE(reader.join(watchers, kFetchers) == Watchers::Outcome::Added);
  CHECK(reader.line() == "OK\r");
  ring.push(record_of(watchers), "last");
  watchers.stop();
  CHECK(watchers.streams() == 0);
  CHECK(watchers.totals().watcher_count == 0);
  CHECK(reader.left == 0);
  CHECK(reader.key() == "last");
  CHECK(late.join(watchers, kFetchers) == Watchers::Outcome::Failed);
  watchers.stop();
}

}  // namespace
}  // namespace larder::server
