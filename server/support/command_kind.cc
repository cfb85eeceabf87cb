#include "server/support/command_kind.h"

#include <array>
#include <iterator>
#include <type_traits>
#include <utility>
#include <variant>

#include "protocol/request.h"

namespace larder::server {
namespace {

template <class Command, class... Commands>
constexpr bool is_one_of = (std::is_same_v<Command, Commands> || ...);

template <class Command>
constexpr CommandKind kind_of_type() {
  using namespace protocol;
  if constexpr (is_one_of<Command, Get, MetaGet, BinaryGet>) return CommandKind::Get;
  if constexpr (is_one_of<Command, Write>) return CommandKind::Set;
  if constexpr (is_one_of<Command, Remove, MetaRemove, BinaryRemove>) return CommandKind::Delete;
  if constexpr (is_one_of<Command, Touch>) return CommandKind::Touch;
  if constexpr (is_one_of<Command, Arithmetic, MetaArithmetic, BinaryArithmetic>) {
    return CommandKind::Arithmetic;
  }
  return CommandKind::Other;
}

template <size_t... Numbers>
constexpr auto kinds_of_types(std::index_sequence<Numbers...>) {
  return std::array{kind_of_type<std::variant_alternative_t<Numbers, protocol::Command>>()...};
}

constexpr auto kKinds =
    kinds_of_types(std::make_index_sequence<std::variant_size_v<protocol::Command>>());

}  // namespace

std::string_view name_of(CommandKind kind) noexcept {
  constexpr std::string_view kNames[] = {"get", "set", "delete", "touch", "incr", "other"};
  static_assert(std::size(kNames) == kCommandKindCount);
  return kNames[static_cast<size_t>(kind)];
}

CommandKind kind_of(const protocol::Request& request) noexcept {
  const protocol::Command& command = request.command;
  if (const auto* get = std::get_if<protocol::BinaryGet>(&command)) [[unlikely]] {
    return get->wants_value ? CommandKind::Get : CommandKind::Touch;
  }
  return kKinds[command.index()];
}

}  // namespace larder::server
