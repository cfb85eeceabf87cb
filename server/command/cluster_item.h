// The item from which clients without the commands of Auto Discovery get the list of nodes.
//
// It is not stored: if a cluster is configured, clients cannot store an item with its key; if not,
// the key is an ordinary key.
//
// Threads: like CommandContext.
#pragma once

#include <optional>

#include "protocol/binary_commands.h"
#include "protocol/meta_commands.h"
#include "protocol/storage_commands.h"
#include "server/command/command_context.h"

namespace larder::server {

class ClusterItem {
 public:
  // `context` must outlive it.
  explicit ClusterItem(CommandContext& context) : context_(context) {}

  // Whether a miss of this key may be answered by the functions below.
  // Compares the sizes first, which is all that other keys cost: a compiler may call for the rest.
  static bool is_named(std::string_view key) noexcept {
    return key.size() == Discovery::kClusterKey.size() && key == Discovery::kClusterKey;
  }

  // Whether clients must not store an item with that key.
  bool reserves(std::string_view key) const noexcept {
    return context_.admin.discovery().reserves(key);
  }

  // Reply to a get that missed.  False if it is a miss.  Not inlined, because all gets run through
  // the calling code.
  bool answer(const protocol::Get& get, Outbox& out);
  bool answer(const protocol::MetaGet& get, const protocol::ReplyStyle& style, Outbox& out);
  bool answer(const protocol::BinaryGet& get, const protocol::ReplyStyle& style, Outbox& out);

 private:
  std::optional<Discovery::Entry> entry();

  CommandContext& context_;
};

}  // namespace larder::server
