#include "server/worker/acceptor.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

// An acceptor on the loopback interface; the test is its only worker.
struct Fixture {
  explicit Fixture(const AcceptLimits& limits)
      : gate(limits),
        acceptor(loop, gate, dispatcher, bound_on_loopback(), 0,
                 [this](AcceptedSocket socket) { received.push_back(std::move(socket)); }) {
    dispatcher.add({&inbox, &connection_count});
    acceptor.start();
  }
  ~Fixture() { acceptor.stop(); }

  static std::vector<Listener> bound_on_loopback() {
    auto bound = Listener::bind_tcp({"127.0.0.1", 0, WireProtocol::Ascii}, 256);
    REQUIRE(bound);
    return std::move(*bound);
  }

  base::UniqueFd connect() {
    base::UniqueFd client = support::connect_tcp(acceptor.listeners()[0].port());
    REQUIRE(client);
    return client;
  }

  // Runs turns until `wanted` sockets have arrived in total, or a timeout.
  void receive(size_t wanted) {
    bool is_late = false;
    Timer patience;
    patience.start_once(
        loop, support::kPatienceMilliseconds,
        [](void* late) noexcept { *static_cast<bool*>(late) = true; }, &is_late);
    while (received.size() < wanted && !is_late && loop.run_turn()) {
    }
    REQUIRE(received.size() == wanted);
  }

  void close_one() {
    received.pop_back();
    connection_count.fetch_sub(1);
    gate.depart();
  }

  EventLoop loop;
  Inbox inbox;
  std::atomic<uint32_t> connection_count{0};
  AcceptGate gate;
  Dispatcher dispatcher;
  Acceptor acceptor;
  std::vector<AcceptedSocket> received;
};

