#include "server/support/command_kind.h"

#include <catch2/catch.hpp>

#include "protocol/request.h"

namespace larder::server {
namespace {

TEST_CASE("commands of different dialects that do the same have one kind") {
  CHECK(kind_of({.command = protocol::Get{}, .style = {}}) == CommandKind::Get);
  CHECK(kind_of({.command = protocol::MetaGet{}, .style = {}}) == CommandKind::Get);
  CHECK(kind_of({.command = protocol::BinaryGet{}, .style = {}}) == CommandKind::Get);
  CHECK(kind_of({.command = protocol::BinaryGet{.touches = true}, .style = {}}) ==
        CommandKind::Get);
  CHECK(kind_of({.command = protocol::BinaryGet{.touches = true, .wants_value = false},
                 .style = {}}) == CommandKind::Touch);
  CHECK(kind_of({.command = protocol::Write{}, .style = {}}) == CommandKind::Set);
  CHECK(kind_of({.command = protocol::BinaryRemove{}, .style = {}}) == CommandKind::Delete);
  CHECK(kind_of({.command = protocol::Touch{}, .style = {}}) == CommandKind::Touch);
  CHECK(kind_of({.command = protocol::MetaArithmetic{}, .style = {}}) == CommandKind::Arithmetic);
  CHECK(kind_of({.command = protocol::Version{}, .style = {}}) == CommandKind::Other);
  CHECK(name_of(CommandKind::Arithmetic) == "incr");
  CHECK(name_of(CommandKind::Other) == "other");
}

}  // namespace
}  // namespace larder::server
