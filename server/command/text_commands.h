// The classic text commands that read, remove and touch items, and incr and decr.
//
// Threads: like CommandContext.
#pragma once

#include "protocol/storage_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

// The number of items between an item's prefetch and its use; see Store::prefetch_rest().
inline constexpr size_t kItemsAhead = 4;

class TextCommands {
 public:
  // Both must outlive it.
  TextCommands(CommandContext& context, ClusterItem& cluster_item)
      : context_(context), cluster_item_(cluster_item) {}

  // If a multiget is cut, the request is changed to represent the rest.
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