TEST_CASE("accepted sockets are non-blocking and have their peer's address") {
  Fixture fixture({.connection_count_max = 10});
  const base::UniqueFd client = fixture.connect();
  fixture.receive(1);
  const AcceptedSocket& socket = fixture.received[0];
  CHECK(socket.transport == Transport::Tcp);
  CHECK(socket.protocol == WireProtocol::Ascii);
  CHECK((::fcntl(socket.fd.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(socket.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  support::send_text(client, "x");
  CHECK(fixture.connection_count == 1);
  CHECK(fixture.acceptor.counters().accepted_connections.get() == 1);
}

TEST_CASE("a turn accepts a batch and later turns the rest") {
  constexpr size_t kCount = 5;
  Fixture fixture({.connection_count_max = 200});
  std::vector<base::UniqueFd> clients;
  for (size_t count = 0; count < kCount; ++count) clients.push_back(fixture.connect());
  fixture.loop.run_turn();
  CHECK(fixture.received.size() == 1);
  fixture.acceptor.set_batch(3);
  fixture.loop.run_turn();
  CHECK(fixture.received.size() == 4);
  fixture.loop.run_turn();
  CHECK(fixture.received.size() == kCount);
  CHECK(fixture.connection_count == kCount);
  CHECK(fixture.gate.connection_count() == kCount);
  fixture.acceptor.set_batch(0);
  clients.push_back(fixture.connect());
  fixture.receive(kCount + 1);
}

TEST_CASE("a client over the limit gets an error and is closed") {
  Fixture fixture({.connection_count_max = 2, .refuses_excess_connections = true});
  const base::UniqueFd one = fixture.connect();
  const base::UniqueFd two = fixture.connect();
  fixture.receive(2);
  const base::UniqueFd three = fixture.connect();
  while (fixture.acceptor.counters().rejected_connections.get() == 0) {
    REQUIRE(fixture.loop.run_turn());
  }
  CHECK(support::read_to_end(three) == "ERROR Too many open connections\r\n");
  CHECK(fixture.connection_count == 2);
  CHECK(fixture.gate.is_accepting());
  CHECK(fixture.gate.pause_count() == 0);

  fixture.close_one();
  const base::UniqueFd four = fixture.connect();
  fixture.receive(2);
  CHECK(fixture.acceptor.counters().rejected_connections.get() == 1);
}

TEST_CASE("a client over the limit waits until another one closes") {
  Fixture fixture({.connection_count_max = 1, .refuses_excess_connections = false});
  const base::UniqueFd one = fixture.connect();
  const base::UniqueFd two = fixture.connect();
  fixture.receive(1);
  for (int turns = 0; turns < 3; ++turns) fixture.loop.run_turn();
  CHECK_FALSE(fixture.gate.is_accepting());
  CHECK(fixture.gate.pause_count() == 1);
  const uint64_t paused_us = fixture.gate.paused_us();
  ::usleep(2000);
  CHECK(fixture.gate.paused_us() >= paused_us + 2000);
  CHECK(fixture.connection_count == 1);

  fixture.close_one();
  fixture.receive(1);
  CHECK(fixture.gate.paused_us() >= paused_us + 2000);
  CHECK(fixture.acceptor.counters().rejected_connections.get() == 0);
  CHECK(fixture.acceptor.counters().accepted_connections.get() == 2);
  // At the limit again, but no client waits.
  CHECK(fixture.gate.is_accepting());
  CHECK(fixture.gate.pause_count() == 1);
}

// Uses up all descriptors of the process as long as it exists.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const base::UniqueFd lowest_free(::dup(STDERR_FILENO));
    const rlimit none{static_cast<rlim_t>(lowest_free.get()), before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("without free descriptors accepting pauses and does not spin") {
  Fixture fixture({.connection_count_max = 100});
  const base::UniqueFd client = fixture.connect();
  int turns = 0;
  bool was_accepting = true;  // checked below: a sanitizer needs a descriptor to look at a check
  {
    const NoDescriptorsLeft exhausted;
    fixture.loop.run_turn();
    was_accepting = fixture.gate.is_accepting();
    bool is_over = false;
    Timer watched_time;
    watched_time.start_once(
        fixture.loop, 6 * Acceptor::kRetryMilliseconds,
        [](void* over) noexcept { *static_cast<bool*>(over) = true; }, &is_over);
    while (!is_over && fixture.loop.run_turn()) ++turns;
  }
  CHECK_FALSE(was_accepting);
  CHECK(turns <= 20);  // two per retry, and slack
  CHECK(fixture.gate.pause_count() >= 2);
  fixture.receive(1);
  CHECK(fixture.gate.is_accepting());
}

TEST_CASE("a socket for another worker is put into its inbox") {
  Fixture fixture({.connection_count_max = 10});
  Inbox other;
  std::atomic<uint32_t> others_count{0};
  fixture.dispatcher.add({&other, &others_count});
  const base::UniqueFd one = fixture.connect();
  const base::UniqueFd two = fixture.connect();
  fixture.receive(1);
  fixture.loop.run_turn();
  CHECK(fixture.connection_count == 1);
  CHECK(others_count == 1);
  InboxContents arrived;
  other.drain(arrived);
  CHECK(arrived.sockets.size() == 1);
  CHECK(fixture.acceptor.counters().accepted_connections.get() == 2);
}

TEST_CASE("an acceptor that stops while it is paused no longer counts as paused") {
  Fixture fixture({.connection_count_max = 1, .refuses_excess_connections = false});
  const base::UniqueFd one = fixture.connect();
  const base::UniqueFd two = fixture.connect();
  fixture.receive(1);
  fixture.loop.run_turn();
  REQUIRE_FALSE(fixture.gate.is_accepting());
  fixture.acceptor.stop();
  CHECK(fixture.gate.is_accepting());
  fixture.gate.depart();
}

TEST_CASE("after a stop clients are refused") {
  Fixture fixture({.connection_count_max = 10});
  const uint16_t port = fixture.acceptor.listeners()[0].port();
  fixture.acceptor.stop();
  CHECK_FALSE(support::connect_tcp(port));
}

}  // namespace
}  // namespace larder::server
