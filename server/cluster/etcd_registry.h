// A cluster's keys in etcd, and what a node does with them:
//
//   /larder/<cluster>/nodes/<host>:<port>   "<host>|<ip>|<port>", with the node's lease
//   /larder/<cluster>/map                   "<version>\n<list>\n", which all nodes publish
//
// The map is written only by transactions that fail if anybody else has written it meanwhile, so
// the order of its versions is etcd's.
//
// Threads: one owner, that of the client.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/cluster/etcd_client.h"
#include "server/cluster/etcd_map.h"

namespace larder::server {

class EtcdRegistry {
 public:
  // As often a node writes the map while others are faster; after that it waits for them.
  static constexpr int kAttemptsMax = 8;

  using Publish = std::function<void(const EtcdMap& map)>;

  // `client` outlives this object.  `told`: what this node tells before it has joined; no nodes:
  // nothing.  `publish` is called with maps of rising versions, all above that of `told`, but for
  // `told` itself, if that is what etcd has.
  EtcdRegistry(EtcdClient& client, const std::string& cluster, ClusterNode self, EtcdMap told,
               Publish publish);

  enum class Standing : uint8_t {
    Registered,
    Missing,  // no such key
    Taken,    // with another lease: another process says that it is this node
  };
  // Registers this node.  With another lease, the key is taken over or let be; if it is let be, the
  // map is published all the same.
  enum class IfTaken : uint8_t { TakeOver, LetBe };
  base::Result<Standing> enlist(int64_t lease, IfTaken if_taken);

  // Looks at everything, publishes the map, and writes another one first if that is needed.
  // If this node is not registered nothing is written.
  base::Result<Standing> reconcile(int64_t lease, bool may_remove);

  // Takes this node out of the map and its key away, at once, and publishes the map without it.
  // Without anybody else the map stays.
  base::Outcome withdraw(int64_t lease);

  // Sets up the client's watch for whatever has changed since the last look.
  void watch() { client_.watch(keys_, seen_revision_ + 1); }

 private:
  struct Sight {
    EtcdView view;
    int64_t map_revision = 0;  // 0: no map
    int64_t own_lease = 0;
    int64_t own_revision = 0;  // 0: not registered
  };

  base::Result<Sight> look();
  void publish(const EtcdMap& map);

  EtcdClient& client_;
  const ClusterNode self_;
  const EtcdKeys keys_;
  const std::string map_key_;
  const std::string nodes_prefix_;
  const std::string own_key_;
  const Publish publish_;
  std::optional<EtcdMap> last_;  // that this node tells
  bool has_published_ = false;
  int64_t seen_revision_ = 0;
};

}  // namespace larder::server
