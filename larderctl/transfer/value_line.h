// The first lines of replies that carry a value: VA of the meta protocol, VALUE of the text one.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::ctl {

// VA <size> <flags>*, where a flag is a letter with its token.
struct MetaValue {
  size_t size = 0;
  std::string_view key;  // k
  bool key_is_base64 = false;
  uint32_t flags = 0;            // f
  std::optional<int64_t> ttl{};  // t: seconds; -1: never
  uint64_t cas = 0;              // c
  uint32_t idle_seconds = 0;     // l
  bool was_fetched = false;      // h
  bool is_stale = false;         // X
  std::string_view opaque;       // O
};

// `line` has no line ending.  Nothing if it is none of these.
std::optional<MetaValue> parse_meta_value(std::string_view line) noexcept;

// VALUE <key> <flags> <size> [<cas>]
struct TextValue {
  std::string_view key;
  uint32_t flags = 0;
  size_t size = 0;
  uint64_t cas = 0;
};
std::optional<TextValue> parse_text_value(std::string_view line) noexcept;

// All of `text` as a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept;

}  // namespace larder::ctl
