// The meta commands except `ms`, which is a write, and `mn`.
//
// Threads: like CommandContext.
#pragma once

#include <string_view>

#include "protocol/meta_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

class MetaCommands {
 public:
  // Both must outlive it.
  MetaCommands(CommandContext& context, ClusterItem& cluster_item)
      : context_(context), cluster_item_(cluster_item) {}

  Progress run(const protocol::MetaGet& get, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::MetaRemove& remove, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::MetaArithmetic& arithmetic, const protocol::ReplyStyle& style,
               Outbox& out);
  Progress run(const protocol::MetaDebug& debug, const protocol::ReplyStyle& style, Outbox& out);

 private:
  using Style = protocol::ReplyStyle;

  void answer_hit(const protocol::MetaGet& get, const Style& style, const slab::ItemView& view,
                  bool is_new, Outbox& out);
  void answer_counted(const protocol::MetaArithmetic& arithmetic, const slab::Counted& counted,
                      std::string_view key, const Style& style, Outbox& out);

  CommandContext& context_;
  ClusterItem& cluster_item_;
};

}  // namespace larder::server
