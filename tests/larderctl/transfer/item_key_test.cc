#include "larderctl/transfer/item_key.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

std::string decoded(std::string_view text) {
  std::string key;
  return decode_uri(text, key) ? key : "invalid";
}

TEST_CASE("the keys of a dump are decoded") {
  CHECK(decoded("user:1") == "user:1");
  CHECK(decoded("a%20b%0A") == "a b\n");
  CHECK(decoded("%ff%FF%00") == std::string("\xff\xff\0", 3));
  CHECK(decoded("%25") == "%");
}

TEST_CASE("a dump with half an escape has no key") {
  for (const std::string text : {"", "%", "a%2", "%zz", "a%2gb"}) {
    CAPTURE(text);
    CHECK(decoded(text) == "invalid");
  }
}

TEST_CASE("a key with a blank or a control character is not plain") {
  CHECK(is_plain_key("user:1"));
  CHECK(is_plain_key("k\xc3\xa4se"));
  for (const std::string& key : {std::string(), std::string("a b"), std::string("a\n"),
                                 std::string("\0", 1), std::string("\x7f")}) {
    CAPTURE(key);
    CHECK_FALSE(is_plain_key(key));
  }
}

TEST_CASE("keys have at most 250 bytes in the line") {
  CHECK(fits_text(std::string(250, 'k')));
  CHECK_FALSE(fits_text(std::string(251, 'k')));
  CHECK_FALSE(fits_text("a b"));
  CHECK(fits_meta(std::string(250, 'k'), false));
  CHECK_FALSE(fits_meta(std::string(251, 'k'), false));
  CHECK(fits_meta(std::string(186, ' '), true));
  CHECK_FALSE(fits_meta(std::string(188, ' '), true));
  CHECK_FALSE(fits_meta("", false));
}

TEST_CASE("a key that is shown cannot paint the terminal") {
  CHECK(shown_key("a b\x1b[31m\xff") == "a%20b%1B[31m%FF");
  CHECK(shown_key(std::string(1000, 'k')) == std::string(250, 'k') + "...");
}

}  // namespace
}  // namespace larder::ctl
