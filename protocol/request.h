// A request: one of all commands, and how to answer it.
//
// Include this only where the whole set is needed: to parse, to execute, to hold a request.  The
// commands stand by kind in headers of their own, and ReplyStyle in protocol/reply_style.h.
//
// A Request is plain bytes and views.  The views borrow from the input that the parser was given
// and end with it.
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
  ReplyStyle style;  // how to answer: everything the encoder needs
};
static_assert(std::is_trivially_copyable_v<Request>, "reused for every request, never destroyed");
static_assert(sizeof(Request) <= 128, "two cache lines");

// How many bytes of value follow the head, their terminator not counted; nothing if no value does.
inline std::optional<uint32_t> announced_size(const Command& command) noexcept {
  if (const auto* write = std::get_if<Write>(&command)) return write->value_size;
  if (const auto* config = std::get_if<ConfigSet>(&command)) return config->value_size;
  return std::nullopt;
}

}  // namespace larder::protocol
