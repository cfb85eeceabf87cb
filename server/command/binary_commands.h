// The commands of the binary protocol that differ from those of the text protocol: reads, removals,
// and counters that are created.
//
// Threads: like CommandContext.
#pragma once

#include "protocol/binary_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

class BinaryCommands {
 public:
  // Both must outlive it.
  BinaryCommands(CommandContext& context, ClusterItem& cluster_item)
      : context_(context), cluster_item_(cluster_item) {}

  Progress run(const protocol::BinaryGet& get, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::BinaryRemove& remove, const protocol::ReplyStyle& style,
               Outbox& out);
  Progress run(const protocol::BinaryArithmetic& arithmetic, const protocol::ReplyStyle& style,
               Outbox& out);

 private:
  CommandContext& context_;
  ClusterItem& cluster_item_;
};

}  // namespace larder::server
