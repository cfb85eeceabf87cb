#include "larderctl/transfer/json_text.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

TEST_CASE("valid UTF-8 is told from other bytes") {
  for (const std::string text : {"", "plain", "k\xc3\xa4se", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                 "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  for (const std::string text :
       {"\x80", "\xc3", "a\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("quotes, backslashes and control characters are escaped") {
  std::string out;
  append_json_string(std::string("a\"b\\c\n\r\t\x01\0\x7f", 11), out);
  CHECK(out == "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u0000\\u007f\"");
}

TEST_CASE("text that is no UTF-8 is shown with question marks") {
  CHECK(json_string_of("a\xff") == "\"a?\"");
  CHECK(json_string_of("k\xc3\xa4se") == "\"k\xc3\xa4se\"");
}

}  // namespace
}  // namespace larder::ctl
