// Writes of all protocols, whether the value arrives together with the head or is uploaded in
// parts.
//
// Threads: like CommandContext.
#pragma once

#include <string_view>

#include "protocol/complaint.h"
#include "protocol/storage_commands.h"
#include "server/command/cluster_item.h"
#include "server/command/command_context.h"
#include "server/command/progress.h"
#include "server/command/upload.h"

namespace larder::server {

class WriteCommands {
 public:
  // Both must outlive it.
  WriteCommands(CommandContext& context, ClusterItem& cluster_item)
      : context_(context), cluster_item_(cluster_item) {}

  Progress run(const protocol::Write& write, const protocol::ReplyStyle& style, Outbox& out);

  // Reserves memory for a write whose value has not arrived completely.  If that is refused, the
  // upload has no writer, and the error is sent after the value and its terminator have been
  // skipped.
  Upload begin(const protocol::Write& write, const protocol::ReplyStyle& style);
  // All bytes are in the writer; `is_terminated` says whether the terminator was correct.
  void end(Upload upload, bool is_terminated, Outbox& out);
  // There is no memory for the rest of the value.  Returns the error to send, as above.
  protocol::Complaint abandon(Upload upload);

 private:
  using Style = protocol::ReplyStyle;

  slab::WriteHead head_of(const protocol::Write& write, const Style& style) const;
  protocol::Complaint refusal_of(const protocol::Write& write, std::string_view key,
                                 const Style& style);
  protocol::Complaint out_of_memory(slab::WriteMode mode, std::string_view key, const Style& style,
                                    protocol::Complaint complaint);
  void drop_older(slab::WriteMode mode, std::string_view key, const Style& style);
  void answer_write(slab::WriteOutcome outcome, const slab::WriteHead& head,
                    const slab::Written& written, slab::ClassId class_id, std::string_view key,
                    const Style& style, Outbox& out);
  void count_set(slab::ClassId class_id, slab::WriteMode mode) {
    if (mode == slab::WriteMode::Cas) [[unlikely]] {
      context_.counters.rare[class_id].cas_sets.add();
    } else {
      context_.counters.classes[class_id].sets.add();
    }
  }
  void count_outcome(slab::WriteOutcome outcome, slab::WriteMode mode, slab::ClassId class_id);

  CommandContext& context_;
  ClusterItem& cluster_item_;
};

}  // namespace larder::server
