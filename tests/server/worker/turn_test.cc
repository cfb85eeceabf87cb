// The order of execution: pipelines, batches, and several connections in one turn.
#include "server/worker/turn.h"

#include <sys/ioctl.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/server/worker/turn_fixture.h"

namespace larder::server {
namespace {

// The number of events that a loop initially handles at once.
constexpr int kConnectionCount = 32;

std::string repeated(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Requests that depend on their order, and the replies.
struct Pipeline {
  std::string requests;
  std::string answers;
};

Pipeline counting_pipeline(const std::string& key, int length) {
  Pipeline pipeline{"set " + key + " 0 0 1\r\n0\r\n", "STORED\r\n"};
  for (int i = 1; i <= length; ++i) {
    const std::string number = std::to_string(i);
    pipeline.requests += "incr " + key + " 1\r\nget " + key + "\r\n";
    pipeline.answers += number + "\r\n" + hit(key, number) + "END\r\n";
  }
  return pipeline;
}

TEST_CASE("a pipeline of any length is answered in order") {
  const int length = GENERATE(1, 15, 16, 31, 32, 33, 250, 2000);
  CAPTURE(length);
  TurnFixture fixture("-R 512");
  auto& client = fixture.connect();
  const Pipeline pipeline = counting_pipeline("k", length);
  CHECK(difference(fixture.ask(client, pipeline.requests), pipeline.answers) == "");
}

TEST_CASE("several connections are each answered in order in one turn") {
  TurnFixture fixture("-R 512");
  std::vector<TurnFixture::Client*> clients;
  std::vector<Pipeline> pipelines;
  for (int i = 0; i < kConnectionCount; ++i) {
    pipelines.push_back(counting_pipeline("k" + std::to_string(i), 1 + i));
    clients.push_back(&fixture.connect());
    fixture.send_some(*clients.back(), pipelines.back().requests);
  }
  REQUIRE(fixture.turn());
  for (size_t i = 0; i < clients.size(); ++i) {
    CAPTURE(i);
    CHECK(difference(fixture.receive(*clients[i]), pipelines[i].answers) == "");
  }
  CHECK_FALSE(fixture.turn());
}

TEST_CASE("more input than the group buffer holds is served in one turn") {
  TurnFixture fixture("-R 2000");
  const std::string requests = repeated(1000, "get 90123456\r\n");
  REQUIRE(requests.size() * kConnectionCount > TurnInput::kBufferSize);
  std::vector<TurnFixture::Client*> clients;
  for (int i = 0; i < kConnectionCount; ++i) {
    clients.push_back(&fixture.connect());
    fixture.send_some(*clients.back(), requests);
  }
  REQUIRE(fixture.turn());
  for (auto* client : clients) {
    CHECK(difference(fixture.receive(*client), repeated(1000, "END\r\n")) == "");
  }
  CHECK_FALSE(fixture.turn());
}

TEST_CASE("the replies to one connection are sent with one call per turn") {
  TurnFixture fixture("-R 512");
  auto& first = fixture.connect(0, SOCK_SEQPACKET);
  auto& second = fixture.connect(0, SOCK_SEQPACKET);
  const Pipeline a = counting_pipeline("a", 100);
  const Pipeline b = counting_pipeline("b", 50);
  fixture.send_some(first, a.requests);
  fixture.send_some(second, b.requests);
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive_some(first), a.answers) == "");
  CHECK(fixture.receive_some(first) == "");
  CHECK(difference(fixture.receive_some(second), b.answers) == "");
  CHECK(fixture.receive_some(second) == "");
}

TEST_CASE("a large value is sent with the bytes around it in one call") {
  TurnFixture fixture;
  const std::string value(20'000, 'v');
  auto& client = fixture.connect();
  fixture.set(client, "large", value);
  fixture.set(client, "small", "s");
  auto& counted = fixture.connect(0, SOCK_SEQPACKET);
  fixture.send_some(counted, "version\r\nget small large small\r\nget small\r\n");
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive_some(counted),
                   "VERSION 1.6.45\r\n" + hit("small", "s") + hit("large", value) +
                       hit("small", "s") + "END\r\n" + hit("small", "s") + "END\r\n") == "");
  CHECK(fixture.receive_some(counted) == "");
}

TEST_CASE("after a number of requests a connection yields to others") {
  TurnFixture fixture("-R 5");
  auto& greedy = fixture.connect();
  auto& modest = fixture.connect();
  fixture.send_some(greedy, repeated(12, "get a\r\n"));
  fixture.send_some(modest, "get a\r\n");
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive(greedy), repeated(5, "END\r\n")) == "");
  CHECK(fixture.receive(modest) == "END\r\n");
  CHECK(fixture.counters.connection_yields.get() == 1);
  // It is served although nothing new has arrived.
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive(greedy), repeated(5, "END\r\n")) == "");
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive(greedy), repeated(2, "END\r\n")) == "");
  CHECK(fixture.counters.connection_yields.get() == 2);
  CHECK_FALSE(fixture.turn());
}

