// Auto Discovery's commands: config get, set and delete.
//
// Threads: as CommandContext.
#pragma once

#include <string_view>

#include "protocol/complaint.h"
#include "protocol/config_commands.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

class ConfigCommands {
 public:
  // `context` outlives it.
  explicit ConfigCommands(CommandContext& context) : context_(context) {}

  Progress run(const protocol::ConfigGet& get, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::ConfigSet& config, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::ConfigDelete& config, const protocol::ReplyStyle& style,
               Outbox& out);

  // Why a configuration cannot be set, as far as its head tells; None if it may.
  protocol::Complaint refusal_of(const protocol::ConfigSet& config) const noexcept {
    return context_.admin.discovery().refusal_of(config);
  }

 private:
  void log_change(std::string_view act, std::string_view name, const protocol::ReplyStyle& style);

  CommandContext& context_;
};

}  // namespace larder::server
