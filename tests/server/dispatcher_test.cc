#include "server/dispatcher.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

namespace larder::server {
namespace {

TEST_CASE("the smallest load is chosen and equals take turns") {
  const std::vector<uint32_t> loads{3, 1, 2, 1};
  CHECK(least_loaded(loads, 0) == 1);
  CHECK(least_loaded(loads, 1) == 1);
  CHECK(least_loaded(loads, 2) == 3);
  CHECK(least_loaded(loads, 3) == 3);
  CHECK(least_loaded(std::vector<uint32_t>{5}, 0) == 0);
}

struct FakeWorkers {
  explicit FakeWorkers(size_t count) : inboxes(count), counts(count) {
    for (size_t index = 0; index < count; ++index)
      doors.push_back({&inboxes[index], &counts[index]});
  }
  std::vector<Inbox> inboxes;
  std::vector<std::atomic<uint32_t>> counts;
  std::vector<WorkerDoor> doors;
};

TEST_CASE("sockets spread over workers and count as connections at once") {
  FakeWorkers workers(3);
  Dispatcher dispatcher(workers.doors);
  for (int count = 0; count < 7; ++count) dispatcher.dispatch({});
  CHECK(dispatcher.connection_count() == 7);
  for (const auto& count : workers.counts) CHECK((count == 2 || count == 3));

  workers.counts[1] = 0;  // its clients have left
  dispatcher.dispatch({});
  dispatcher.dispatch({});
  CHECK(workers.counts[1] == 2);
}

TEST_CASE("a worker with a full inbox is passed over") {
  FakeWorkers workers(2);
  Dispatcher dispatcher(workers.doors);
  while (workers.inboxes[0].push({})) {
  }
  CHECK(dispatcher.has_room());
  dispatcher.dispatch({});
  dispatcher.dispatch({});
  CHECK(workers.counts[0] == 0);
  CHECK(workers.counts[1] == 2);
  while (workers.inboxes[1].push({})) {
  }
  CHECK_FALSE(dispatcher.has_room());
}

}  // namespace
}  // namespace larder::server
