// Which Larder this is, and which memcached it answers for.
#pragma once

#include <string_view>

namespace larder::base {

inline constexpr std::string_view kLarderVersion = "0.1.0";

// What `version` and `stats` answer, and the first line of -h and -V: clients and test harnesses
// choose features by it.
inline constexpr std::string_view kProtocolVersion = "1.6.45";

}  // namespace larder::base
