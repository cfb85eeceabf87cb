#include "larderctl/transfer/tool_dump.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

TEST_CASE("a line of memcached-tool is an add command") {
  const auto head = parse_tool_head("add user:1 7 1796099302 3");
  REQUIRE(head);
  CHECK(head->key == "user:1");
  CHECK(head->flags == 7);
  CHECK(head->exptime == 1796099302);
  CHECK(head->size == 3);
  CHECK(parse_tool_head("set k 0 0 0"));
  CHECK(parse_tool_head("add k 0 -1 0")->exptime == -1);
}

TEST_CASE("other lines are no commands that store") {
  for (const std::string line :
       {"", "add", "add k", "add k 0 0", "add k 0 0 x", "add k 0 0 1 noreply", "get k",
        "add k -1 0 1", "add k 4294967296 0 1", "add k 0 0 -1", "add  0 0 1"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_tool_head(line));
  }
}

TEST_CASE("an exptime is relative up to 30 days") {
  constexpr int64_t kNow = 1'790'000'000;
  CHECK(expires_of_exptime(0, kNow) == 0);
  CHECK(expires_of_exptime(1, kNow) == kNow + 1);
  CHECK(expires_of_exptime(2'592'000, kNow) == kNow + 2'592'000);
  CHECK(expires_of_exptime(2'592'001, kNow) == 2'592'001);
  CHECK(expires_of_exptime(kNow + 60, kNow) == kNow + 60);
  CHECK(expires_of_exptime(-1, kNow) == 1);
}

TEST_CASE("an item is written as memcached-tool writes it") {
  std::string out;
  append_tool_item({.key = "k", .flags = 7, .expires = 1790000000, .value = "a\r\nb"}, out);
  append_tool_item({.key = "empty", .value = ""}, out);
  CHECK(out == "add k 7 1790000000 4\r\na\r\nb\r\nadd empty 0 0 0\r\n\r\n");
}

}  // namespace
}  // namespace larder::ctl
