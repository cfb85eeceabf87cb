#include "larderctl/transfer/file_format.h"

#include <array>
#include <utility>

namespace larder::ctl {
namespace {

constexpr std::array<std::pair<FileFormat, std::string_view>, 3> kNames = {{
    {FileFormat::Snapshot, "snapshot"},
    {FileFormat::JsonLines, "jsonl"},
    {FileFormat::MemcachedTool, "memcached-tool"},
}};
constexpr std::string_view kSnapshotMagic = "\x8cLDR\r\n\x1a\n";

}  // namespace

std::string_view name_of(FileFormat format) noexcept {
  for (const auto& [each, name] : kNames) {
    if (each == format) return name;
  }
  return "";
}

std::optional<FileFormat> file_format_of(std::string_view name) noexcept {
  for (const auto& [format, each] : kNames) {
    if (each == name) return format;
  }
  return std::nullopt;
}

std::optional<FileFormat> detect_format(std::string_view begin) noexcept {
  if (begin.starts_with(kSnapshotMagic)) return FileFormat::Snapshot;
  if (begin.starts_with("add ") || begin.starts_with("set ") || begin.empty()) {
    return FileFormat::MemcachedTool;
  }
  const size_t first = begin.find_first_not_of(" \t\r\n");
  if (first != begin.npos && begin[first] == '{') return FileFormat::JsonLines;
  return std::nullopt;
}

}  // namespace larder::ctl
