#include "base/base64.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/guarded_bytes.h"

using namespace larder::base;

namespace {

std::string encoded(std::string_view bytes) {
  std::vector<char> out(base64_size(bytes.size()));
  const char* const end = encode_base64(bytes, out.data());
  REQUIRE(static_cast<size_t>(end - out.data()) == out.size());
  return {out.begin(), out.end()};
}

// Also empty if the text cannot be decoded.
std::string decoded(std::string_view text) {
  const larder::support::GuardedBytes guarded(text);
  std::vector<char> out(text.size() + 1, '\x7f');
  const size_t size = decode_base64(guarded.bytes(), out.data());
  REQUIRE(size <= text.size());
  REQUIRE(out.back() == '\x7f');
  return {out.data(), size};
}

}  // namespace

TEST_CASE("base64 decodes and encodes the examples of RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> examples = {
      {"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    CAPTURE(bytes);
    CHECK(encoded(bytes) == text);
    CHECK(decoded(text) == bytes);
  }
  CHECK(encoded("") == "");
}

TEST_CASE("base64 preserves every byte value at every position") {
  for (int value = 0; value < 256; ++value) {
    for (const size_t size : {1u, 2u, 3u, 4u}) {
      for (size_t place = 0; place < size; ++place) {
        std::string bytes(size, '\x55');
        bytes[place] = static_cast<char>(value);
        CAPTURE(value, size, place);
        CHECK(decoded(encoded(bytes)) == bytes);
      }
    }
  }
}

TEST_CASE("base64 uses plus and slash, not the URL alphabet") {
  CHECK(encoded("\xfb\xef\xbe") == "++++");
  CHECK(encoded("\xff\xff\xff") == "////");
  CHECK(decoded("++++////") == "\xfb\xef\xbe\xff\xff\xff");
  CHECK(decoded("-_-_") == "");
}

TEST_CASE("the decoder skips bytes outside the alphabet") {
  CHECK(decoded("Zm\t9v") == "foo");
  CHECK(decoded("!Z!m!9!v!") == "foo");
  CHECK(decoded(std::string("Z\0m\xff"
                            "9v",
                            6)) == "foo");
}

TEST_CASE("the decoder refuses texts that are not whole groups of four") {
  for (const char* text : {"", "Z", "Zm", "Zm9", "Zm9vY", "Zm9vYg", "Zm9vYg=", "!!!!"}) {
    CAPTURE(text);
    CHECK(decoded(text) == "");
  }
}

TEST_CASE("decoding ends with the first group that has padding") {
  CHECK(decoded("Zg==Zm9v") == "f");
  CHECK(decoded("Zm8=Zm9v") == "fo");
  CHECK(decoded("Zm9vZg==") == "foof");
}

TEST_CASE("a group has at most two padding characters") {
  CHECK(decoded("Z===") == "");
  CHECK(decoded("====") == "");
  CHECK(decoded("Zm9vZ===") == "");
}

TEST_CASE("padding counts as zero at any position in a group") {
  CHECK(decoded("=AAA") == std::string(2, '\0'));
  CHECK(decoded("Z=9=") == "d");
}
