// A connection that becomes a watcher, and what its worker still does with it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/log/watch_fixture.h"
#include "tests/support/binary_frames.h"

namespace larder::server {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("input of a watcher is ignored and a watcher does not count as idle") {
  WatchFixture fixture("fetchers");
  Connection& connection = *fixture.watcher().connection;
  CHECK(connection.state == ConnectionState::Watching);
  CHECK_FALSE(connection.awaits_request());
  fixture.send_some(fixture.watcher(), "get unheard\r\n");
  CHECK(fixture.settle() == 0);
  auto& client = fixture.connect();
  CHECK(fixture.told_of(client, "get heard\r\n") ==
        Lines{"item_get key=heard status=not_found clsid=0 size=0"});
  CHECK(fixture.watcher().connection != nullptr);
}

TEST_CASE("requests that arrive together with watch are not executed") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fixture.send_some(client, "watch fetchers\r\nset k 0 0 1\r\na\r\n");
  fixture.settle();
  auto& other = fixture.connect();
  CHECK(fixture.ask(other, "get k\r\n") == "END\r\n");
  CHECK(client.connection->input.tail.size() == 0);
}

// The part "<32 get a" of a line.
std::string raw_command_of(const std::string& line) {
  const size_t begin = line.find(" <");
  return begin == std::string::npos ? line : line.substr(line.find(' ', begin + 1) + 1);
}

Lines raw_commands(WatchFixture& fixture) {
  Lines lines = fixture.told();
  for (std::string& line : lines) line = raw_command_of(line);
  return lines;
}

TEST_CASE("rawcmds shows each line of a text client once, without values") {
  WatchFixture fixture("rawcmds");
  auto& client = fixture.connect();
  fixture.ask(client, "set a 0 0 3\r\nabc\r\nget  a b\r\nmg a v\r\nnonsense\r\n");
  CHECK(raw_commands(fixture) == Lines{"set a 0 0 3", "get  a b", "mg a v", "nonsense"});
  // Invalid heads, and values with a wrong terminator.
  fixture.ask(client, "set b 0 0 1\r\nxsecret\r\nset c x 0 6\r\nsecret\r\nversion\r\n");
  const Lines told = raw_commands(fixture);
  REQUIRE(told.size() >= 3);
  CHECK(told.front() == "set b 0 0 1");
  CHECK(told.back() == "version");
  CHECK(std::count(told.begin(), told.end(), "set c x 0 6") == 1);
  // A large value, which is uploaded, and a multiget whose reply is sent in pieces.
  fixture.ask(client, "set d 0 0 30000\r\n" + std::string(30000, 'v') + "\r\n");
  CHECK(raw_commands(fixture) == Lines{"set d 0 0 30000"});
  fixture.ask(client, "get d d d d d\r\n");
  CHECK(raw_commands(fixture) == Lines{"get d d d d d"});
}

TEST_CASE("rawcmds shows a line that arrived in pieces once, and no binary frames") {
  WatchFixture fixture("rawcmds");
  auto& client = fixture.connect();
  fixture.send_some(client, "set a 0 0 3\r\na");
  fixture.settle();
  CHECK(fixture.ask(client, "bc\r\n") == "STORED\r\n");
  CHECK(raw_commands(fixture) == Lines{"set a 0 0 3"});
  auto& binary = fixture.connect();
  fixture.ask(binary, support::frame_of({.opcode = 0x0a}));
  fixture.ask(client, "version\r\n");
  CHECK(raw_commands(fixture) == Lines{"version"});
}

TEST_CASE("the worker closes a watcher when the logger reports its departure") {
  WatchFixture fixture("fetchers");
  fixture.watcher().fd.reset();
  for (int i = 0; i < support::kPatienceMilliseconds && fixture.watcher().connection != nullptr;
       ++i) {
    ::usleep(1000);
    fixture.settle();
  }
  CHECK(fixture.watcher().connection == nullptr);
  CHECK(fixture.watchers.totals().watcher_count == 0);
}

TEST_CASE("earlier replies precede the OK of watch, also if the client reads late") {
  TurnFixture fixture;
  auto& client = fixture.connect(4096);
  std::string flood;
  for (int i = 0; i < 3000; ++i) flood += "version\r\n";
  flood += "mn\r\nwatch fetchers\r\n";
  std::string answer;
  for (size_t sent = 0; sent < flood.size();) {
    sent += fixture.send_some(client, std::string_view(flood).substr(sent, 4096));
    fixture.settle();
    if (!client.connection->is_watching()) answer += fixture.receive_some(client, 100);
  }
  for (int i = 0; i < support::kPatienceMilliseconds && !answer.ends_with("OK\r\n"); ++i) {
    fixture.settle();
    const std::string some = fixture.receive_some(client, 1000);
    if (some.empty()) ::usleep(1000);
    answer += some;
  }
  CHECK(client.connection->is_watching());
  CHECK(answer.size() == 3000 * std::string("VERSION 1.6.45\r\n").size() + 8);
  CHECK(answer.ends_with("VERSION 1.6.45\r\nMN\r\nOK\r\n"));
}

TEST_CASE("a watcher over the limit gets an error and remains a client") {
  TurnFixture fixture;
  for (size_t i = 0; i < Watchers::kCountMax; ++i) {
    fixture.send_some(fixture.connect(), "watch\r\n");
    fixture.settle();
  }
  auto& client = fixture.connect();
  CHECK(fixture.ask(client, "watch\r\nversion\r\n") ==
        "WATCHER_TOO_MANY log watcher limit reached\r\nVERSION 1.6.45\r\n");
}

}  // namespace
}  // namespace larder::server
