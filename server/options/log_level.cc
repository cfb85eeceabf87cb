#include "server/options/log_level.h"

#include <cstddef>

namespace larder::server {

std::string_view name_of(LogLevel level) noexcept {
  constexpr std::string_view kNames[] = {"debug", "info", "warning", "error", "off"};
  return kNames[static_cast<size_t>(level)];
}

std::string_view name_of(LogFormat format) noexcept {
  return format == LogFormat::Json ? "json" : "text";
}

}  // namespace larder::server
