#include "server/support/line_buffer.h"

#include <catch2/catch.hpp>
#include <string>

namespace larder::server {
namespace {

std::string take(LineBuffer& buffer, size_t size) {
  std::string bytes;
  for (const std::string_view run : buffer.runs()) bytes += run;
  bytes.resize(std::min(size, bytes.size()));
  buffer.consume(bytes.size());
  return bytes;
}

std::string take_all(LineBuffer& buffer) { return take(buffer, buffer.size()); }

constexpr size_t kCapacity = LineBuffer::kCapacityMin;

TEST_CASE("lines are returned in order, wherever the buffer wraps") {
  LineBuffer buffer(0);
  REQUIRE(buffer.is_usable());
  std::string expected;
  std::string taken;
  for (int i = 0; i < 5000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    REQUIRE(buffer.offer(line));
    expected += line;
    if (i % 100 == 99) taken += take(buffer, 1100);
  }
  taken += take_all(buffer);
  CHECK(taken == expected);
}

TEST_CASE("lines that do not fit are counted and the count is reported before the next line") {
  LineBuffer buffer(kCapacity);
  const std::string line = std::string(127, 'x') + "\n";  // they fill it to the last byte
  size_t fitting = 0;
  while (buffer.offer(line)) ++fitting;
  CHECK(fitting == kCapacity / line.size());
  CHECK_FALSE(buffer.offer(line));
  CHECK_FALSE(buffer.offer(line));
  CHECK(buffer.size() == kCapacity);

  // Room for the line alone is not enough, because the count comes first.
  CHECK(take(buffer, line.size()) == line);
  CHECK_FALSE(buffer.has_room(line.size()));
  CHECK_FALSE(buffer.offer(line));
  CHECK(take(buffer, line.size()) == line);
  CHECK(buffer.offer("after\n"));
  std::string rest = take_all(buffer);
  CHECK(rest.ends_with(line + "skipped=4\nafter\n"));
  CHECK(buffer.offer("again\n"));  // once is enough
  CHECK(take_all(buffer) == "again\n");
}

TEST_CASE("skipped lines are reported when half of the buffer is free") {
  LineBuffer buffer(kCapacity);
  const std::string line = std::string(127, 'x') + "\n";
  while (buffer.offer(line)) {
  }
  take(buffer, kCapacity / 2 - 1);
  const size_t size = buffer.size();
  buffer.tell_skipped();
  CHECK(buffer.size() == size);
  take(buffer, 1);
  buffer.tell_skipped();
  buffer.tell_skipped();
  CHECK(take_all(buffer).ends_with("x\nskipped=1\n"));
}

}  // namespace
}  // namespace larder::server
