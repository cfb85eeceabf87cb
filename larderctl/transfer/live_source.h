// The items of a running server: its keys by a dump, each item by a fetch.
//
// Threads: one at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "larderctl/transfer/dump_reader.h"
#include "larderctl/transfer/endpoint.h"
#include "larderctl/transfer/fetcher.h"
#include "larderctl/transfer/key_queue.h"
#include "larderctl/transfer/servers.h"

namespace larder::ctl {

// To each server that is read from: one for the dump, the others for items.
inline constexpr size_t kSourceConnections = 3;

// Says on standard error if reading from the server counts as an access in its LRU.
void tell_about_lru(std::string_view command, const ServerFacts& facts, const std::string& name);

class LiveSource : public Source {
 public:
  // Whether a key is wanted from this server.
  using Filter = std::function<bool(std::string_view key)>;

  // `opened` has two channels at least: one is for the dump.  An empty filter takes all.
  LiveSource(Opened opened, Filter filter);

  const ServerFacts& facts() const noexcept { return facts_; }

  base::Outcome deliver(Sink& sink, Context& context) override;
  bool is_done() const override;
  void watch(Context& context) override;
  base::Outcome advance(Context& context) override;
  Position position(const Context& context) const override;

 private:
  Fetcher* fetcher_with_room();
  base::Outcome ask_for_more(Context& context);
  bool is_wanted(const KeyQueue::Entry& entry, const Fetcher& fetcher, Context& context) const;

  ServerFacts facts_;
  Filter filter_;
  DumpReader dump_;
  KeyQueue keys_;
  std::vector<std::unique_ptr<Fetcher>> fetchers_;
  size_t current_ = 0;        // of the fetchers
  uint64_t asked_count_ = 0;  // keys that were asked for, or need not be
  bool waits_for_turn_ = false;
  bool has_more_ = false;  // keys to ask for
};

}  // namespace larder::ctl
