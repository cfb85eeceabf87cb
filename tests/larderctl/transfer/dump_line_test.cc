#include "larderctl/transfer/dump_line.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

using Kind = DumpLine::Kind;

TEST_CASE("a line of metadump names a key and its expiry time") {
  const DumpLine line = parse_dump_line(
      "key=a%20b exp=1796099302 la=1796099202 cas=1 fetch=no cls=1 size=69 flags=0 ");
  CHECK(line.kind == Kind::Item);
  CHECK(line.uri_key == "a%20b");
  CHECK(line.expires == 1796099302);
  CHECK(parse_dump_line("key=foo exp=-1 la=1").expires == 0);
  CHECK(parse_dump_line("key=foo exp=-1\r").kind == Kind::Item);
}

TEST_CASE("what stands around the items of a dump is told apart") {
  CHECK(parse_dump_line("OK\r").kind == Kind::Begin);
  CHECK(parse_dump_line("END\r").kind == Kind::End);
  CHECK(parse_dump_line("BUSY currently processing crawler request").kind == Kind::Busy);
  CHECK(parse_dump_line("BADCLASS invalid class id").kind == Kind::Refused);
  CHECK(parse_dump_line("ERROR metadump not allowed").kind == Kind::Refused);
}

TEST_CASE("a line without a key or a time is none of a dump") {
  for (const std::string line :
       {"key=", "key= exp=-1", "key=foo", "key=foo la=1", "key=foo exp=", "key=foo exp=1x", ""}) {
    CAPTURE(line);
    CHECK(parse_dump_line(line).kind == Kind::Refused);
  }
}

}  // namespace
}  // namespace larder::ctl
