// Input that arrives in pieces, the memory it needs meanwhile, and the end of connections.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "tests/server/worker/turn_fixture.h"
#include "tests/support/store_user.h"

namespace larder::server {
namespace {

using support::pattern;

std::string set_request(const std::string& key, std::string_view value) {
  return "set " + key + " 0 0 " + std::to_string(value.size()) + "\r\n" + std::string(value) +
         "\r\n";
}

TEST_CASE("the line after one that arrived in pieces is found") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  CHECK(fixture.ask(client, "get 4567890") == "");
  CHECK(fixture.ask(client, "\r\n") == "END\r\n");
  CHECK(fixture.ask(client, "a\n") == "CLIENT_ERROR bad command line format\r\n");
  CHECK(fixture.ask(client, "a\nversion\r\n") ==
        "CLIENT_ERROR bad command line format\r\nVERSION 1.6.45\r\n");
}

TEST_CASE("the line after a value that arrived in pieces is found") {
  const size_t size = GENERATE(size_t{5}, size_t{2000}, size_t{5000});
  CAPTURE(size);
  TurnFixture fixture;
  auto& client = fixture.connect();
  const std::string request = set_request("k", pattern(1, size));
  for (const size_t cut : {size_t{4}, size_t{18}, request.size() - 2, request.size() - 1}) {
    CAPTURE(cut);
    CHECK(fixture.ask(client, request.substr(0, cut)) == "");
    CHECK(fixture.ask(client, request.substr(cut)) == "STORED\r\n");
    CHECK(fixture.ask(client, "a\n") == "CLIENT_ERROR bad command line format\r\n");
  }
}

TEST_CASE("a connection uses memory between turns only for an incomplete request") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.ask(client, "get a\r\nget b\r\n");
  CHECK(client.connection->input.tail.capacity() == 0);
  CHECK(fixture.counters.tail_count.get() == 0);
  fixture.ask(client, "get a\r\nget bcd");
  CHECK(client.connection->input.tail.bytes() == "get bcd");
  CHECK(fixture.counters.tail_count.get() == 1);
  CHECK(fixture.counters.tail_bytes.get() == client.connection->input.tail.capacity());
  fixture.ask(client, "\r\n");
  CHECK(client.connection->input.tail.capacity() == 0);
  CHECK(fixture.counters.tail_count.get() == 0);
  CHECK(fixture.counters.tail_bytes.get() == 0);
}

TEST_CASE("a get line of megabytes may come in pieces") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.set(client, "here", "v");
  std::string line = "get";
  std::string expected;
  for (int i = 0; line.size() < (size_t{8} << 20); ++i) {
    line += " missing" + std::to_string(i) + std::string(static_cast<size_t>(i % 200), 'k');
    if (i % 1000 == 0) line += " here";
    if (i % 1000 == 0) expected += hit("here", "v");
  }
  std::mt19937 random(7);
  std::string answer;
  for (std::string_view rest = line; !rest.empty();) {
    const size_t size = std::uniform_int_distribution<size_t>(1, 200'000)(random);
    answer += fixture.ask(client, rest.substr(0, size));
    rest.remove_prefix(std::min(size, rest.size()));
    REQUIRE(client.connection->input.tail.size() == line.size() - rest.size());
    REQUIRE(fixture.counters.tail_bytes.get() == client.connection->input.tail.capacity());
  }
  CHECK(answer == "");
  CHECK(difference(fixture.ask(client, "\r\nversion\r\n"),
                   expected + "END\r\nVERSION 1.6.45\r\n") == "");
  CHECK(client.connection->input.tail.capacity() == 0);
  CHECK(fixture.counters.tail_bytes.get() == 0);
  CHECK(fixture.counters.tail_count.get() == 0);
}

