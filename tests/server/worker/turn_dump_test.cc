// Dumps over a connection: they are sent in pieces, and other clients are served in between.
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "tests/server/worker/turn_fixture.h"

namespace larder::server {
namespace {

constexpr int kTinyBuffer = 4096;
constexpr int kItemCount = 5'000;

void fill(TurnFixture& fixture, TurnFixture::Client& client) {
  std::string sets;
  for (int i = 0; i < kItemCount; ++i) {
    sets += "set key" + std::to_string(i) + " 0 0 2 noreply\r\nok\r\n";
  }
  REQUIRE(fixture.ask(client, sets + "version\r\n") == "VERSION 1.6.45\r\n");
}

// The keys of a metadump with their number of occurrences; empty if the dump is incomplete.
std::map<std::string, int> keys_of(std::string_view dump) {
  std::map<std::string, int> keys;
  if (!dump.starts_with("OK\r\n") || !dump.ends_with("END\r\n")) return keys;
  dump.remove_prefix(4);
  dump.remove_suffix(5);
  while (!dump.empty()) {
    if (!dump.starts_with("key=")) return {};
    ++keys[std::string(dump.substr(4, dump.find(' ') - 4))];
    dump.remove_prefix(std::min(dump.find('\n'), dump.size() - 1) + 1);
  }
  return keys;
}

TEST_CASE("a dump shows every item once") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fill(fixture, client);
  const std::string dump = fixture.ask(client, "lru_crawler metadump all\r\n");
  const auto keys = keys_of(dump);
  CHECK(keys.size() == kItemCount);
  for (const auto& [key, count] : keys) REQUIRE(count == 1);
  CHECK(client.connection->awaits_request());
  CHECK(fixture.ask(client, "version\r\n") == "VERSION 1.6.45\r\n");
}

TEST_CASE("the lines of mgdump are commands that fetch every item") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fill(fixture, client);
  std::string dump = fixture.ask(client, "lru_crawler mgdump all\r\n");
  REQUIRE(dump.starts_with("OK\r\n"));
  REQUIRE(dump.ends_with("\r\nEN\r\n"));
  const std::string commands = dump.substr(4, dump.size() - 8);
  std::string hits;
  for (int i = 0; i < kItemCount; ++i) hits += "HD\r\n";
  CHECK(difference(fixture.ask(client, commands), hits) == "");
}

TEST_CASE("other clients are served between the pieces of a dump") {
  TurnFixture fixture;
  auto& dumping = fixture.connect();
  auto& other = fixture.connect();
  fill(fixture, dumping);
  fixture.send_some(dumping, "lru_crawler metadump all\r\n");
  REQUIRE(fixture.turn());
  REQUIRE(dumping.connection->cut_request != nullptr);
  CHECK_FALSE(dumping.connection->awaits_request());
  std::string dump = fixture.receive(dumping);
  CHECK(dump.size() < 64'000);
  fixture.send_some(other, "version\r\n");
  REQUIRE(fixture.turn());
  CHECK(fixture.receive(other) == "VERSION 1.6.45\r\n");
  REQUIRE(dumping.connection->cut_request != nullptr);
  for (dump += fixture.receive(dumping); fixture.turn();) dump += fixture.receive(dumping);
  CHECK(keys_of(dump).size() == kItemCount);
}

TEST_CASE("a dump that finds no items is also executed in pieces") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  fill(fixture, client);
  fill(fixture, client);
  fixture.send_some(client, "lru_crawler metadump 40\r\n");
  REQUIRE(fixture.turn());
  REQUIRE(fixture.settle() >= 0);
  CHECK(fixture.receive(client) == "OK\r\nEND\r\n");
}

TEST_CASE("a client that reads slowly gets the whole dump with little pending at a time") {
  TurnFixture fixture;
  auto& client = fixture.connect(kTinyBuffer);
  auto& other = fixture.connect();
  fill(fixture, other);
  fixture.send_some(client, "lru_crawler metadump all\r\nversion\r\n");
  fixture.settle();
  REQUIRE(client.connection->backlog != nullptr);
  std::string dump;
  for (int i = 0; i < 100'000; ++i) {
    const std::string some = fixture.receive_some(client, 3'000);
    dump += some;
    if (fixture.settle() == 0 && some.empty()) break;
    REQUIRE(fixture.counters.backlog_bytes.get() < 100'000);
  }
  constexpr std::string_view kBehind = "VERSION 1.6.45\r\n";
  REQUIRE(dump.ends_with(kBehind));
  dump.resize(dump.size() - kBehind.size());
  CHECK(keys_of(dump).size() == kItemCount);
}

TEST_CASE("a client may disconnect in the middle of its dump") {
  TurnFixture fixture;
  auto& client = fixture.connect(GENERATE(0, kTinyBuffer));
  auto& other = fixture.connect();
  fill(fixture, other);
  fixture.send_some(client, "lru_crawler metadump all\r\n");
  REQUIRE(fixture.turn());
  client.fd.reset();
  fixture.settle();
  CHECK(client.connection == nullptr);
  CHECK(fixture.ask(other, "get key1\r\n") == hit("key1", "ok") + "END\r\n");
}

TEST_CASE("a dump is refused only behind replies that are not yet sent") {
  TurnFixture fixture;
  auto& client = fixture.connect();
  CHECK(fixture.ask(client, "mg foo v\r\nlru_crawler metadump all\r\n") ==
        "EN\r\nERROR cannot pipeline other commands before metadump\r\n");
  CHECK(fixture.ask(client, "mg foo v\r\nlru_crawler mgdump all\r\nwatch\r\n") ==
        "EN\r\nERROR cannot pipeline other commands before mgdump\r\n"
        "ERROR cannot pipeline other commands before watch\r\n");
  CHECK(fixture.ask(client, "mg foo v\r\nmn\r\nlru_crawler mgdump all\r\n") ==
        "EN\r\nMN\r\nOK\r\nEN\r\n");
  CHECK(fixture.ask(client, "lru_crawler metadump all\r\nversion\r\n") ==
        "OK\r\nEND\r\nVERSION 1.6.45\r\n");
}

}  // namespace
}  // namespace larder::server
