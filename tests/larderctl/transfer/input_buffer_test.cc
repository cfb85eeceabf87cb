#include "larderctl/transfer/input_buffer.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

namespace larder::ctl {
namespace {

void add(InputBuffer& buffer, std::string_view bytes, size_t wanted = 0) {
  const std::span<char> room = buffer.room(bytes.size(), wanted);
  REQUIRE(room.size() >= bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  buffer.filled(bytes.size());
}

TEST_CASE("lines end with a line feed, or with both") {
  InputBuffer buffer;
  add(buffer, "one\r\ntwo\nthr");
  REQUIRE(buffer.line());
  CHECK(buffer.line()->text == "one");
  buffer.consume(buffer.line()->size);
  CHECK(buffer.line()->text == "two");
  buffer.consume(buffer.line()->size);
  CHECK_FALSE(buffer.line());
  add(buffer, "ee\n");
  CHECK(buffer.line()->text == "three");
}

TEST_CASE("what is unread stays in one piece, however much comes") {
  InputBuffer buffer;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string piece(999, static_cast<char>('a' + i % 26));
    add(buffer, piece);
    expected += piece;
    if (i % 3 == 0) {
      buffer.consume(500);
      expected.erase(0, 500);
    }
  }
  CHECK(buffer.unread() == expected);
}

TEST_CASE("room for something large is made at once, and given back") {
  InputBuffer buffer;
  add(buffer, "head");
  constexpr size_t kLarge = size_t{5} << 20;
  CHECK(buffer.room(1, kLarge).size() >= kLarge - 4);
  CHECK(buffer.unread() == "head");
  buffer.consume(4);
  CHECK(buffer.room(1).size() == InputBuffer::kUsualSize);
}

}  // namespace
}  // namespace larder::ctl