TEST_CASE("values of every size may come in pieces of any") {
  const size_t size = GENERATE(size_t{0}, size_t{1}, size_t{2046}, size_t{2047}, size_t{4096},
                               size_t{4097}, size_t{9300}, size_t{9400}, size_t{16382},
                               size_t{65536}, size_t{66000}, size_t{300'001}, size_t{1'000'000});
  const size_t piece =
      GENERATE(size_t{3}, size_t{1000}, size_t{4096}, size_t{16384}, size_t{70'001});
  if (size / piece > 6000) return;  // the number of turns would be too high
  CAPTURE(size, piece);
  TurnFixture fixture;
  auto& client = fixture.connect();
  const std::string value = pattern(size, size);
  const std::string request = set_request("k", value) + "get k\r\n";
  std::string answer;
  for (std::string_view rest = request; !rest.empty();) {
    answer += fixture.ask(client, rest.substr(0, piece));
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  CHECK(difference(answer, "STORED\r\n" + hit("k", value) + "END\r\n") == "");
}

TEST_CASE("one read returns the rest of a large value and the bytes after it") {
  TurnFixture fixture;
  const std::string request = set_request("k", pattern(1, 40'000));
  auto& client = fixture.connect(0, SOCK_SEQPACKET);
  fixture.send_some(client, request.substr(0, 10'000));
  REQUIRE(fixture.turn());
  REQUIRE(client.connection->input.upload() != nullptr);
  // If a read does not take a whole packet, the rest of the packet is lost.
  fixture.send_some(client, request.substr(10'000) + "version\r\nget k");
  REQUIRE(fixture.turn());
  CHECK(fixture.receive_some(client) == "STORED\r\nVERSION 1.6.45\r\n");
  CHECK(client.connection->input.tail.bytes() == "get k");
}

TEST_CASE("a large value that has arrived completely is stored in one turn") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  const std::string value = pattern(1, 50'000);
  fixture.send_some(client, "get none\r\n" + set_request("k", value) + "get none\r\nge");
  REQUIRE(fixture.turn());
  CHECK(fixture.receive_some(client) == "END\r\nSTORED\r\nEND\r\n");
  CHECK(client.connection->input.tail.bytes() == "ge");
  CHECK(difference(fixture.ask(client, "t k\r\n"), hit("k", value) + "END\r\n") == "");
}

TEST_CASE("an upload that its client aborts releases its memory") {
  // 8 MB without eviction, and thirty times that as uploads in progress.
  TurnFixture fixture("-m 8 -M");
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    auto& client = fixture.connect();
    const std::string request = set_request("k" + std::to_string(i), pattern(1, 900'000));
    REQUIRE(fixture.ask(client, request.substr(0, request.size() - 1 - 3000 * (i % 290))) == "");
    REQUIRE(client.connection->input.upload() != nullptr);
    client.fd.reset();
    fixture.settle();
    REQUIRE(client.connection == nullptr);
  }
  fixture.store.verify();
  auto& client = fixture.connect();
  for (int i = 0; i < 5; ++i) fixture.set(client, "k" + std::to_string(i), pattern(2, 900'000));
  CHECK(support::sum_of(fixture.store, &slab::ClassCounters::items) == 5);
}

TEST_CASE("an upload is not visible to others until it is complete") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  auto& other = fixture.connect();
  fixture.set(other, "k", "old");
  const std::string request = set_request("k", pattern(1, 100'000));
  fixture.ask(client, request.substr(0, 50'000));
  CHECK(difference(fixture.ask(other, "get k\r\n"), hit("k", "old") + "END\r\n") == "");
  CHECK(fixture.ask(other, "delete k\r\nadd k 0 0 1\r\nx\r\n") == "DELETED\r\nSTORED\r\n");
  CHECK(fixture.ask(client, request.substr(50'000)) == "STORED\r\n");
  CHECK(difference(fixture.ask(other, "get k\r\n"), hit("k", pattern(1, 100'000)) + "END\r\n") ==
        "");
}

TEST_CASE("the value of a refused command is skipped in pieces of any size") {
  const size_t piece = GENERATE(size_t{1}, size_t{1000}, size_t{60'000});
  CAPTURE(piece);
  TurnFixture fixture("-I 1024 -o slab_chunk_max=1");
  auto& client = fixture.connect();
  // If a byte too many or too few were skipped, the commands in or after the value would show it.
  std::string value;
  while (value.size() < 5000) value += "get k\r\n";
  const std::string requests = set_request("k", value) + "set " + std::string(251, 'k') + " 0 0 " +
                               std::to_string(value.size()) + "\r\n" + value + "\r\nversion\r\n";
  std::string answer;
  for (std::string_view rest = requests; !rest.empty();) {
    answer += fixture.ask(client, rest.substr(0, piece));
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  CHECK(answer ==
        "SERVER_ERROR object too large for cache\r\n"
        "CLIENT_ERROR bad command line format\r\nVERSION 1.6.45\r\n");
}

TEST_CASE("requests before a quit are answered and those after it are not executed") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  CHECK(fixture.ask(client, "set a 0 0 1\r\nx\r\nquit\r\nset b 0 0 1\r\ny\r\n") == "STORED\r\n");
  CHECK(client.connection == nullptr);
  auto& other = fixture.connect();
  CHECK(difference(fixture.ask(other, "get a b\r\n"), hit("a", "x") + "END\r\n") == "");
}

TEST_CASE("a connection whose client has stopped sending is closed after the replies") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.send_some(client, "set a 0 0 1\r\nx\r\nget a\r\nget ");
  ::shutdown(client.fd.get(), SHUT_WR);
  CHECK(difference(fixture.ask(client, ""), "STORED\r\n" + hit("a", "x") + "END\r\n") == "");
  CHECK(client.has_ended);
  CHECK(client.connection == nullptr);
}

TEST_CASE("only the first byte of a connection selects the binary protocol") {
  TurnFixture fixture;
  auto& binary = fixture.connect();
  const std::string noop = std::string("\x80\x0a", 2) + std::string(22, '\0');
  CHECK(fixture.ask(binary, noop) == std::string("\x81\x0a", 2) + std::string(22, '\0'));
  CHECK(fixture.ask(binary, "get a\r\n") == "");
  CHECK(binary.connection == nullptr);
  auto& text = fixture.connect();
  CHECK(fixture.ask(text, "g") == "");
  CHECK(fixture.ask(text, "et a\r\n") == "END\r\n");
  CHECK(fixture.ask(text, "\x80 a b c\r\n") == "ERROR\r\n");
}

TEST_CASE("a reset connection is closed") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.send_some(client, "get a\r\n");
  client.fd.reset();  // unread data makes this a connection reset for the server
  fixture.settle();
  CHECK(client.connection == nullptr);
}

}  // namespace
}  // namespace larder::server
