// Which request is logged as slow, and that other requests are not logged.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/server/worker/turn_fixture.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

// Looking up this many keys takes much longer than a millisecond.
constexpr int kKeys = 300'000;

struct SlowTurns {
  explicit SlowTurns(const std::string& milliseconds)
      : fixture("-m 64 --log-format json --slow-ms " + milliseconds + " --log-file " +
                file.path()) {}

  // Waits until there are that many.
  std::vector<nlohmann::json> lines(uint64_t count = 1) {
    for (int i = 0; i < 5000 && fixture.log->totals().written < count; ++i) ::usleep(1000);
    std::vector<nlohmann::json> all;
    std::ifstream stream(file.path());
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  const support::TemporaryFile file{""};
  TurnFixture fixture;
};

std::string slow_get(const std::string& first_key, int keys = kKeys) {
  std::string line = "get " + first_key;
  for (int i = 0; i < keys; ++i) line += " k" + std::to_string(i);
  return line + "\r\n";
}

TEST_CASE("a slow request is reported with its command and first key") {
  SlowTurns slow("1");
  auto& client = slow.fixture.connect();
  const std::string key = "naughty\"\x01\xfe";
  CHECK(slow.fixture.ask(client, slow_get(key)) == "END\r\n");
  const auto lines = slow.lines();
  REQUIRE(lines.size() >= 1);
  const nlohmann::json& line = lines.back();
  CHECK(line["event"] == "slow_request");
  CHECK(line["command"] == "get");
  CHECK(line["key"] == "naughty\"\u0001\u00fe");
  CHECK(line["ms"] > 1.0);
  CHECK(line["requests"] == 1);
  CHECK(line["client"] == "unix");
}

TEST_CASE("bytes of a value are never reported as a request") {
  SlowTurns slow("1");
  auto& client = slow.fixture.connect();
  auto& other = slow.fixture.connect();
  // A value that is too large is read to its end, here from its middle.
  const std::string line_in_value = "get secret\r\n";
  const std::string head = "set big 0 0 " + std::to_string((2 << 20) + line_in_value.size());
  slow.fixture.ask(client, head + "\r\n" + std::string(2 << 20, 'v'));
  const std::string get = slow_get("key");
  slow.fixture.ask(other, get.substr(0, get.size() - 2));
  // In one turn, so that one client's request is slow because of the other's.
  slow.fixture.send_some(client, line_in_value + "\r\nmn\r\n");
  slow.fixture.send_some(other, "\r\n");
  REQUIRE(slow.fixture.turn());
  bool is_told = false;
  for (const nlohmann::json& line : slow.lines(2)) {
    CAPTURE(line.dump());
    CHECK((!line.contains("key") || line["key"] == "key"));
    is_told = is_told || (line["command"] == "other" && line["requests"] == 1);
  }
  CHECK(is_told);
}

TEST_CASE("only the first piece of a request answered in pieces is reported with its key") {
  constexpr int kGets = 60;
  SlowTurns slow("1");
  auto& other = slow.fixture.connect();
  auto& client = slow.fixture.connect();
  const std::string value(3000, 'v');
  std::string gets;
  for (int i = 0; i < kGets; ++i) {
    const std::string key = "a" + std::to_string(i);
    REQUIRE(slow.fixture.ask(client, "set " + key + " 0 0 3000\r\n" + value + "\r\n") ==
            "STORED\r\n");
    gets += "get " + key + "\r\n";
  }
  const std::string get = slow_get("key");
  slow.fixture.ask(other, get.substr(0, get.size() - 2));
  // In one turn, so that one client's request is slow because of the other's.
  slow.fixture.send_some(other, "\r\n");
  slow.fixture.send_some(client, gets);
  const uint64_t written_before = slow.fixture.log->totals().written;
  REQUIRE(slow.fixture.turn());
  int named = 0;
  int unnamed = 0;
  for (const nlohmann::json& line : slow.lines(written_before + 3)) {
    CAPTURE(line.dump());
    if (line["command"] == "set") continue;  // possible on a busy machine
    CHECK((!line.contains("key") || line["key"] == "key" || line["key"] == "a0"));
    named += line.contains("key") && line["key"] == "a0";
    unnamed += !line.contains("key") && line["command"] == "get" && line["requests"] < kGets;
  }
  CHECK(named == 1);
  CHECK(unnamed >= 1);
}

TEST_CASE("a request that waited for other clients' multigets is not reported under their keys") {
  constexpr int kOthers = 8;
  constexpr int kKeysOfThree = 10'000;  // this many keys take three turns
  SlowTurns slow("1");
  const std::string get = slow_get("theirs", kKeysOfThree);
  std::vector<TurnFixture::Client*> others;
  for (int i = 0; i <= kOthers; ++i) {
    others.push_back(&slow.fixture.connect());
    slow.fixture.ask(*others.back(), get.substr(0, get.size() - 2));
  }
  auto& client = slow.fixture.connect();
  // The last of the others is served after the client, in both of its turns.
  for (int i = 0; i < kOthers; ++i) slow.fixture.send_some(*others[static_cast<size_t>(i)], "\r\n");
  std::string lines;
  for (int i = 0; i < slow.fixture.options.requests_per_turn_max; ++i) lines += "mn\r\n";
  slow.fixture.send_some(client, lines + "bogus\r\nmn\r\n");
  slow.fixture.send_some(*others.back(), "\r\n");
  REQUIRE(slow.fixture.turn());
  REQUIRE(client.connection->input.has_unparsed_tail);
  REQUIRE(others.back()->connection->cut_request != nullptr);
  REQUIRE(slow.fixture.turn());
  bool is_told = false;
  for (const nlohmann::json& line : slow.lines(2)) {
    CAPTURE(line.dump());
    const bool is_ours = line["command"] == "other";
    CHECK((!is_ours || !line.contains("key")));
    is_told = is_told || (is_ours && line["requests"] == 1);
  }
  CHECK(is_told);
}

TEST_CASE("fast requests are not reported") {
  SlowTurns slow("60000");
  auto& client = slow.fixture.connect();
  slow.fixture.ask(client, slow_get("key"));
  CHECK(slow.fixture.log->totals().written == 0);
  CHECK(slow.fixture.log->totals().suppressed == 0);
}

}  // namespace
}  // namespace larder::server
