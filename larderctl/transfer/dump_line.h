// The lines of `lru_crawler metadump`.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::ctl {

struct DumpLine {
  enum class Kind : uint8_t {
    Item,
    Begin,  // OK, which servers send from 1.6.42 on
    End,
    Busy,    // another crawl is under way
    Refused  // the line says why
  };

  Kind kind = Kind::Refused;
  std::string_view uri_key{};  // URI-encoded
  int64_t expires = 0;         // in seconds since 1970-01-01 UTC by the server's clock; 0: never
};

// `line` has no line feed.  Fields that are not known are ignored.
DumpLine parse_dump_line(std::string_view line) noexcept;

}  // namespace larder::ctl
