#include "server/cluster/etcd_registry.h"

#include <utility>

namespace larder::server {
namespace {

std::string prefix_of(const std::string& cluster) { return "/larder/" + cluster + "/"; }

}  // namespace

EtcdRegistry::EtcdRegistry(EtcdClient& client, const std::string& cluster, ClusterNode self,
                           EtcdMap told, Publish publish)
    : client_(client),
      self_(std::move(self)),
      keys_(keys_under(prefix_of(cluster))),
      map_key_(keys_.begin + "map"),
      nodes_prefix_(keys_.begin + "nodes/"),
      own_key_(nodes_prefix_ + address_of(self_)),
      publish_(std::move(publish)) {
  if (!told.nodes.empty()) last_ = std::move(told);
}

base::Result<EtcdRegistry::Sight> EtcdRegistry::look() {
  auto range = client_.range(keys_);
  if (!range) return range.error();
  seen_revision_ = range->revision;
  Sight sight;
  sight.view.last = last_;
  for (const EtcdKeyValue& pair : range->pairs) {
    if (pair.key == map_key_) {
      sight.map_revision = pair.mod_revision;
      sight.view.map = parse_map(pair.value);
      // Do not replace an unreadable map: a new version could be lower than one that clients have
      // seen.
      if (!sight.view.map) return base::fail(map_key_ + " in etcd holds no map; remove the key");
    } else if (pair.key.starts_with(nodes_prefix_)) {
      // Ignore nodes that clients would misread, because no list that contains one could be
      // published.
      auto node = parse_node(pair.value);
      if (node && pair.key == nodes_prefix_ + address_of(*node) &&
          base::arrange_cluster_nodes({*node})) {
        sight.view.registered.push_back(std::move(*node));
      }
    }
    if (pair.key == own_key_) {
      sight.own_lease = pair.lease;
      sight.own_revision = pair.mod_revision;
    }
  }
  return sight;
}

// Never publishes two lists under one version: this node would have to use a higher version for the
// second one than all other nodes, permanently.
void EtcdRegistry::publish(const EtcdMap& map) {
  const bool is_first = !has_published_ && map == last_;
  if (last_ && map.version <= last_->version && !is_first) return;
  has_published_ = true;
  last_ = map;
  publish_(map);
}

base::Result<EtcdRegistry::Standing> EtcdRegistry::enlist(int64_t lease, IfTaken if_taken) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const auto sight = look();
    if (!sight) return sight.error();
    const bool is_there = sight->own_revision != 0;
    if (is_there && sight->own_lease == lease) return Standing::Registered;
    if (is_there && if_taken == IfTaken::LetBe) {
      if (sight->view.map) publish(*sight->view.map);
      return Standing::Taken;
    }
    const auto is_done =
        client_.commit({.unchanged = {{own_key_, sight->own_revision}},
                        .puts = {{.key = own_key_, .value = text_of(self_), .lease = lease}},
                        .removed = {}});
    if (!is_done) return is_done.error();
    if (*is_done) return Standing::Registered;
  }
  return base::fail("others wrote " + own_key_ + " at every attempt to");
}

base::Result<EtcdRegistry::Standing> EtcdRegistry::reconcile(int64_t lease, bool may_remove) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto sight = look();
    if (!sight) return sight.error();
    if (sight->own_revision == 0) return Standing::Missing;
    if (sight->own_lease != lease) return Standing::Taken;
    if (sight->view.map) publish(*sight->view.map);
    sight->view.last = last_;
    sight->view.may_remove = may_remove;
    const auto wanted = map_to_write(sight->view);
    if (!wanted) return Standing::Registered;
    const auto is_written = client_.commit({.unchanged = {{map_key_, sight->map_revision}},
                                            .puts = {{.key = map_key_, .value = text_of(*wanted)}},
                                            .removed = {}});
    if (!is_written) return is_written.error();
    if (*is_written) {
      publish(*wanted);
      return Standing::Registered;
    }
  }
  return Standing::Registered;  // other nodes write the map; the watch reports their changes
}

base::Outcome EtcdRegistry::withdraw(int64_t lease) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto sight = look();
    if (!sight) return sight.error();
    const bool is_ours = sight->own_revision != 0 && sight->own_lease == lease;
    if (sight->own_revision != 0 && !is_ours) return base::Done{};  // another process owns it
    sight->view.leaving = &self_;
    const auto wanted = map_to_write(sight->view);
    // An earlier attempt succeeded although it reported an error, or other nodes removed this one.
    if (!wanted && sight->view.map) publish(*sight->view.map);
    if (!wanted && !is_ours) return base::Done{};
    EtcdTransaction transaction{
        .unchanged = {{map_key_, sight->map_revision}, {own_key_, sight->own_revision}},
        .puts = {},
        .removed = {}};
    if (wanted) transaction.puts.push_back({.key = map_key_, .value = text_of(*wanted)});
    if (is_ours) transaction.removed.push_back(own_key_);
    const auto is_done = client_.commit(transaction);
    if (!is_done) return is_done.error();
    if (!*is_done) continue;
    if (wanted) publish(*wanted);
    return base::Done{};
  }
  return base::fail("others wrote the map at every attempt to leave it");
}

}  // namespace larder::server
