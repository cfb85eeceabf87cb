// A request: a variant of all commands, and the style of its reply.
//
// Include this header only where the whole set of commands is needed: to parse, execute or store a
// request.  The commands are defined by topic in headers of their own, and ReplyStyle is in
// protocol/reply_style.h.
//
// A Request consists of plain bytes and views.  The views borrow from the input that was given to
// the parser and are valid only as long as it is.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <variant>

#include "protocol/admin_commands.h"
#include "protocol/binary_commands.h"
#include "protocol/config_commands.h"
#include "protocol/meta_commands.h"
#include "protocol/reply_style.h"
#include "protocol/session_commands.h"
#include "protocol/storage_commands.h"

namespace larder::protocol {

using Command =
    std::variant<Get, Write, Remove, Touch, Arithmetic, FlushAll, Stats, Version, Quit, Verbosity,
                 Shutdown, MemoryLimit, LruTune, TurnKnob, SlabReassign, Crawl, Watch, DebugTime,
                 MetaGet, MetaRemove, MetaArithmetic, MetaDebug, Noop, BinaryGet, BinaryRemove,
                 BinaryArithmetic, RefreshAuth, RefreshCerts, ConfigGet, ConfigSet, ConfigDelete>;

struct Request {
  Command command;   // what to do: everything the store needs
  ReplyStyle style;  // how to reply: everything the encoder needs
};
static_assert(std::is_trivially_copyable_v<Request>, "reused for every request, never destroyed");
static_assert(sizeof(Request) <= 128, "two cache lines");

// The size of the value that follows the head, without its terminator; nothing if there is no
// value.
inline std::optional<uint32_t> announced_size(const Command& command) noexcept {
  if (const auto* write = std::get_if<Write>(&command)) return write->value_size;
  if (const auto* config = std::get_if<ConfigSet>(&command)) return config->value_size;
  return std::nullopt;
}

}  // namespace larder::protocol
