// The commands of Auto Discovery: config get, set and delete.
//
// Threads: like CommandContext.
#pragma once

#include <string_view>

#include "protocol/complaint.h"
#include "protocol/config_commands.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"

namespace larder::server {

class ConfigCommands {
 public:
  // `context` must outlive it.
  explicit ConfigCommands(CommandContext& context) : context_(context) {}

  Progress run(const protocol::ConfigGet& get, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::ConfigSet& config, const protocol::ReplyStyle& style, Outbox& out);
  Progress run(const protocol::ConfigDelete& config, const protocol::ReplyStyle& style,
               Outbox& out);

  // The error known from the head of a config set; None if it is allowed.
  protocol::Complaint refusal_of(const protocol::ConfigSet& config) const noexcept {
    return context_.admin.discovery().refusal_of(config);
  }

 private:
  void log_change(std::string_view act, std::string_view name, const protocol::ReplyStyle& style);

  CommandContext& context_;
};

}  // namespace larder::server
