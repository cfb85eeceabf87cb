// A worker's thread, from handing it connections to the end of both.
//
// Threads: the test's and the worker's; what they share is what a server's threads share.
#include "server/worker/worker.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/server.h"
#include "tests/server/options/command_lines.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

struct WorkerFixture {
  explicit WorkerFixture(const std::string& command_line = "")
      : options(options_of(command_line)), store(store_options(options)), admin(options) {
    worker = std::make_unique<Worker>(Worker::Context{3,
                                                      options,
                                                      clock_driver,
                                                      store,
                                                      admin,
                                                      authentication,
                                                      log,
                                                      watchers,
                                                      gate,
                                                      dispatcher,
                                                      {},
                                                      {}});
    admin.open({.options = options,
                .clock = clock,
                .clock_driver = clock_driver,
                .store = store,
                .log = log,
                .discovery = discovery,
                .workers = {&worker->counters()},
                .connections = {&worker->connections()},
                .accept_totals =
                    [this] {
                      const std::lock_guard lock(holds_up);
                      return AcceptTotals{};
                    },
                .log_totals = [this] { return watchers.totals(); },
                .listening_sockets = [] { return std::vector<ListeningSocket>{}; },
                .request_stop = [](bool) {},
                .request_drain = [] {},
                .reload_files = [] { return base::Outcome(base::Done{}); },
                .event_library_version = "2"});
  }
  ~WorkerFixture() {
    watchers.stop();
    worker->request_stop();
    worker->join();
  }

  // As the dispatcher does; the client's end.
  base::UniqueFd hand_over(Transport transport = Transport::Tcp) {
    support::SocketPair pair = support::socket_pair();
    ++worker->connection_count();
    ASSERT(gate.admit());
    ++admitted_count;
    ASSERT(worker->inbox().push({.fd = std::move(pair.ours), .transport = transport}));
    return std::move(pair.theirs);
  }

  uint32_t closed_count() const { return admitted_count - gate.connection_count(); }

