#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "protocol/encode.h"
#include "protocol/limits.h"
#include "protocol/uri_encoding.h"

namespace larder::protocol {
namespace {

std::string metadump(const DumpedItem& item) {
  ReplyBuffer out(1);
  encode_metadump(item, out);
  return std::string(out.owned());
}

std::string mgdump(std::string_view key, bool key_is_binary) {
  ReplyBuffer out(1);
  encode_mgdump(key, key_is_binary, out);
  return std::string(out.owned());
}

TEST_CASE("a line of metadump ends with a newline alone") {
  DumpedItem item{.key = "foo",
                  .expires_at = 1'700'000'100,
                  .accessed_at = 1'700'000'000,
                  .cas = 17,
                  .was_fetched = true,
                  .class_id = 3,
                  .size = 68,
                  .client_flags = 5};
  CHECK(metadump(item) ==
        "key=foo exp=1700000100 la=1700000000 cas=17 fetch=yes cls=3 size=68 flags=5 \n");
  item.expires_at = 0;
  item.was_fetched = false;
  CHECK(metadump(item) == "key=foo exp=-1 la=1700000000 cas=17 fetch=no cls=3 size=68 flags=5 \n");
}

TEST_CASE("metadump URI-encodes the bytes that a URI does not allow") {
  const std::string key("a-z.A_Z~09 %/\r\x00\x7f\xff", 17);
  CHECK(metadump({.key = key}).starts_with("key=a-z.A_Z~09%20%25%2F%0D%00%7F%FF exp="));
}

TEST_CASE("no line of a dump exceeds its maximum length") {
  constexpr auto kMost = std::numeric_limits<uint64_t>::max();
  const std::string key(kKeySizeMax, '\xff');
  const std::string line = metadump({.key = key,
                                     .expires_at = kMost,
                                     .accessed_at = kMost,
                                     .cas = kMost,
                                     .was_fetched = true,
                                     .class_id = 255,
                                     .size = kMost,
                                     .client_flags = 0xffffffff});
  CHECK(line.size() > 3 * kKeySizeMax);
  CHECK(line.size() <= kDumpLineSizeMax);
  CHECK(mgdump(key, true).size() <= kDumpLineSizeMax);
}

TEST_CASE("mgdump writes the command that fetches the item") {
  CHECK(mgdump("foo", false) == "mg foo\r\n");
  CHECK(mgdump("a%b", false) == "mg a%b\r\n");
  CHECK(mgdump(std::string("a\0b", 3), true) == "mg YQBi b\r\n");
  CHECK(mgdump("\xc3\xa4", false) == "mg \xc3\xa4\r\n");
}

TEST_CASE("mgdump writes a key in base64 if a text command cannot contain it") {
  CHECK(mgdump("a b", false) == "mg YSBi b\r\n");
  CHECK(mgdump("a\r\nEN\r\n", false) == "mg YQ0KRU4NCg== b\r\n");
}

TEST_CASE("a key without blanks and control characters is plain") {
  CHECK(is_plain_key("a-z\"'%\xff\x80~!"));
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    CHECK(is_plain_key(std::string(1, static_cast<char>(byte))) == (byte > ' ' && byte != 0x7f));
  }
}

}  // namespace
}  // namespace larder::protocol
