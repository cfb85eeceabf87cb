// Clients that do not read their replies.
#include <sys/ioctl.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/server/worker/turn_fixture.h"
#include "tests/support/store_user.h"

namespace larder::server {
namespace {

using support::pattern;

constexpr int kTinyBuffer = 4096;

// The number of unread bytes in the server's socket.
int unread_by_server(const TurnFixture::Client& client) {
  int size = 0;
  ::ioctl(client.connection->fd.get(), FIONREAD, &size);
  return size;
}

// Reads everything in pieces of at most `size_max`, with turns in between.
std::string read_slowly(TurnFixture& fixture, TurnFixture::Client& client, size_t size_max) {
  std::string all;
  for (;;) {
    const std::string some = fixture.receive_some(client, size_max);
    all += some;
    if (fixture.settle() == 0 && some.empty()) return all;
  }
}

std::string repeated(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST_CASE("the server stops reading from a client that does not read") {
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  const std::string value = pattern(1, 4000);
  fixture.set(client, "k", value);
  fixture.send_some(client, repeated(100, "get k\r\n"));
  fixture.settle();
  REQUIRE(client.connection->backlog != nullptr);
  CHECK(fixture.counters.backlog_bytes.get() == client.connection->backlog->unsent());
  // Bytes that were already read are kept; bytes that arrive now stay in the socket.
  fixture.send_some(client, "get k\r\n");
  const int unread = unread_by_server(client);
  CHECK(unread >= 7);
  CHECK(fixture.settle() == 0);
  CHECK(unread_by_server(client) == unread);
  CHECK(difference(read_slowly(fixture, client, 1000),
                   repeated(101, hit("k", value) + "END\r\n")) == "");
  CHECK(client.connection->backlog == nullptr);
  CHECK(fixture.counters.backlog_bytes.get() == 0);
  CHECK(fixture.ask(client, "version\r\n") == "VERSION 1.6.45\r\n");
}

TEST_CASE("a slow client does not delay others") {
  TurnFixture fixture;
  auto& slow = fixture.connect(kTinyBuffer);
  auto& other = fixture.connect();
  fixture.set(other, "k", pattern(1, 100'000));
  fixture.send_some(slow, "get k k k\r\n");
  fixture.send_some(other, "version\r\n");
  fixture.settle();
  CHECK(fixture.receive(other) == "VERSION 1.6.45\r\n");
  CHECK(difference(read_slowly(fixture, slow, 100'000),
                   repeated(3, hit("k", pattern(1, 100'000))) + "END\r\n") == "");
}

TEST_CASE("a multiget is interrupted where its client stops reading and resumed there") {
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  std::string line = "get";
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key" + std::to_string(i);
    line += " " + key;
    if (i % 3 == 0) {
      const std::string value = pattern(static_cast<uint64_t>(i), static_cast<size_t>(i % 300));
      fixture.set(client, key, value);
      expected += hit(key, value);
    }
  }
  expected += "END\r\n";
  // Further requests, some that arrive together with it and some while it is cut.
  line += "\r\nincr missing 1\r\nversion\r\n";
  for (std::string_view rest = line; !rest.empty();) {
    rest.remove_prefix(fixture.send_some(client, rest));
    fixture.settle();
  }
  REQUIRE(client.connection->cut_request != nullptr);
  fixture.send_some(client, "get missing\r\n");
  const size_t size_max = GENERATE(size_t{3000}, size_t{50'000});
  CHECK(difference(read_slowly(fixture, client, size_max),
                   expected + "NOT_FOUND\r\nVERSION 1.6.45\r\nEND\r\n") == "");
  CHECK(client.connection->cut_request == nullptr);
  CHECK(fixture.counters.get_misses.get() == 20'000 - 6667 + 1);
}

TEST_CASE("a multiget may be interrupted before any of its keys") {
  // Sixteen keys are looked up together, and a reply is cut after half as many.
  const int count = GENERATE(7, 8, 9, 15, 16, 17, 18, 31, 32, 33, 34, 47, 48, 49, 161);
  const int buffer_size = GENERATE(0, kTinyBuffer);
  CAPTURE(count, buffer_size);
  TurnFixture fixture;
  auto& client = fixture.connect(buffer_size);
  const std::string value = pattern(1, 4096);
  fixture.set(client, "k", value);
  fixture.set(client, "last", "z");
  fixture.send_some(client, "get" + repeated(count, " k") + " last\r\nget last\r\n");
  fixture.settle();
  CHECK(difference(read_slowly(fixture, client, 4096), repeated(count, hit("k", value)) +
                                                           hit("last", "z") + "END\r\n" +
                                                           hit("last", "z") + "END\r\n") == "");
  CHECK(fixture.counters.get_misses.get() == 0);
}

TEST_CASE("a value being sent does not change whatever happens to its item") {
  const size_t size = GENERATE(size_t{4000}, size_t{5000}, size_t{100'000}, size_t{1'000'000});
  CAPTURE(size);
  TurnFixture fixture("-m 8");
  auto& slow = fixture.connect(kTinyBuffer);
  auto& other = fixture.connect();
  const std::string first = pattern(1, size);
  const std::string second = pattern(2, size);
  fixture.set(other, "k", first);
  // Values that fill a portion are requested one at a time.
  const int count = size < 10'000 ? 2 : 1;
  fixture.send_some(slow, "get" + repeated(count, " k") + "\r\n");
  fixture.settle();
  std::string came = fixture.receive_some(slow, 2000);
  fixture.set(other, "k", second);
  fixture.send_some(slow, "get k\r\n");
  fixture.settle();
  came += fixture.receive_some(slow, 2000);
  fixture.ask(other, "append k 0 0 1\r\nx\r\ndelete k\r\nflush_all\r\n");
  for (int i = 0; i < 200; ++i) fixture.set(other, "fill" + std::to_string(i), pattern(3, 90'000));
  came += read_slowly(fixture, slow, 30'000);
  const std::string both = repeated(count, hit("k", first)) + "END\r\n";
  // If the third request was still waiting when the item was removed, it is a miss.
  CHECK(came.substr(0, both.size()) == both);
  const std::string third = came.substr(std::min(came.size(), both.size()));
  CHECK((third == "END\r\n" || third == hit("k", second) + "END\r\n"));
  fixture.store.verify();
}

TEST_CASE("a client that disconnects with pending replies leaves nothing behind") {
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  fixture.set(client, "k", pattern(1, 500'000));
  fixture.send_some(client, "get k k k k\r\nget k\r\n");
  fixture.settle();
  REQUIRE(client.connection->backlog != nullptr);
  client.fd.reset();
  fixture.settle();
  CHECK(client.connection == nullptr);
  auto& other = fixture.connect();
  fixture.ask(other, "delete k\r\n");
  fixture.store.verify();
}

TEST_CASE("a quit after a long reply waits until the reply is sent") {
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  const std::string value = pattern(1, 300'000);
  fixture.set(client, "k", value);
  fixture.send_some(client, "get k\r\nquit\r\nget k\r\n");
  fixture.settle();
  REQUIRE(client.connection != nullptr);
  CHECK(difference(read_slowly(fixture, client, 10'000), hit("k", value) + "END\r\n") == "");
  CHECK(client.has_ended);
  CHECK(client.connection == nullptr);
}

TEST_CASE("a client that has stopped sending gets long replies completely") {
  const std::string behind = GENERATE("", "version\r\n", "get k");
  CAPTURE(behind);
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  const std::string value = pattern(1, 3000);
  fixture.set(client, "k", value);
  fixture.send_some(client, "get" + repeated(500, " k") + "\r\n" + behind);
  ::shutdown(client.fd.get(), SHUT_WR);
  fixture.settle();
  REQUIRE(client.connection->cut_request != nullptr);
  CHECK(difference(read_slowly(fixture, client, 10'000),
                   repeated(500, hit("k", value)) + "END\r\n" +
                       (behind == "version\r\n" ? "VERSION 1.6.45\r\n" : "")) == "");
  CHECK(client.has_ended);
}

TEST_CASE("a value is skipped only once although a reply blocks before it") {
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  const std::string value = pattern(1, 4000);
  fixture.set(client, "k", value);
  // The value of a refused write, of which a part is still missing when the reply blocks.
  std::string commands;
  while (commands.size() < 30'000) commands += "delete k\r\n";
  const std::string refused =
      "set " + std::string(251, 'k') + " 0 0 " + std::to_string(commands.size()) + "\r\n";
  fixture.send_some(client, repeated(20, "get k\r\n") + refused + commands.substr(0, 5000));
  fixture.settle();
  REQUIRE(client.connection->backlog != nullptr);
  fixture.send_some(client, commands.substr(5000) + "\r\nget k\r\n");
  CHECK(difference(read_slowly(fixture, client, 5000),
                   repeated(20, hit("k", value) + "END\r\n") +
                       "CLIENT_ERROR bad command line format\r\n" + hit("k", value) + "END\r\n") ==
        "");
}

// A random conversation with its own keys, and the expected replies.
class Conversation {
 public:
  Conversation(std::string name, uint32_t seed) : name_(std::move(name)), random_(seed) {
    for (int i = 0; i < 300; ++i) add_request();
  }
  std::string requests;
  std::string answers;

 private:
  size_t below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }

  void add_request() {
    const size_t key = below(values_.size());
    const std::string name = name_ + std::to_string(key);
    switch (below(8)) {
      case 0: {
        const size_t sizes[] = {0, 10, 300, 2046, 2047, 4096, 4097, 9400, 20'000, 70'000};
        values_[key] = pattern(random_(), sizes[below(10)]);
        requests += "set " + name + " 0 0 " + std::to_string(values_[key].size()) + "\r\n" +
                    values_[key] + "\r\n";
        answers += "STORED\r\n";
        has_[key] = true;
        break;
      }
      case 1:
        requests += "delete " + name + "\r\n";
        answers += has_[key] ? "DELETED\r\n" : "NOT_FOUND\r\n";
        has_[key] = false;
        break;
      case 2: {
        const std::string value = pattern(random_(), below(20'000));
        requests += "set " + std::string(251, 'k') + " 0 0 " + std::to_string(value.size()) +
                    "\r\n" + value + "\r\n";
        answers += "CLIENT_ERROR bad command line format\r\n";
        break;
      }
      case 3:
        requests += "set " + name + " 0 0 2000\r\n" + pattern(random_(), 2000) + "xx";
        answers += "CLIENT_ERROR bad data chunk\r\n";
        break;
      case 4:
        requests += "nonsense\r\n";
        answers += "ERROR\r\n";
        break;
      default: add_get(below(30)); break;
    }
  }
  void add_get(size_t more) {
    requests += "get";
    for (size_t i = 0; i <= more; ++i) {
      const size_t key = below(values_.size());
      requests += " " + name_ + std::to_string(key);
      if (has_[key]) answers += hit(name_ + std::to_string(key), values_[key]);
    }
    requests += "\r\n";
    answers += "END\r\n";
  }

  const std::string name_;
  std::mt19937 random_;
  std::vector<std::string> values_ = std::vector<std::string>(12);
  std::vector<bool> has_ = std::vector<bool>(12);
};

TEST_CASE("random pipelines through tiny socket buffers get exact replies") {
  const auto seed = GENERATE(take(6, random(0u, ~0u)));
  const std::string options = GENERATE("", "-R 3");
  CAPTURE(seed, options);
  TurnFixture fixture(options);
  std::mt19937 random(seed);
  std::vector<Conversation> conversations;
  std::vector<TurnFixture::Client*> clients;
  std::vector<std::string> came(5);
  std::vector<size_t> sent(5);
  for (uint32_t i = 0; i < 5; ++i) {
    conversations.emplace_back("c" + std::to_string(i) + "-", seed + i);
    clients.push_back(&fixture.connect(i == 0 ? 0 : kTinyBuffer));
  }
  const auto size_below = [&](unsigned power) {
    return std::uniform_int_distribution<size_t>(1, size_t{1} << (1 + random() % power))(random);
  };
  for (size_t finished = 0; finished < 5;) {
    finished = 0;
    for (size_t i = 0; i < 5; ++i) {
      const std::string_view requests = conversations[i].requests;
      sent[i] += fixture.send_some(*clients[i], requests.substr(sent[i], size_below(17)));
      if (random() % 4 != 0) came[i] += fixture.receive_some(*clients[i], size_below(18));
      const bool is_sent = sent[i] == requests.size();
      if (is_sent || clients[i]->has_ended) ++finished;
    }
    if (random() % 2 == 0) fixture.turn();
  }
  fixture.settle();
  for (size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    came[i] += read_slowly(fixture, *clients[i], 100'000);
    const std::string& expected = conversations[i].answers;
    const auto differ = std::ranges::mismatch(came[i], expected);
    CHECK(differ.in1 - came[i].begin() == static_cast<ptrdiff_t>(expected.size()));
    CHECK(came[i].size() == expected.size());
    CHECK(clients[i]->connection->input.tail.capacity() == 0);
  }
  CHECK(fixture.counters.backlog_bytes.get() == 0);
  CHECK(fixture.counters.tail_bytes.get() == 0);
}

}  // namespace
}  // namespace larder::server