TEST_CASE("other clients are served between the portions of a long multiget") {
  TurnFixture fixture;
  auto& greedy = fixture.connect(1 << 20);
  auto& modest = fixture.connect();
  const std::string value(1000, 'v');
  constexpr int kKeys = 300;
  std::string request = "get";
  std::string expected;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = "key" + std::to_string(i);
    fixture.set(greedy, key, value);
    request += " " + key;
    expected += "VALUE " + key + " 0 1000\r\n" + value + "\r\n";
  }
  fixture.send_some(greedy, request + "\r\nversion\r\n");
  REQUIRE(fixture.turn());
  std::string answer = fixture.receive(greedy);
  CHECK(answer.size() < 50'000);
  REQUIRE(greedy.connection != nullptr);
  CHECK(greedy.connection->backlog == nullptr);
  fixture.send_some(modest, "version\r\n");
  REQUIRE(fixture.turn());
  CHECK(fixture.receive(modest) == "VERSION 1.6.45\r\n");
  answer += fixture.receive(greedy);
  CHECK(answer.size() < 100'000);
  while (fixture.turn()) answer += fixture.receive(greedy);
  CHECK(difference(answer, expected + "END\r\nVERSION 1.6.45\r\n") == "");
}

TEST_CASE("a connection with exactly the number of requests per turn does not yield") {
  TurnFixture fixture("-R 5");
  auto& client = fixture.connect();
  CHECK(difference(fixture.ask(client, repeated(5, "get a\r\n")), repeated(5, "END\r\n")) == "");
  CHECK(fixture.counters.connection_yields.get() == 0);
}

TEST_CASE("complaints count as requests") {
  TurnFixture fixture("-R 5");
  auto& client = fixture.connect();
  fixture.send_some(client, repeated(7, "nonsense\r\n"));
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive(client), repeated(5, "ERROR\r\n")) == "");
  REQUIRE(fixture.turn());
  CHECK(difference(fixture.receive(client), repeated(2, "ERROR\r\n")) == "");
}

TEST_CASE("a connection that yields before a value continues with it") {
  TurnFixture fixture("-R 1");
  auto& client = fixture.connect();
  const std::string value(100'000, 'v');
  const std::string head = "set k 0 0 100000\r\n";
  CHECK(difference(
            fixture.ask(client, "get k\r\nget k\r\n" + head + value + "\r\nget k\r\nversion\r\n"),
            "END\r\nEND\r\nSTORED\r\n" + hit("k", value) + "END\r\nVERSION 1.6.45\r\n") == "");
}

TEST_CASE("a value stored by one connection is visible to others in the same turn") {
  TurnFixture fixture;
  auto& writer = fixture.connect();
  auto& reader = fixture.connect();
  // The order of events is not defined, but each connection is served completely in a turn.
  fixture.send_some(writer, "set k 0 0 1\r\na\r\n");
  fixture.settle();
  fixture.send_some(reader, "get k\r\n");
  fixture.settle();
  CHECK(fixture.receive(writer) == "STORED\r\n");
  CHECK(difference(fixture.receive(reader), hit("k", "a") + "END\r\n") == "");
}

TEST_CASE("bytes read and written are counted") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  const std::string request = "set k 0 0 100000\r\n" + std::string(100'000, 'v') + "\r\n";
  fixture.ask(client, request);
  CHECK(fixture.counters.bytes_read.get() == request.size());
  CHECK(fixture.counters.bytes_written.get() == 8);
  const std::string answer = fixture.ask(client, "get k\r\nget missing\r\n");
  CHECK(fixture.counters.bytes_written.get() == 8 + answer.size());
}

TEST_CASE("the time of the last request and the state are visible to other threads") {
  TurnFixture fixture;
  auto& client = fixture.connect(4096);
  fixture.ask(client, "version\r\n");
  const base::Time first = client.connection->last_request_at.load();
  CHECK(first == fixture.clock.now());
  CHECK(client.connection->state.load() == ConnectionState::ReadingCommand);
  fixture.pass_seconds(5);
  fixture.ask(client, "set k 0 0 100000\r\n");
  CHECK(client.connection->last_request_at.load() == first + 5);
  CHECK(client.connection->state.load() == ConnectionState::ReadingValue);
  fixture.ask(client, std::string(99'999, 'v'));
  fixture.pass_seconds(5);
  fixture.ask(client, "v\r\nset k 0 0 2000000\r\n");
  CHECK(client.connection->last_request_at.load() == first + 10);
  CHECK(client.connection->state.load() == ConnectionState::Skipping);
  fixture.ask(client, std::string(2'000'000, 'v') + "\r\n");
  CHECK(client.connection->state.load() == ConnectionState::ReadingCommand);
  fixture.pass_seconds(5);
  fixture.ask(client, "set k 0 0 10\r\n01234");
  CHECK(client.connection->state.load() == ConnectionState::ReadingValue);
  CHECK_FALSE(client.connection->awaits_request());
  fixture.ask(client, "56789\r\nget");
  CHECK(client.connection->state.load() == ConnectionState::ReadingCommand);
  CHECK(client.connection->awaits_request());
  CHECK(client.connection->last_request_at.load() == first + 15);
  fixture.pass_seconds(5);
  fixture.ask(client, " k");
  CHECK(client.connection->last_request_at.load() == first + 15);
  fixture.ask(client, "\r\n");
  CHECK(client.connection->last_request_at.load() == first + 20);
  fixture.set(client, "k", std::string(100'000, 'v'));
  fixture.send_some(client, "get k\r\n");
  fixture.settle();
  CHECK(client.connection->state.load() == ConnectionState::Writing);
}

}  // namespace
}  // namespace larder::server
