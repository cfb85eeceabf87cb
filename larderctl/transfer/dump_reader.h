// The keys of one server, by `lru_crawler metadump`.
//
// It asks for the walk over the hash table, which misses no item that stays; servers that know only
// the walk over the LRU lists are asked for that.  The dump is read as fast as it comes: a server
// has to hold things up for it, or closes the connection of one who does not read.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "larderctl/transfer/channel.h"
#include "larderctl/transfer/context.h"
#include "larderctl/transfer/dump_line.h"
#include "larderctl/transfer/key_queue.h"

namespace larder::ctl {

class DumpReader {
 public:
  explicit DumpReader(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

  // Adds the keys that have come.
  base::Outcome read_into(KeyQueue& keys, Context& context);
  bool is_done() const noexcept { return phase_ == Phase::Done; }

  void watch(Context& context);
  base::Outcome advance(Context& context);

 private:
  enum class Phase : uint8_t { Begin, Asked, Dumping, Busy, Done };

  void ask();
  base::Outcome take(std::string_view text, KeyQueue& keys, Context& context);
  base::Outcome take_other(DumpLine::Kind kind, std::string_view text, const Context& context);
  base::Outcome wait_for_crawler(std::string_view text, const Context& context);

  std::unique_ptr<Channel> channel_;
  Phase phase_ = Phase::Begin;
  bool walks_lru_ = false;
  std::string key_;
  PollSet::Time retry_at_{};
  std::optional<PollSet::Time> busy_since_;
};

}  // namespace larder::ctl
