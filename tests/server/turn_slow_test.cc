// Which request is named when one is slow, and that nothing is told of those that are not.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/server/turn_fixture.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

// Looking up so many keys takes far over a millisecond.
constexpr int kKeys = 300'000;

struct SlowTurns {
  explicit SlowTurns(const std::string& milliseconds)
      : fixture("-m 64 --log-format json --slow-ms " + milliseconds + " --log-file " +
                file.path()) {}

  std::vector<nlohmann::json> lines() {
    while (fixture.event_log->totals().written < 1) ::usleep(1000);
    std::vector<nlohmann::json> all;
    std::ifstream stream(file.path());
    for (std::string line; std::getline(stream, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }

  const support::TemporaryFile file{""};
  TurnFixture fixture;
};

std::string slow_get(const std::string& first_key) {
  std::string line = "get " + first_key;
  for (int i = 0; i < kKeys; ++i) line += " k" + std::to_string(i);
  return line + "\r\n";
}

TEST_CASE("the first request of what took long is named") {
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

TEST_CASE("bytes of a value are never taken for a request") {
  SlowTurns slow("1");
  auto& client = slow.fixture.connect();
  // The turn that ends the value begins in the middle of it.
  constexpr size_t kSize = 100'000;
  std::string value;
  while (value.size() < kSize) value += "get secret\r\n";
  value.resize(kSize);
  slow.fixture.ask(client,
                   "set big 0 0 " + std::to_string(kSize) + "\r\n" + value.substr(0, 60'000));
  const std::string rest = value.substr(60'000) + "\r\n" + slow_get("after");
  slow.fixture.ask(client, rest);
  for (const nlohmann::json& line : slow.lines()) {
    CAPTURE(line.dump());
    CHECK((!line.contains("key") || line["key"] != "secret"));
  }
}

TEST_CASE("nothing is told of what is not slow") {
  SlowTurns slow("60000");
  auto& client = slow.fixture.connect();
  slow.fixture.ask(client, slow_get("key"));
  CHECK(slow.fixture.event_log->totals().written == 0);
  CHECK(slow.fixture.event_log->totals().suppressed == 0);
}

}  // namespace
}  // namespace larder::server
