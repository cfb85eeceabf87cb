// Executes requests: Request x Store -> reply.  Together with server/admin/ this is the only place
// that uses both protocol/ and slab/, and it counts the requests.
//
// Each group of commands has its own class, owned by the executor.  What these classes share is in
// CommandContext; WatchTeller reports events to watchers, InsightNotes passes requests to
// estimates.
//
// Threads: one per worker, used by that worker only.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "protocol/complaint.h"
#include "protocol/reply_style.h"
#include "protocol/session_commands.h"
#include "server/command/admin_commands.h"
#include "server/command/binary_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/config_commands.h"
#include "server/command/meta_commands.h"
#include "server/command/progress.h"
#include "server/command/text_commands.h"
#include "server/command/upload.h"
#include "server/command/write_commands.h"
#include "server/net/client.h"
#include "server/net/outbox.h"
#include "slab/store.h"

namespace larder::protocol {
struct Request;
}

namespace larder::server {

class Executor {
 public:
  // All arguments must outlive the executor.  `insight` is null if nothing is estimated.
  Executor(slab::Store& store, slab::ThreadCache& cache, WorkerCounters& counters,
           const base::Clock& clock, Admin& admin, Watchers& watchers,
           WorkerInsight* insight = nullptr);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Sets the time for the following requests.  Called once per turn.
  void begin_turn() {
    context_.now = context_.clock.now();
    context_.watch_teller.begin_turn();
    context_.store.on_turn(context_.cache, context_.now);
  }

  // Sets the client that sends the following requests; it must stay alive as long as requests
  // follow, or until the next call.
  void set_client(const Client& client) noexcept {
    context_.client = &client;
    watch_writer().set_descriptor(client.descriptor);
  }

  slab::Store& store() noexcept { return context_.store; }
  WatchWriter& watch_writer() noexcept { return context_.watch_teller.writer(); }
  base::Time now() const noexcept { return context_.now; }
  // See CommandContext.
  std::string_view plain_key(std::string_view key, const protocol::ReplyStyle& style) noexcept {
    return context_.plain_key(key, style);
  }

  // `value` is the value that the head of a write announced; otherwise empty.  `hash` is that of
  // the first key.
  Progress execute(protocol::Request& request, std::string_view value, uint64_t hash, Outbox& out);

  // For a write whose value has not arrived completely: see WriteCommands.
  Upload begin_upload(const protocol::Write& write, const protocol::ReplyStyle& style) {
    return writes_.begin(write, style);
  }
  void end_upload(Upload upload, bool is_terminated, Outbox& out);
  protocol::Complaint abandon_upload(Upload upload);

  // The error known from the head of a config set; None if it is allowed.
  protocol::Complaint refusal_of(const protocol::ConfigSet& config) const noexcept {
    return config_.refusal_of(config);
  }

 private:
  using Style = protocol::ReplyStyle;

  Progress run_command(protocol::Request& request, Outbox& out);
  Progress execute_and_note(protocol::Request& request, Outbox& out);

  Progress run(const protocol::Version& version, const Style& style, Outbox& out);
  Progress run(const protocol::Quit& quit, const Style& style, Outbox& out);
  Progress run(const protocol::Noop& noop, const Style& style, Outbox& out);

  CommandContext context_;
  ClusterItem cluster_item_;
  TextCommands text_;
  WriteCommands writes_;
  MetaCommands meta_;
  BinaryCommands binary_;
  ConfigCommands config_;
  AdminCommands admin_;
};

}  // namespace larder::server
