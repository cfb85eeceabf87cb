// The options of `larderctl ring`.
//
// Threads: plain values.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/ring.h"
#include "client/ring_shares.h"
#include "larderctl/command.h"

namespace larder::ctl {

struct RingOptions {
  client::RingKind kind = client::RingKind::Ketama;
  std::vector<client::RingNode> servers;
  std::vector<client::RingNode> added;
  std::vector<client::RingNode> removed;  // each is also in `servers`
  std::string plot_file;                  // empty: no plot
  std::string keys_file;                  // empty: no keys; "-" is standard input
  client::Sample sample;
  bool help = false;

  bool changes_nodes() const { return !added.empty() || !removed.empty(); }
  // The servers without the removed ones, followed by the added ones.
  std::vector<client::RingNode> servers_after() const;
};

base::Result<RingOptions> parse_ring_options(const Words& words);
std::string ring_help();

}  // namespace larder::ctl
