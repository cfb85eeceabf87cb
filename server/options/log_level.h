// Severities of log lines, and the formats in which they are written.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::server {

// The severity of a line, or the lowest severity that is written; Off: none is.
enum class LogLevel : uint8_t { Debug, Info, Warning, Error, Off };
enum class LogFormat : uint8_t { Text, Json };

// The names that --log-level and --log-format use.
std::string_view name_of(LogLevel level) noexcept;
std::string_view name_of(LogFormat format) noexcept;

}  // namespace larder::server
