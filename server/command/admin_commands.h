// Administration commands, as far as they are executed by a worker.
//
// Threads: like CommandContext.
#pragma once

#include "protocol/admin_commands.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

class AdminCommands {
 public:
  // `context` must outlive it.
  explicit AdminCommands(CommandContext& context) : context_(context) {}

  Progress run(const protocol::FlushAll& flush, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::Stats& stats, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::Verbosity& verbosity, const protocol::ReplyStyle& style,
               Outbox& out);
  Progress run(const protocol::Shutdown& shutdown, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::MemoryLimit& limit, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::LruTune& tune, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::TurnKnob& turned, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::SlabReassign& reassign, const protocol::ReplyStyle& style,
               Outbox& out);
  // Sends one piece of a dump; `crawl` is changed to represent the rest.
  Progress run(protocol::Crawl& crawl, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::Watch& watch, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::DebugTime& debug_time, const protocol::ReplyStyle& style,
               Outbox& out);
  Progress run(const protocol::RefreshAuth& refresh, const protocol::ReplyStyle& style,
               Outbox& out);
  Progress run(const protocol::TakeSnapshot& take, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::RefreshCerts& refresh, const protocol::ReplyStyle& style,
               Outbox& out);

 private:
  void log_change(const protocol::Stats& stats, const protocol::ReplyStyle& style);
  Progress dump(protocol::Crawl& crawl, Outbox& out);
  void dump_item(const protocol::Crawl& crawl, const slab::ItemView& view, Outbox& out);

  CommandContext& context_;
};

}  // namespace larder::server
