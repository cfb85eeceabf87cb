// The item by which clients get the cluster's list who do not know Auto Discovery's commands.
//
// Nothing of the kind is stored: where a cluster is configured nobody can store it, and where none
// is, what somebody has stored is a hit like others.
//
// Threads: as CommandContext.
#pragma once

#include <optional>

#include "protocol/binary_commands.h"
#include "protocol/meta_commands.h"
#include "protocol/storage_commands.h"
#include "server/command/command_context.h"

namespace larder::server {

class ClusterItem {
 public:
  // `context` outlives it.
  explicit ClusterItem(CommandContext& context) : context_(context) {}

  // Whether a miss of this key may be answered by what follows.
  static bool is_named(std::string_view key) noexcept { return key == Discovery::kClusterKey; }

  // Whether clients may not store under that key.
  bool reserves(std::string_view key) const noexcept {
    return context_.admin.discovery().reserves(key);
  }

  // The answer to a get that has missed.  False if it stays a miss.  Out of line, because what
  // calls them is what every get runs through.
  bool answer(const protocol::Get& get, Outbox& out);
  bool answer(const protocol::MetaGet& get, const protocol::ReplyStyle& style, Outbox& out);
  bool answer(const protocol::BinaryGet& get, const protocol::ReplyStyle& style, Outbox& out);

 private:
  std::optional<Discovery::Entry> entry();

  CommandContext& context_;
};

}  // namespace larder::server
