// The version of Larder, and the version of memcached that it reports to clients.
#pragma once

#include <string_view>

namespace larder::base {

inline constexpr std::string_view kLarderVersion = "0.1.0";

// Shown by `version`, `stats`, -h and -V; clients and test harnesses choose features by it.
inline constexpr std::string_view kProtocolVersion = "1.6.45";

}  // namespace larder::base
