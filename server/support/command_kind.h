// The kinds of commands that statistics distinguish; commands of the three dialects with the same
// function have one kind.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::protocol {
struct Request;
}

namespace larder::server {

enum class CommandKind : uint8_t { Get, Set, Delete, Touch, Arithmetic, Other };
inline constexpr size_t kCommandKindCount = 6;

// The name in statistics: "get", "set", "delete", "touch", "incr", "other".
std::string_view name_of(CommandKind kind) noexcept;
// A get that also touches is Get; `incr` and `decr` are Arithmetic.
CommandKind kind_of(const protocol::Request& request) noexcept;

}  // namespace larder::server
