// The formats of files with items, and how they are told apart.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::ctl {

enum class FileFormat : uint8_t {
  Snapshot,
  JsonLines,
  MemcachedTool,
};

std::string_view name_of(FileFormat format) noexcept;  // as --format has it
std::optional<FileFormat> file_format_of(std::string_view name) noexcept;

inline constexpr size_t kFormatBytes = 8;
// By the first kFormatBytes of a file, or all of a shorter one; an empty one may be any of lines.
std::optional<FileFormat> detect_format(std::string_view begin) noexcept;

}  // namespace larder::ctl
