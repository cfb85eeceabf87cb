#include "server/net/inbox.h"

#include <catch2/catch.hpp>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

AcceptedSocket socket_of(base::UniqueFd fd) { return {std::move(fd), Transport::Unix}; }

TEST_CASE("sockets reach the worker's thread in order") {
  constexpr unsigned kCount = 500;
  struct Worker {
    EventLoop loop;
    Inbox inbox;
    InboxContents arrived;
    std::string text;

    static void on_arrival(void* context) noexcept {
      auto* worker = static_cast<Worker*>(context);
      worker->inbox.drain(worker->arrived);
      for (const AcceptedSocket& socket : worker->arrived.sockets) {
        char byte = 0;
        worker->text += ::read(socket.fd.get(), &byte, 1) == 1 ? byte : '?';
      }
    }
  } worker;
  worker.inbox.start(worker.loop, Worker::on_arrival, &worker);
  std::thread thread([&] {
    while (worker.text.size() < kCount && worker.loop.run_turn()) {
    }
  });
  bool all_pushed = true;
  std::string sent;
  for (unsigned number = 0; number < kCount; ++number) {
    auto pair = support::socket_pair();
    sent += static_cast<char>('a' + number % 26);
    support::send_text(pair.theirs, sent.substr(number));
    all_pushed &= worker.inbox.push(socket_of(std::move(pair.ours)));
  }
  thread.join();
  CHECK(all_pushed);
  CHECK(worker.text == sent);
}

TEST_CASE("replies and departed watchers wake the worker and arrive in order") {
  struct Worker {
    EventLoop loop;
    Inbox inbox;
    std::string texts;

    static void on_arrival(void* context) noexcept {
      auto* worker = static_cast<Worker*>(context);
      InboxContents arrived;
      worker->inbox.drain(arrived);
      for (const LoginAnswer& answer : arrived.answers) worker->texts += answer.reply.text;
      for (void* connection : arrived.departed)
        worker->texts += *static_cast<const char*>(connection);
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
    REQUIRE(inbox.push({}));
  }
  AcceptedSocket one_more = socket_of(support::socket_pair().ours);
  CHECK_FALSE(inbox.push(std::move(one_more)));
  CHECK(one_more.fd);

  InboxContents drained;
  inbox.drain(drained);
  CHECK(drained.sockets.size() == Inbox::kSocketCountMax);
  CHECK(inbox.push(std::move(one_more)));
  CHECK_FALSE(one_more.fd);
}

TEST_CASE("a closed inbox accepts no more sockets and keeps those it has") {
  Inbox inbox;
  REQUIRE(inbox.push({}));
  inbox.close();
  AcceptedSocket late = socket_of(support::socket_pair().ours);
  CHECK_FALSE(inbox.push(std::move(late)));
  CHECK(late.fd);
  InboxContents drained;
  inbox.drain(drained);
  CHECK(drained.sockets.size() == 1);
}

TEST_CASE("an inbox closes its remaining sockets when it is destroyed") {
  auto pair = support::socket_pair();
  {
    Inbox inbox;
    REQUIRE(inbox.push(socket_of(std::move(pair.ours))));
  }
  CHECK(support::read_to_end(pair.theirs).empty());
}

}  // namespace
}  // namespace larder::server
