// The streams of `watch`, as bits of a set.
//
// Threads: constants.
#pragma once

#include <cstdint>

namespace larder::protocol::watch {

inline constexpr uint16_t kFetchers = 1 << 0;
inline constexpr uint16_t kMutations = 1 << 1;
inline constexpr uint16_t kEvictions = 1 << 2;
inline constexpr uint16_t kConnections = 1 << 3;
inline constexpr uint16_t kDeletions = 1 << 4;
inline constexpr uint16_t kSystem = 1 << 5;
inline constexpr uint16_t kRawCommands = 1 << 6;
inline constexpr uint16_t kProxyRequests = 1 << 7;
inline constexpr uint16_t kProxyEvents = 1 << 8;
inline constexpr uint16_t kProxyUser = 1 << 9;
inline constexpr uint16_t kProxy = kProxyRequests | kProxyEvents | kProxyUser;

}  // namespace larder::protocol::watch
