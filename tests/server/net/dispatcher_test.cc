#include "server/net/dispatcher.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

struct FakeWorkers {
  explicit FakeWorkers(size_t count) : inboxes(count), counts(count) {
    for (size_t index = 0; index < count; ++index)
      dispatcher.add({&inboxes[index], &counts[index]});
  }

  // The worker that gets a socket accepted by `home`; the test fails if there is none.
  size_t place_of_next(size_t home) {
    std::vector<uint32_t> before(counts.begin(), counts.end());
    AcceptedSocket socket{support::socket_pair().ours};
    const bool was_handed_over = dispatcher.hand_over(socket, home);
    CHECK(static_cast<bool>(socket.fd) == !was_handed_over);
    for (size_t worker = 0; worker < counts.size(); ++worker) {
      if (counts[worker] == before[worker]) continue;
      CHECK(counts[worker] == before[worker] + 1);
      CHECK(was_handed_over == (worker != home));
      return worker;
    }
    FAIL("counted for no worker");
    return 0;
  }

  std::vector<Inbox> inboxes;
  std::vector<std::atomic<uint32_t>> counts;
  Dispatcher dispatcher;
};

TEST_CASE("a worker keeps its accepted sockets while no other has fewer connections") {
  FakeWorkers workers(3);
  CHECK(workers.place_of_next(1) == 1);
  CHECK(workers.place_of_next(2) == 2);
  CHECK(workers.place_of_next(0) == 0);
  CHECK(workers.place_of_next(2) == 2);
}

TEST_CASE("the worker with the smallest load is chosen, and the next one in order among equals") {
  FakeWorkers workers(4);
  workers.counts[0] = 3;
  workers.counts[1] = 1;
  workers.counts[2] = 2;
  workers.counts[3] = 1;
  CHECK(workers.place_of_next(2) == 3);
  CHECK(workers.place_of_next(0) == 1);
  workers.counts[1] = 0;
  CHECK(workers.place_of_next(3) == 1);
}

TEST_CASE("sockets that one worker accepts are distributed over all") {
  FakeWorkers workers(3);
  for (int count = 0; count < 7; ++count) workers.place_of_next(1);
  CHECK(workers.counts[1] == 3);
  CHECK(workers.counts[0] == 2);
  CHECK(workers.counts[2] == 2);
}

TEST_CASE("a socket that does not fit into an inbox stays with the worker that accepted it") {
  FakeWorkers workers(2);
  workers.counts[0] = 5;
  SECTION("full") {
    while (workers.inboxes[1].push({})) {
    }
  }
  SECTION("closed") { workers.inboxes[1].close(); }
  CHECK(workers.place_of_next(0) == 0);
  CHECK(workers.counts[1] == 0);
}

}  // namespace
}  // namespace larder::server
