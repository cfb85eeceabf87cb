// The commands of classic text that read, remove, touch and count items.
//
// Threads: as CommandContext.
#pragma once

#include "protocol/storage_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

// How many items before its own turn the rest of an item is asked for; see Store::prefetch_rest().
inline constexpr size_t kItemsAhead = 4;

class TextCommands {
 public:
  // Both outlive it.
  TextCommands(CommandContext& context, ClusterItem& cluster_item)
      : context_(context), cluster_item_(cluster_item) {}

  // A cut multiget is left as what stands for the rest.
  Progress run(protocol::Get& get, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::Remove& remove, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::Touch& touch, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::Arithmetic& arithmetic, const protocol::ReplyStyle& style,
               Outbox& out);

 private:
  Progress get_many(protocol::Get& get, base::Time exptime, Outbox& out);
  void get_one(const slab::Key& key, const protocol::Get& get, base::Time exptime, Outbox& out);

  CommandContext& context_;
  ClusterItem& cluster_item_;
};

}  // namespace larder::server
