// Keys sent by the binary protocol or in base64 may have any bytes.  Wherever such a key is shown
// to another client, the line still has the right fields and end, and the key can be recovered.
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "base/base64.h"
#include "tests/server/log/watch_fixture.h"
#include "tests/support/binary_frames.h"

namespace larder::server {
namespace {

using Names = std::set<std::string>;

bool is_plain(const std::string& key) {
  return std::ranges::none_of(
      key, [](char byte) { return static_cast<uint8_t>(byte) <= ' ' || byte == '\x7f'; });
}

// Each byte alone, each byte within a key, and complete protocol lines; prefixes end at a colon.
Names odd_keys() {
  Names keys{"plain:key",
             "a:\r\nEND\r\n",
             "a\r\nEND\r\n:b",
             "ITEM x [1 b; 0 s]\r\nEND\r\n",
             "k exp=-1 la=0 cas=1 fetch=no cls=1 size=1 flags=0 \nEND\r\n",
             "x\r\nEN\r\nmg y",
             "p get 1 hit 1 set 1 del 1\r\nPREFIX q:r",
             "\"},{\"key\":\"",
             "<script>alert(1)</script>",
             std::string("\0", 1),
             std::string(250, '\n'),
             std::string(250, '\xff')};
  for (int byte = 0; byte < 256; ++byte) {
    keys.insert(std::string(1, static_cast<char>(byte)));
    keys.insert(std::string("pre") + static_cast<char>(byte) + ":rest" + static_cast<char>(byte));
  }
  return keys;
}

std::string uri_decoded(const std::string& text) {
  std::string key;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      key += text[i];
    } else {
      key += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
  }
  return key;
}

std::string base64_decoded(const std::string& text) {
  std::string bytes(text.size(), '\0');
  bytes.resize(base::decode_base64(text, bytes.data()));
  return bytes;
}
std::string base64_of(const std::string& key) {
  std::string text(base::base64_size(key.size()), '\0');
  text.resize(static_cast<size_t>(base::encode_base64(key, text.data()) - text.data()));
  return text;
}

struct OddKeys : WatchFixture {
  OddKeys() : WatchFixture("fetchers mutations deletions evictions"), client(connect()) {
    ask(client, "stats detail on\r\n");
    Client& binary = connect();
    for (const std::string& key : keys) {
      ask(binary,
          support::frame_of(
              {.opcode = 0x01, .extras = std::string(8, '\0'), .key = key, .value = "value"}));
    }
    watched = told();
  }

  // The lines of a reply that must have this final line, which is not included.
  std::vector<std::string> lines_of(const std::string& request, const std::string& end) {
    const std::string answer = ask(client, request);
    REQUIRE(answer.ends_with(end));
    std::vector<std::string> lines;
    std::istringstream stream(answer.substr(0, answer.size() - end.size()));
    for (std::string line; std::getline(stream, line, '\n');) {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(line);
    }
    return lines;
  }

  const Names keys = odd_keys();
  Client& client;
  std::vector<std::string> watched;
};

TEST_CASE("cachedump omits keys that a text client cannot request") {
  OddKeys fixture;
  const std::regex form(R"(ITEM ([^ ]+) \[5 b; 0 s\])");
  Names found;
  for (int id = 1; id <= 63; ++id) {
    const std::string request = "stats cachedump " + std::to_string(id) + " 0\r\n";
    for (const std::string& line : fixture.lines_of(request, "END\r\n")) {
      std::smatch match;
      CAPTURE(id, line);
      REQUIRE(std::regex_match(line, match, form));
      found.insert(match[1]);
    }
  }
  Names plain;
  for (const std::string& key : fixture.keys) {
    if (is_plain(key)) plain.insert(key);
  }
  CHECK(found == plain);
  // As in memcached, every key that was sent in base64, whatever its contents.
  fixture.ask(fixture.client, "ms YmFzZTY0 1 b\r\nx\r\n");
  for (int id = 1; id <= 63; ++id) {
    const std::string request = "stats cachedump " + std::to_string(id) + " 0\r\n";
    CHECK(fixture.ask(fixture.client, request).find("base64") == std::string::npos);
  }
}

TEST_CASE("metadump shows every key in decodable form") {
  OddKeys fixture;
  const std::regex form(R"(key=([-._~%A-Za-z0-9]+) exp=-1 la=\d+ cas=\d+ fetch=no cls=\d+ )"
                        R"(size=\d+ flags=0 )");
  std::vector<std::string> lines = fixture.lines_of("lru_crawler metadump all\r\n", "END\r\n");
  REQUIRE(lines.size() == fixture.keys.size() + 1);
  CHECK(lines[0] == "OK");
  Names found;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::smatch match;
    CAPTURE(lines[i]);
    REQUIRE(std::regex_match(lines[i], match, form));
    found.insert(uri_decoded(match[1]));
  }
  CHECK(found == fixture.keys);
}

TEST_CASE("mgdump writes commands that find every item") {
  OddKeys fixture;
  const std::regex form(R"(mg ([^ ]+)( b)?)");
  std::vector<std::string> lines = fixture.lines_of("lru_crawler mgdump all\r\n", "EN\r\n");
  REQUIRE(lines.size() == fixture.keys.size() + 1);
  CHECK(lines[0] == "OK");
  Names found;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::smatch match;
    CAPTURE(lines[i]);
    REQUIRE(std::regex_match(lines[i], match, form));
    const bool is_base64 = match[2].matched;
    found.insert(is_base64 ? base64_decoded(match[1]) : match[1].str());
    // A longer key cannot be requested in base64.
    if (match[1].length() <= 250) {
      CHECK(fixture.ask(fixture.client, lines[i] + "\r\n") == "HD\r\n");
    }
  }
  CHECK(found == fixture.keys);
}

TEST_CASE("me shows a key as one word") {
  OddKeys fixture;
  const std::regex form(R"(ME ([^ ]+) exp=-1 la=\d+ cas=\d+ fetch=no cls=\d+ size=\d+\r\n)");
  for (const std::string& key : fixture.keys) {
    const std::string name = base64_of(key);
    if (name.size() > 250) continue;
    const std::string answer = fixture.ask(fixture.client, "me " + name + " b\r\n");
    std::smatch match;
    CAPTURE(name, answer);
    REQUIRE(std::regex_match(answer, match, form));
    CHECK(match[1] == (is_plain(key) ? key : name));
  }
}

TEST_CASE("watchers get every key in decodable form") {
  OddKeys fixture;
  const std::regex form(R"(item_(get|store) key=([-._~%A-Za-z0-9]+) status=.*)");
  Names found;
  for (const std::string& line : fixture.watched) {
    std::smatch match;
    CAPTURE(line);
    REQUIRE(std::regex_match(line, match, form));
    found.insert(uri_decoded(match[2]));
  }
  CHECK(found == fixture.keys);
}

TEST_CASE("prefixes that cannot be shown in a line are URI-encoded") {
  OddKeys fixture;
  const std::regex form(R"(PREFIX ([^ ]*) get 0 hit 0 set \d+ del 0)");
  Names found;
  for (const std::string& line : fixture.lines_of("stats detail dump\r\n", "END\r\n")) {
    std::smatch match;
    CAPTURE(line);
    REQUIRE(std::regex_match(line, match, form));
    const std::string shown = match[1];
    CHECK(is_plain(shown));
    found.insert(shown);
  }
  CHECK(found.contains("plain"));
  CHECK(found.contains("pre%0A"));
  CHECK(found.contains("pre\xff"));  // as in memcached
  CHECK(found.contains("a%0D%0AEND%0D%0A"));
}

}  // namespace
}  // namespace larder::server
