// The servers at one end of a run: a single one, or the nodes of a ring.
//
// Threads: plain values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/address.h"
#include "client/ring.h"
#include "larderctl/endpoints.h"
#include "larderctl/transfer/channel.h"
#include "larderctl/transfer/server_facts.h"

namespace larder::ctl {

struct Servers {
  std::vector<client::Address> addresses;
  std::optional<client::Ring> ring;  // nothing for a single server

  // The place in `addresses` of the server that has the key.
  size_t owner_of(std::string_view key) const { return ring ? ring->node_of(key) : 0; }
};

// "host:port", "/path/of/a/socket", or "host:port[:weight],..."
base::Result<Servers> read_servers(std::string_view text, client::RingKind kind);

// Channels to one server, and what it is.
struct Opened {
  ServerFacts facts;
  std::vector<std::unique_ptr<Channel>> channels;
};
base::Result<Opened> open_channels(const client::Address& address, const Access& access,
                                   size_t count);

}  // namespace larder::ctl
