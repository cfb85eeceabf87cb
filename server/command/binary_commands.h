// The binary dialect's commands that differ from those of text: its reads and removals, and
// counters that are created.
//
// Threads: as CommandContext.
#pragma once

#include "protocol/binary_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

class BinaryCommands {
 public:
  // Both outlive it.
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
