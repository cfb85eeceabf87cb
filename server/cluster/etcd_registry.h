// The keys of a cluster in etcd, and the operations of a node on them:
//
//   /larder/<cluster>/nodes/<host>:<port>   "<host>|<ip>|<port>", with the node's lease
//   /larder/<cluster>/map                   "<version>\n<list>\n", which all nodes publish
//
// The map is written only by transactions that fail if another node has written it meanwhile, so
// etcd orders its versions.
//
// Threads: one owner, the same as the client's.
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
  // How often a node tries to write the map when other nodes write it first.
  static constexpr int kAttemptsMax = 8;

  using Publish = std::function<void(const EtcdMap& map)>;

  // `client` outlives this object.  `told` is the map that this node publishes before it has
  // joined; without nodes there is none.  `publish` is called with maps of increasing versions, all
  // higher than that of `told`; only `told` itself is published again if it is the map in etcd.
  EtcdRegistry(EtcdClient& client, const std::string& cluster, ClusterNode self, EtcdMap told,
               Publish publish);

  enum class Standing : uint8_t {
    Registered,
    Missing,  // no such key
    Taken,    // with another lease: another process uses this node's address
  };
  // Registers this node.  `if_taken` decides about a key with another lease; with LetBe the map is
  // published nevertheless.
  enum class IfTaken : uint8_t { TakeOver, LetBe };
  base::Result<Standing> enlist(int64_t lease, IfTaken if_taken);

  // Reads all keys, writes a new map if necessary, and publishes the map.  Writes nothing if this
  // node is not registered.
  base::Result<Standing> reconcile(int64_t lease, bool may_remove);

  // Removes this node's key and its entry in the map in one transaction, and publishes that map.
  // If no other node is registered, the map stays unchanged.
  base::Outcome withdraw(int64_t lease);

  // Watches for changes after the last look.
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
  std::optional<EtcdMap> last_;  // the map that this node publishes
  bool has_published_ = false;
  int64_t seen_revision_ = 0;
};

}  // namespace larder::server
