#include "protocol/reply_buffer.h"

#include <catch2/catch.hpp>
#include <string>

using larder::protocol::ReplyBuffer;

TEST_CASE("appended bytes keep their order through growth") {
  ReplyBuffer out(4);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece = std::to_string(i) + " ";
    out.append(piece);
    expected += piece;
  }
  CHECK(out.owned() == expected);
  CHECK(out.size() == expected.size());
}

TEST_CASE("a buffer may start without capacity") {
  ReplyBuffer out(0);
  CHECK(out.empty());
  out.append("a");
  CHECK(out.owned() == "a");
}

TEST_CASE("appending no bytes changes nothing") {
  ReplyBuffer out(0);
  out.append({});
  CHECK(out.empty());
}

TEST_CASE("of prepared room only the committed part is kept") {
  ReplyBuffer out(1);
  out.append("ab");
  char* end = out.prepare(100);
  *end++ = 'c';
  out.commit(end);
  out.append("d");
  CHECK(out.owned() == "abcd");
}

TEST_CASE("one append may need more than twice the capacity") {
  ReplyBuffer out(2);
  out.append("a");
  const std::string large(1000, 'x');
  out.append(large);
  CHECK(out.owned() == "a" + large);
}

TEST_CASE("a borrowed run records how many owned bytes precede it") {
  ReplyBuffer out(16);
  const std::string value(5000, 'v');
  out.append("head");
  out.append_borrowed(value);
  out.append("tail");
  REQUIRE(out.borrowed().size() == 1);
  CHECK(out.borrowed()[0].owned_offset == 4);
  CHECK(out.borrowed()[0].data == value.data());
  CHECK(out.borrowed()[0].size == value.size());
  CHECK(out.owned() == "headtail");
  CHECK(out.size() == 8 + value.size());
}

TEST_CASE("a buffer with only borrowed bytes is not empty") {
  ReplyBuffer out(16);
  out.append_borrowed("value");
  CHECK_FALSE(out.empty());
}

TEST_CASE("truncating removes only later bytes and later runs") {
  ReplyBuffer out(16);
  out.append("one");
  out.append_borrowed("first");
  out.append("two");
  const size_t mark = out.owned().size();
  out.append("three");
  out.append_borrowed("second");
  out.append("four");

  out.truncate(mark);
  CHECK(out.owned() == "onetwo");
  REQUIRE(out.borrowed().size() == 1);
  CHECK(out.borrowed()[0].owned_offset == 3);
  CHECK(out.size() == 6 + 5);
}

TEST_CASE("truncating removes a run that begins at the mark") {
  ReplyBuffer out(16);
  out.append("one");
  out.append_borrowed("value");
  out.truncate(3);
  CHECK(out.borrowed().empty());
  CHECK(out.size() == 3);
}

TEST_CASE("truncating to the current size keeps all owned bytes") {
  ReplyBuffer out(16);
  out.append_borrowed("value");
  out.append("one");
  out.truncate(3);
  CHECK(out.owned() == "one");
  CHECK(out.size() == 8);
}

TEST_CASE("a cleared buffer is empty and can be used again") {
  ReplyBuffer out(2);
  out.append("something");
  out.append_borrowed("else");
  out.clear();
  CHECK(out.empty());
  CHECK(out.borrowed().empty());
  out.append("new");
  CHECK(out.owned() == "new");
  CHECK(out.size() == 3);
}
