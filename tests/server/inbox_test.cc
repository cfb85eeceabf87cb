#include "server/inbox.h"

#include <catch2/catch.hpp>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

AcceptedSocket numbered(base::UniqueFd fd, uint16_t number) {
  return {std::move(fd), Transport::Unix, WireProtocol::Auto, number};
}

TEST_CASE("sockets reach the worker's thread in order") {
  constexpr uint16_t kCount = 500;
  struct Worker {
    EventLoop loop;
    Inbox inbox;
    std::vector<AcceptedSocket> arrived;
    std::vector<LoginAnswer> answers;
    std::vector<void*> departed;
    std::vector<uint16_t> order;
    bool all_readable = true;

    static void on_arrival(void* context) noexcept {
      auto* worker = static_cast<Worker*>(context);
      worker->inbox.drain(worker->arrived, worker->answers, worker->departed);
      for (const AcceptedSocket& socket : worker->arrived) {
        char byte = 0;
        worker->all_readable &= ::read(socket.fd.get(), &byte, 1) == 1 && byte == 'x';
        worker->order.push_back(socket.listener_index);
      }
    }
  } worker;
  worker.inbox.start(worker.loop, Worker::on_arrival, &worker);
  std::thread thread([&] {
    while (worker.order.size() < kCount && worker.loop.run_turn()) {
    }
  });
  bool all_pushed = true;
  for (uint16_t number = 0; number < kCount; ++number) {
    auto pair = support::socket_pair();
    support::send_text(pair.theirs, "x");
    all_pushed &= worker.inbox.push(numbered(std::move(pair.ours), number));
  }
  thread.join();
  CHECK(all_pushed);
  CHECK(worker.all_readable);
  REQUIRE(worker.order.size() == kCount);
  for (uint16_t number = 0; number < kCount; ++number) CHECK(worker.order[number] == number);
}

TEST_CASE("answers and watchers that have gone wake the worker and come in order") {
  struct Worker {
    EventLoop loop;
    Inbox inbox;
    std::string texts;

    static void on_arrival(void* context) noexcept {
      auto* worker = static_cast<Worker*>(context);
      std::vector<AcceptedSocket> sockets;
      std::vector<LoginAnswer> answers;
      std::vector<void*> departed;
      worker->inbox.drain(sockets, answers, departed);
      for (const LoginAnswer& answer : answers) worker->texts += answer.reply.text;
      for (void* connection : departed) worker->texts += *static_cast<const char*>(connection);
    }
  } worker;
  worker.inbox.start(worker.loop, Worker::on_arrival, &worker);
  std::thread service([&] {
    for (const char* text : {"a", "b", "c"}) {
      worker.inbox.push_answer({.connection = nullptr, .reply = {SaslOutcome::Done, text}});
    }
  });
  while (worker.texts.size() < 3 && worker.loop.run_turn()) {
  }
  service.join();
  CHECK(worker.texts == "abc");
  char connections[] = "xy";
  std::thread logger([&] {
    for (char& connection : std::span(connections, 2)) worker.inbox.push_departed(&connection);
  });
  while (worker.texts.size() < 5 && worker.loop.run_turn()) {
  }
  logger.join();
  CHECK(worker.texts == "abcxy");
}

TEST_CASE("a full inbox leaves the socket with the caller") {
  EventLoop loop;
  Inbox inbox;
  for (size_t count = 0; count < Inbox::kSocketCountMax; ++count) {
    REQUIRE(inbox.has_room());
    REQUIRE(inbox.push({}));
  }
  CHECK_FALSE(inbox.has_room());
  AcceptedSocket one_more = numbered(support::socket_pair().ours, 7);
  CHECK_FALSE(inbox.push(std::move(one_more)));
  CHECK(one_more.fd);

  std::vector<AcceptedSocket> drained;
  std::vector<LoginAnswer> answers;
  std::vector<void*> departed;
  inbox.drain(drained, answers, departed);
  CHECK(drained.size() == Inbox::kSocketCountMax);
  CHECK(inbox.push(std::move(one_more)));
  CHECK_FALSE(one_more.fd);
}

TEST_CASE("an inbox that dies closes what nobody drained") {
  auto pair = support::socket_pair();
  {
    Inbox inbox;
    REQUIRE(inbox.push(numbered(std::move(pair.ours), 0)));
  }
  CHECK(support::read_to_end(pair.theirs).empty());
}

}  // namespace
}  // namespace larder::server
