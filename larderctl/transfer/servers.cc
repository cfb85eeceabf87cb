#include "larderctl/transfer/servers.h"

#include <algorithm>

namespace larder::ctl {
namespace {

// spymemcached calls a node "name/address": that is its name on the ring, not where it is.
client::Address address_of(const client::RingNode& node) {
  const size_t slash = node.host.rfind('/');
  client::Address address;
  address.host = slash == node.host.npos ? node.host : node.host.substr(slash + 1);
  address.port = node.port;
  return address;
}

}  // namespace

base::Result<Servers> read_servers(std::string_view text, client::RingKind kind) {
  Servers servers;
  if (text.starts_with('/')) {
    const auto address = client::parse_address(text);
    if (!address) return text_of(address.error());
    servers.addresses.push_back(*address);
    return servers;
  }
  auto nodes = client::parse_ring_nodes(text);
  if (!nodes) return text_of(nodes.error());
  for (const client::RingNode& node : *nodes) servers.addresses.push_back(address_of(node));
  if (nodes->size() == 1) return servers;
  auto ring = client::Ring::make(kind, std::move(*nodes));
  if (!ring) return text_of(ring.error());
  servers.ring.emplace(std::move(*ring));
  return servers;
}

base::Result<Opened> open_channels(const client::Address& address, const Access& access,
                                   size_t count) {
  Opened opened;
  for (size_t i = 0; i < count; ++i) {
    const client::Deadline deadline = client::deadline_after(access.timeout);
    auto connection = access.connector.connect(address, {}, deadline);
    if (!connection) return text_of(connection.error());
    if (i == 0) {
      auto facts = ask_facts(*connection, address.text(), deadline);
      if (!facts) return facts.error();
      opened.facts = std::move(*facts);
    }
    opened.channels.push_back(
        std::make_unique<Channel>(connection->release_stream(), address.text(), access.timeout));
  }
  return opened;
}

}  // namespace larder::ctl
