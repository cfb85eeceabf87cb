#include "larderctl/transfer/dump_line.h"

#include <charconv>

namespace larder::ctl {
namespace {

using Kind = DumpLine::Kind;

constexpr std::string_view kKey = "key=";
constexpr std::string_view kExpires = " exp=";

}  // namespace

DumpLine parse_dump_line(std::string_view line) noexcept {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(kKey)) {
    if (line == "OK") return {.kind = Kind::Begin};
    if (line == "END") return {.kind = Kind::End};
    return {.kind = line.starts_with("BUSY") ? Kind::Busy : Kind::Refused};
  }
  const std::string_view fields = line.substr(kKey.size());
  const size_t key_end = fields.find(' ');
  const size_t at = fields.find(kExpires, 0);
  if (key_end == 0 || key_end == fields.npos || at == fields.npos) return {};
  int64_t expires = 0;
  const char* const begin = fields.data() + at + kExpires.size();
  const char* const end = fields.data() + fields.size();
  const auto [stop, code] = std::from_chars(begin, end, expires);
  if (code != std::errc() || (stop != end && *stop != ' ')) return {};
  return {.kind = Kind::Item,
          .uri_key = fields.substr(0, key_end),
          .expires = expires < 0 ? 0 : expires};
}

}  // namespace larder::ctl
