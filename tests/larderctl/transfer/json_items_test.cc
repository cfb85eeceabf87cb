#include "larderctl/transfer/json_items.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

std::string written(const Item& item) {
  std::string out;
  append_json_item(item, out);
  return out;
}

std::string reason(std::string_view line) {
  const auto parsed = parse_json_item(line);
  return parsed ? "" : parsed.error().text;
}

TEST_CASE("an item is one line of JSON") {
  CHECK(written({.key = "user:1", .flags = 7, .expires = 1790000000, .cas = 3, .value = "a\nb"}) ==
        "{\"key\":\"user:1\",\"value\":\"a\\nb\",\"flags\":7,\"expires\":1790000000,\"cas\":3}\n");
  CHECK(written({.key = "k", .key_is_binary = true, .value = "\xff"}) ==
        "{\"key\":\"k\",\"value64\":\"/w==\",\"flags\":0,\"expires\":0,\"binary\":true}\n");
}

TEST_CASE("what is written is read back") {
  const std::string bytes("\0\xff\r\n \"\\", 7);
  for (const std::string& key : {std::string("k"), bytes}) {
    for (const std::string& value : {std::string(), std::string("text"), bytes}) {
      const Item item{.key = key,
                      .key_is_binary = key == bytes,
                      .flags = UINT32_MAX,
                      .expires = 1790000000,
                      .cas = UINT64_MAX,
                      .value = value};
      std::string line = written(item);
      line.pop_back();
      const auto parsed = parse_json_item(line);
      REQUIRE(parsed);
      const Item view = parsed->view();
      CHECK(view.key == key);
      CHECK(view.value == value);
      CHECK(view.key_is_binary == item.key_is_binary);
      CHECK(view.flags == item.flags);
      CHECK(view.expires == item.expires);
      CHECK(view.cas == item.cas);
    }
  }
}

TEST_CASE("a line says what is wrong with it") {
  CHECK(reason("[1]") == "this is no JSON object");
  CHECK(reason("{") == "this is no JSON object");
  CHECK(reason("{\"value\":\"v\"}") == "there is no \"key\"");
  CHECK(reason("{\"key\":\"k\"}") == "there is no \"value\"");
  CHECK(reason("{\"key\":1,\"value\":\"v\"}") == "\"key\" is no string");
  CHECK(reason("{\"key\":\"k\",\"value64\":\"*\"}") == "\"value64\" is no base64");
  CHECK(reason("{\"key\":\"k\",\"value\":\"v\",\"flags\":-1}") ==
        "\"flags\" is no number that it can have");
  CHECK(reason("{\"key\":\"k\",\"value\":\"v\",\"flags\":4294967296}") ==
        "\"flags\" is no number that it can have");
  CHECK(reason("{\"key\":\"k\",\"value\":\"v\",\"expires\":1.5}") ==
        "\"expires\" is no number that it can have");
}

TEST_CASE("only the key and the value are needed") {
  const auto parsed = parse_json_item("{\"key\":\"k\",\"value\":\"\",\"more\":{}}");
  REQUIRE(parsed);
  CHECK(parsed->view().value.empty());
  CHECK(parsed->view().expires == 0);
}

}  // namespace
}  // namespace larder::ctl
