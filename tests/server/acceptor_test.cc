#include "server/acceptor.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

// An acceptor on the loopback with one worker, which is this test.
struct Fixture {
  explicit Fixture(const AcceptLimits& limits)
      : dispatcher({{&inbox, &connection_count}}),
        acceptor(loop, dispatcher, bound_on_loopback(), limits) {
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

  // Turns until `wanted` sockets have come in all, or patience ends.
  void receive(size_t wanted) {
    bool is_late = false;
    Timer patience;
    patience.start_once(
        loop, support::kPatienceMilliseconds,
        [](void* late) noexcept { *static_cast<bool*>(late) = true; }, &is_late);
    while (received.size() < wanted && !is_late && loop.run_turn()) {
      std::vector<AcceptedSocket> some;
      std::vector<LoginAnswer> answers;
      std::vector<void*> departed;
      inbox.drain(some, answers, departed);
      for (AcceptedSocket& socket : some) received.push_back(std::move(socket));
    }
    REQUIRE(received.size() == wanted);
  }

  void close_one() {
    received.pop_back();
    connection_count.fetch_sub(1);
    acceptor.connection_closed();
  }

  EventLoop loop;
  Inbox inbox;
  std::atomic<uint32_t> connection_count{0};
  Dispatcher dispatcher;
  Acceptor acceptor;
  std::vector<AcceptedSocket> received;
};

TEST_CASE("accepted sockets do not block and say where they come from") {
  Fixture fixture({.connection_count_max = 10});
  const base::UniqueFd client = fixture.connect();
  fixture.receive(1);
  const AcceptedSocket& socket = fixture.received[0];
  CHECK(socket.transport == Transport::Tcp);
  CHECK(socket.protocol == WireProtocol::Ascii);
  CHECK(socket.listener_index == 0);
  CHECK((::fcntl(socket.fd.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(socket.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  support::send_text(client, "x");
  CHECK(fixture.connection_count == 1);
  CHECK(fixture.acceptor.counters().accepted_connections.get() == 1);
}

TEST_CASE("more clients than one turn accepts are all accepted") {
  constexpr size_t kCount = Acceptor::kAcceptsPerTurnMax + 36;
  Fixture fixture({.connection_count_max = 200});
  std::vector<base::UniqueFd> clients;
  for (size_t count = 0; count < kCount; ++count) clients.push_back(fixture.connect());
  fixture.receive(kCount);
  CHECK(fixture.connection_count == kCount);
}

TEST_CASE("a client over the limit is told so and closed") {
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
  CHECK(fixture.acceptor.is_accepting());
  CHECK(fixture.acceptor.counters().listen_disabled_num.get() == 0);

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
  CHECK_FALSE(fixture.acceptor.is_accepting());
  CHECK(fixture.acceptor.counters().listen_disabled_num.get() == 1);
  CHECK(fixture.acceptor.counters().time_in_listen_disabled_us.get() == 0);
  CHECK(fixture.connection_count == 1);

  fixture.close_one();
  fixture.receive(1);
  CHECK(fixture.acceptor.counters().time_in_listen_disabled_us.get() > 0);
  CHECK(fixture.acceptor.counters().rejected_connections.get() == 0);
  CHECK(fixture.acceptor.counters().accepted_connections.get() == 2);
  // At the limit again, but nobody waits.
  CHECK(fixture.acceptor.is_accepting());
  CHECK(fixture.acceptor.counters().listen_disabled_num.get() == 1);
}

// Leaves the process no descriptor to open while it lives.
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

TEST_CASE("without descriptors accepting pauses and does not spin") {
  Fixture fixture({.connection_count_max = 100});
  const base::UniqueFd client = fixture.connect();
  int turns = 0;
  bool was_accepting = true;  // checked below: a sanitizer needs a descriptor to look at a check
  {
    const NoDescriptorsLeft exhausted;
    fixture.loop.run_turn();
    was_accepting = fixture.acceptor.is_accepting();
    bool is_over = false;
    Timer watched_time;
    watched_time.start_once(
        fixture.loop, 6 * Acceptor::kRetryMilliseconds,
        [](void* over) noexcept { *static_cast<bool*>(over) = true; }, &is_over);
    while (!is_over && fixture.loop.run_turn()) ++turns;
  }
  CHECK_FALSE(was_accepting);
  CHECK(turns <= 20);  // two per retry, and slack
  CHECK(fixture.acceptor.counters().listen_disabled_num.get() >= 2);
  fixture.receive(1);
  CHECK(fixture.acceptor.is_accepting());
}

TEST_CASE("a worker that does not drain its inbox pauses accepting") {
  Fixture fixture({.connection_count_max = 10'000});
  while (fixture.inbox.push({})) {
  }
  const base::UniqueFd client = fixture.connect();
  fixture.loop.run_turn();
  CHECK_FALSE(fixture.acceptor.is_accepting());
  std::vector<AcceptedSocket> drained;
  std::vector<LoginAnswer> answers;
  std::vector<void*> departed;
  fixture.inbox.drain(drained, answers, departed);
  fixture.receive(1);
}

TEST_CASE("after stop clients are refused") {
  Fixture fixture({.connection_count_max = 10});
  const uint16_t port = fixture.acceptor.listeners()[0].port();
  fixture.acceptor.stop();
  CHECK_FALSE(support::connect_tcp(port));
}

}  // namespace
}  // namespace larder::server
