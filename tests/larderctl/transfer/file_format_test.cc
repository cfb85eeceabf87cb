#include "larderctl/transfer/file_format.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

TEST_CASE("formats are found by how files begin") {
  CHECK(detect_format("\x8cLDR\r\n\x1a\n") == FileFormat::Snapshot);
  CHECK(detect_format("{\"key\":") == FileFormat::JsonLines);
  CHECK(detect_format("\n\n {") == FileFormat::JsonLines);
  CHECK(detect_format("add k 0 ") == FileFormat::MemcachedTool);
  CHECK(detect_format("set k 0 ") == FileFormat::MemcachedTool);
  CHECK(detect_format("") == FileFormat::MemcachedTool);
  CHECK_FALSE(detect_format("REDIS001"));
  CHECK_FALSE(detect_format("\x8cLDR\n\x1a\n"));
}

TEST_CASE("formats have the names of the option") {
  for (const auto format :
       {FileFormat::Snapshot, FileFormat::JsonLines, FileFormat::MemcachedTool}) {
    CHECK(file_format_of(name_of(format)) == format);
  }
  CHECK_FALSE(file_format_of("csv"));
}

}  // namespace
}  // namespace larder::ctl
