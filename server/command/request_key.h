// The hash of a request's key.
//
// Threads: like the executor.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "protocol/request.h"
#include "server/command/executor.h"

namespace larder::server {

// The hash of the first key.  False if the request has no key.
inline bool hash_key(const protocol::Request& request, Executor& executor, uint64_t* hash) {
  return std::visit(
      [&](const auto& command) {
        if constexpr (requires { command.key; }) {
          const std::string_view key = executor.plain_key(command.key, request.style);
          *hash = executor.store().key(key).hash;
          return true;
        } else {
          return false;
        }
      },
      request.command);
}

}  // namespace larder::server