  // Waits until it is so, long before giving up.
  template <class Claim>
  static bool becomes(Claim claim) {
    for (int i = 0; i < support::kPatienceMilliseconds; ++i) {
      if (claim()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  // Reads as many bytes as are expected.
  static std::string receive(const base::UniqueFd& fd, size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      pollfd waited{fd.get(), POLLIN, 0};
      if (::poll(&waited, 1, support::kPatienceMilliseconds) != 1) return bytes + "<nothing comes>";
      std::string some(size - bytes.size(), '\0');
      const ssize_t got = ::read(fd.get(), some.data(), some.size());
      if (got <= 0) return bytes + "<the end>";
      bytes += some.substr(0, static_cast<size_t>(got));
    }
    return bytes;
  }

  std::mutex holds_up;  // whoever asks for `stats`
  const Options options;
  base::Clock clock{1'700'000'000};
  ClockDriver clock_driver{clock, start_moment_now()};
  slab::Store store;
  Log log;  // writes nothing
  Discovery discovery{options, clock, log};
  Admin admin;
  Authentication authentication;
  Watchers watchers{options};
  AcceptGate gate{AcceptLimits{}};
  Dispatcher dispatcher;
  uint32_t admitted_count = 0;
  std::unique_ptr<Worker> worker;
};

TEST_CASE("a worker that never starts releases everything") { WorkerFixture fixture; }

TEST_CASE("a worker can be told to stop before it starts") {
  WorkerFixture fixture;
  fixture.worker->request_stop();
  fixture.worker->start();
  fixture.worker->join();
  CHECK(fixture.worker->connections().size() == 0);
}

TEST_CASE("a worker ticks while idle, and not while a request blocks it") {
  WorkerFixture fixture;
  const auto ticks_again = [&] {
    const int64_t ticked_at_us = fixture.worker->ticked_at_us();
    return WorkerFixture::becomes([&] { return fixture.worker->ticked_at_us() > ticked_at_us; });
  };
  fixture.worker->start();
  CHECK(ticks_again());
  CHECK(ticks_again());
  const base::UniqueFd client = fixture.hand_over();
  {
    const std::unique_lock lock(fixture.holds_up);
    support::send_text(client, "version\r\n");
    CHECK(WorkerFixture::receive(client, 16) == "VERSION 1.6.45\r\n");
    support::send_text(client, "stats\r\n");
    // When it has read them it is in them, or soon will be.
    REQUIRE(WorkerFixture::becomes(
        [&] { return fixture.worker->counters().bytes_read.get() >= 9 + 7; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const int64_t ticked_at_us = fixture.worker->ticked_at_us();
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    CHECK(fixture.worker->ticked_at_us() == ticked_at_us);
  }
  CHECK(ticks_again());
}

TEST_CASE("connections are served whether they arrive before the start or after") {
  WorkerFixture fixture;
  const base::UniqueFd before = fixture.hand_over();
  fixture.worker->start();
  const base::UniqueFd after = fixture.hand_over();
  for (const base::UniqueFd* fd : {&before, &after}) {
    support::send_text(*fd, "version\r\n");
    CHECK(WorkerFixture::receive(*fd, 16) == "VERSION 1.6.45\r\n");
  }
  CHECK(fixture.worker->connections().size() == 2);
  CHECK(fixture.worker->counters().bytes_read.get() == 18);
  CHECK(
      WorkerFixture::becomes([&] { return fixture.worker->counters().bytes_written.get() == 32; }));
}

TEST_CASE("a closed connection is removed from the count and reported") {
  WorkerFixture fixture;
  fixture.worker->start();
  base::UniqueFd first = fixture.hand_over();
  const base::UniqueFd second = fixture.hand_over();
  support::send_text(second, "version\r\n");
  WorkerFixture::receive(second, 16);
  CHECK(fixture.worker->connection_count() == 2);
  first.reset();
  CHECK(WorkerFixture::becomes([&] { return fixture.closed_count() == 1; }));
  CHECK(fixture.worker->connection_count() == 1);
  CHECK(fixture.worker->connections().size() == 1);
  support::send_text(second, "quit\r\n");
  CHECK(support::read_to_end(second) == "");
  CHECK(WorkerFixture::becomes([&] { return fixture.closed_count() == 2; }));
  CHECK(fixture.worker->connection_count() == 0);
}

TEST_CASE("only a client that is idle for too long is closed") {
  WorkerFixture fixture("-o idle_timeout=5");
  fixture.worker->start();
  const base::UniqueFd idle = fixture.hand_over();
  const base::UniqueFd local = fixture.hand_over(Transport::Unix);
  const base::UniqueFd active = fixture.hand_over();
  const base::UniqueFd uploading = fixture.hand_over();
  const base::UniqueFd waiting = fixture.hand_over();
  support::send_text(uploading, "set large 0 0 100000\r\n");
  support::send_text(waiting, "set small 0 0 10\r\n");
  CHECK(WorkerFixture::becomes(
      [&] { return fixture.worker->counters().bytes_read.get() == 22 + 18; }));

  fixture.clock.tick(base::Clock::kStartSeconds + 5);
  support::send_text(active, "version\r\n");
  CHECK(WorkerFixture::receive(active, 16) == "VERSION 1.6.45\r\n");
  CHECK(fixture.closed_count() == 0);
  fixture.clock.tick(base::Clock::kStartSeconds + 6);
  CHECK(support::read_to_end(idle) == "");
  CHECK(WorkerFixture::becomes([&] { return fixture.closed_count() == 1; }));
  CHECK(fixture.worker->counters().idle_kicks.get() == 1);

  fixture.clock.tick(base::Clock::kStartSeconds + 100);
  CHECK(support::read_to_end(active) == "");
  CHECK(WorkerFixture::becomes([&] { return fixture.closed_count() == 2; }));
  support::send_text(waiting, "0123456789\r\n");
  CHECK(WorkerFixture::receive(waiting, 8) == "STORED\r\n");
  support::send_text(uploading, std::string(100'000, 'v') + "\r\n");
  CHECK(WorkerFixture::receive(uploading, 8) == "STORED\r\n");
  support::send_text(local, "version\r\n");
  CHECK(WorkerFixture::receive(local, 16) == "VERSION 1.6.45\r\n");
}

TEST_CASE("only a client that does not read its dump is closed") {
  WorkerFixture fixture;
  fixture.worker->start();
  const base::UniqueFd writer = fixture.hand_over();
  const std::string value(20, 'v');
  for (int batch = 0; batch < 500; ++batch) {
    std::string sets;
    for (int i = 0; i < 100; ++i) {
      sets += "set key" + std::to_string(batch * 100 + i) + " 0 0 20 noreply\r\n" + value + "\r\n";
    }
    support::send_text(writer, sets + "version\r\n");
    REQUIRE(WorkerFixture::receive(writer, 16) == "VERSION 1.6.45\r\n");
  }

  const base::UniqueFd stalled = fixture.hand_over();
  const base::UniqueFd slow = fixture.hand_over();
  const uint64_t written_before = fixture.worker->counters().bytes_written.get();
  support::send_text(stalled, "lru_crawler metadump all\r\n");
  support::send_text(slow, "lru_crawler metadump all\r\n");
  const auto is_blocked = [&, last = written_before]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const uint64_t before = std::exchange(last, fixture.worker->counters().bytes_written.get());
    return last > written_before && last == before;
  };
  REQUIRE(WorkerFixture::becomes(is_blocked));

  fixture.clock.tick(base::Clock::kStartSeconds + kDumpPatienceSeconds);
  CHECK(WorkerFixture::receive(slow, 500'000).starts_with("OK\r\nkey="));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // it looks once a second
  CHECK(fixture.closed_count() == 0);
  fixture.clock.tick(base::Clock::kStartSeconds + kDumpPatienceSeconds + 1);
  CHECK(WorkerFixture::becomes([&] { return fixture.closed_count() == 1; }));
  std::string rest;
  while (!rest.ends_with("END\r\n")) {
    const std::string some = WorkerFixture::receive(slow, 1);
    REQUIRE(some.size() == 1);
    rest += some;
  }
  CHECK(
      WorkerFixture::becomes([&] { return fixture.worker->counters().backlog_bytes.get() == 0; }));
}

TEST_CASE("a stopping worker closes every connection and ends") {
  WorkerFixture fixture;
  fixture.worker->start();
  std::vector<base::UniqueFd> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(fixture.hand_over());
  support::send_text(clients[0], "set k 0 0 100000\r\nhalf of it");
  support::send_text(clients[1], "get k");
  fixture.worker->request_stop();
  fixture.worker->join();
  CHECK(fixture.closed_count() == 20);
  CHECK(fixture.worker->connection_count() == 0);
  for (const base::UniqueFd& client : clients) CHECK(support::read_to_end(client) == "");
  CHECK(fixture.worker->counters().tail_bytes.get() == 0);
  CHECK(fixture.worker->counters().tail_count.get() == 0);
  fixture.store.verify();
}

TEST_CASE("a stopping worker sends pending replies to clients that read") {
  WorkerFixture fixture;
  const std::string value(900'000, 'v');
  const std::string expected = "VALUE k 0 900000\r\n" + value + "\r\nEND\r\n";
  const base::UniqueFd reader = fixture.hand_over();
  const base::UniqueFd sleeper = fixture.hand_over();
  fixture.worker->start();
  const std::string request = "set k 0 0 900000\r\n" + value + "\r\n";
  for (std::string_view rest = request; !rest.empty();) {
    const ssize_t size = ::send(reader.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (size > 0) rest.remove_prefix(static_cast<size_t>(size));
  }
  REQUIRE(WorkerFixture::receive(reader, 8) == "STORED\r\n");
  support::send_text(reader, "get k\r\n");
  support::send_text(sleeper, "get k\r\n");
  const auto owed = [&] { return fixture.worker->counters().backlog_bytes.get(); };
  REQUIRE(WorkerFixture::becomes([&] { return owed() > 900'000; }));
  fixture.worker->request_stop();
  CHECK((support::read_to_end(reader) == expected));
  fixture.worker->join();
  CHECK(owed() == 0);
  CHECK(fixture.closed_count() == 2);
}

TEST_CASE("the thread of a worker has a name") {
  WorkerFixture fixture;
  fixture.worker->start();
  const auto is_named = [] {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream file(task.path() / "comm");
      std::string name;
      std::getline(file, name);
      if (name == "worker-3") return true;
    }
    return false;
  };
  CHECK(WorkerFixture::becomes(is_named));
}

}  // namespace
}  // namespace larder::server
