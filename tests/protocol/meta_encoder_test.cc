#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "protocol/encode.h"
#include "protocol/limits.h"

using namespace larder::protocol;

namespace {

template <class Encode>
std::string encoded(Encode encode) {
  ReplyBuffer out(1);
  out.append("<");
  encode(out);
  out.append(">");
  const std::string text(out.owned());
  REQUIRE(text.front() == '<');
  REQUIRE(text.back() == '>');
  return text.substr(1, text.size() - 2);
}

ReplyStyle style_of(std::string_view asked, std::string_view opaque = {}) {
  ReplyStyle style{.dialect = Dialect::Meta, .opaque = opaque};
  for (const char letter : asked) style.asked.letters[style.asked.count++] = letter;
  return style;
}

std::string header(const MetaItem& item, const ReplyStyle& style) {
  return encoded([&](ReplyBuffer& out) { encode_meta(MetaStatus::Done, item, style, out); });
}

}  // namespace

TEST_CASE("a meta reply without flags is its status") {
  const auto text_of_status = [](MetaStatus status) {
    return encoded([&](ReplyBuffer& out) { encode_meta(status, {}, style_of(""), out); });
  };
  CHECK(text_of_status(MetaStatus::Done) == "HD\r\n");
  CHECK(text_of_status(MetaStatus::Miss) == "EN\r\n");
  CHECK(text_of_status(MetaStatus::NotFound) == "NF\r\n");
  CHECK(text_of_status(MetaStatus::NotStored) == "NS\r\n");
  CHECK(text_of_status(MetaStatus::Exists) == "EX\r\n");
  CHECK(encoded([](ReplyBuffer& out) { encode_meta_noop(out); }) == "MN\r\n");
}

TEST_CASE("flags are shown in the order of the request") {
  const MetaItem item{.key = "key",
                      .was_fetched = true,
                      .never_expires = false,
                      .seconds_left = 30,
                      .seconds_since_access = 4,
                      .client_flags = 5,
                      .value_size = 6,
                      .cas = 7};
  CHECK(header(item, style_of("Okstclfh", "Ozy")) == "HD Ozy kkey s6 t30 c7 l4 f5 h1\r\n");
  CHECK(header(item, style_of("hflctskO", "Ozy")) == "HD h1 f5 l4 c7 t30 s6 kkey Ozy\r\n");
  CHECK(header({}, style_of("tfhlcs")) == "HD t-1 f0 h0 l0 c0 s0\r\n");
}

TEST_CASE("flags that only change behaviour are not shown") {
  CHECK(header({}, style_of("TNRs")) == "HD s0\r\n");
}

TEST_CASE("flags added by the server come last and in a fixed order") {
  const std::string asked = "s";
  CHECK(header({.has_sent_token = true}, style_of(asked)) == "HD s0 Z\r\n");
  CHECK(header({.is_stale = true, .wins = true}, style_of(asked)) == "HD s0 X W\r\n");
  CHECK(header({.has_sent_token = true, .is_stale = true}, style_of(asked)) == "HD s0 Z X\r\n");
  CHECK(header({.wins = true}, style_of("")) == "HD W\r\n");
}

TEST_CASE("a binary key is shown in base64 and followed by a b flag") {
  const std::string bytes("\0\r\n ", 4);
  CHECK(header({.key = bytes, .key_is_binary = true}, style_of("ks")) == "HD kAA0KIA== b s0\r\n");
  CHECK(header({.key = "foo", .key_is_binary = false}, style_of("k")) == "HD kfoo\r\n");
}

TEST_CASE("a reply without an item shows only the key and the opaque token") {
  ReplyStyle style = style_of("stOckTN", "O9");
  const auto miss = [&] {
    return encoded(
        [&](ReplyBuffer& out) { encode_meta_without_item(MetaStatus::Miss, "foo", style, out); });
  };
  CHECK(miss() == "EN O9 kfoo\r\n");
  style.key_is_base64 = true;
  CHECK(miss() == "EN O9 kZm9v b\r\n");
}

TEST_CASE("a value follows its header line") {
  const auto value = [](std::string_view bytes) {
    return encoded([&](ReplyBuffer& out) {
      encode_meta_value(bytes, {.key = "k", .value_size = 99}, style_of("ks"), out);
    });
  };
  CHECK(value("ab\r\nc") == "VA 5 kk s99\r\nab\r\nc\r\n");
  CHECK(value("") == "VA 0 kk s99\r\n\r\n");
  CHECK(encoded([](ReplyBuffer& out) {
          encode_meta_value_head(1234567, {}, style_of("t"), out);
        }) == "VA 1234567 t-1\r\n");
}

TEST_CASE("the longest line fits") {
  constexpr uint32_t kMax32 = std::numeric_limits<uint32_t>::max();
  const std::string key(kKeySizeMax, '\xff');
  const std::string opaque(kOpaqueSizeMax, 'O');
  const MetaItem item{.key = key,
                      .key_is_binary = true,
                      .was_fetched = true,
                      .never_expires = false,
                      .has_sent_token = true,
                      .is_stale = true,
                      .wins = true,
                      .seconds_left = kMax32,
                      .seconds_since_access = kMax32,
                      .client_flags = kMax32,
                      .value_size = kMax32,
                      .cas = std::numeric_limits<uint64_t>::max()};
  const std::string line = header(item, style_of("Okstclfh", opaque));
  CHECK(line.starts_with("HD " + opaque + " k//////"));
  CHECK(
      line.ends_with(" s4294967295 t4294967295 c18446744073709551615 l4294967295 f4294967295 h1"
                     " Z X W\r\n"));
}

TEST_CASE("me shows all metadata of the item") {
  MetaDebugItem item{.key = "key",
                     .key_is_binary = false,
                     .was_fetched = true,
                     .seconds_left = 30,
                     .seconds_since_access = 2,
                     .cas = 3,
                     .class_id = 4,
                     .size = 65};
  const auto text = [&] {
    return encoded([&](ReplyBuffer& out) { encode_meta_debug(item, out); });
  };
  CHECK(text() == "ME key exp=30 la=2 cas=3 fetch=yes cls=4 size=65\r\n");
  item.key_is_binary = true;
  item.was_fetched = false;
  item.seconds_left = -1;
  CHECK(text() == "ME a2V5 exp=-1 la=2 cas=3 fetch=no cls=4 size=65\r\n");
}
