// Severities of log lines, and the forms in which they are written.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder::server {

// The severity of a line, or the least severity that is written; Off: nothing is.
enum class LogLevel : uint8_t { Debug, Info, Warning, Error, Off };
enum class LogFormat : uint8_t { Text, Json };

// As --log-level and --log-format call them.
std::string_view name_of(LogLevel level) noexcept;
std::string_view name_of(LogFormat format) noexcept;

}  // namespace larder::server
