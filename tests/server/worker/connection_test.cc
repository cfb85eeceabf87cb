#include "server/worker/connection.h"

#include <catch2/catch.hpp>
#include <string>

namespace larder::server {
namespace {

void append(Tail& tail, std::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  bytes.copy(tail.prepare(size), size);
  tail.grow(size);
}

TEST_CASE("a tail has memory only while it holds something") {
  Tail tail;
  CHECK(tail.bytes() == "");
  CHECK(tail.capacity() == 0);
  tail.assign("get a");
  CHECK(tail.bytes() == "get a");
  CHECK(tail.capacity() >= 5);
  tail.assign("");
  CHECK(tail.bytes() == "");
  CHECK(tail.capacity() == 0);
  tail.assign("again");
  tail.clear();
  CHECK(tail.size() == 0);
  CHECK(tail.capacity() == 0);
}

TEST_CASE("a tail may be assigned the end or the whole of itself") {
  const std::string bytes = "0123456789abcdefghij";
  for (size_t begin = 0; begin <= bytes.size(); ++begin) {
    CAPTURE(begin);
    Tail tail;
    tail.assign(bytes);
    tail.assign(tail.bytes().substr(begin));
    CHECK(tail.bytes() == bytes.substr(begin));
  }
}

TEST_CASE("a tail grows in place of being copied for each piece") {
  Tail tail;
  std::string expected;
  int moves = 0;
  const char* data = nullptr;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(1000, static_cast<char>('a' + i % 26));
    append(tail, piece);
    expected += piece;
    if (tail.bytes().data() != data) ++moves;
    data = tail.bytes().data();
  }
  CHECK((tail.bytes() == expected));
  CHECK(tail.capacity() <= 2 * expected.size() + 1000);
  CHECK(moves < 20);
}

TEST_CASE("room that was prepared and not used leaves a tail as it was") {
  Tail tail;
  tail.assign("abc");
  tail.prepare(100'000);
  CHECK(tail.bytes() == "abc");
  append(tail, "def");
  CHECK(tail.bytes() == "abcdef");
}

TEST_CASE("an idle connection costs a few hundred bytes") {
  CHECK(sizeof(Connection) <= 400);
  Connection connection({.fd = base::UniqueFd()}, nullptr);
  CHECK(connection.tail.capacity() == 0);
  CHECK(connection.backlog == nullptr);
  CHECK(connection.upload == nullptr);
  CHECK(connection.cut_request == nullptr);
}

}  // namespace
}  // namespace larder::server
