// Keeps this node a member of its cluster in etcd: registers it under a lease, and publishes the
// node list that all nodes share.
//
//   Away --lease, registration, first look--> Joined --any error--> Away (retries with backoff)
//   either --withdraw()--> Withdrawn (the thread ends)
//
// While etcd is unavailable the last list stays published.  The watch only triggers a look, which
// reads all keys at one revision; a look also happens once per TTL.  Only nodes that have been
// joined for a TTL remove unregistered nodes from the map, because after a long outage of etcd all
// leases have expired and the nodes register again one by one.
//
// Threads: created, started and stopped by one; figures() and withdraw() any.  It has a thread of
// its own, which waits for etcd only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "server/cluster/etcd_availability.h"
#include "server/cluster/etcd_client.h"
#include "server/cluster/etcd_map.h"
#include "server/cluster/etcd_registry.h"
#include "server/log/log.h"
#include "server/support/backoff.h"

namespace larder::server {

class EtcdMembership {
 public:
  // The time limit of stop() for removing the node from the map.
  static constexpr int64_t kFarewellMicroseconds = 1'500'000;

  struct Settings {
    EtcdClient::Settings etcd;
    std::string cluster;
    ClusterNode self;
    uint32_t ttl_seconds = 5;
    EtcdMap told = {};  // published before the node has joined; see EtcdRegistry
  };

  struct Figures {
    bool is_etcd_up = false;
    uint64_t etcd_errors = 0;
    uint32_t version = 0;  // 0: no map is known yet
    std::vector<ClusterNode> nodes;
  };

  // `log` outlives this object.  `publish` is called on this object's thread, with maps of
  // increasing versions; it may be empty.
  EtcdMembership(Settings settings, Log& log, EtcdRegistry::Publish publish);
  ~EtcdMembership();
  EtcdMembership(const EtcdMembership&) = delete;
  EtcdMembership& operator=(const EtcdMembership&) = delete;

  // Returns when the node has joined, when the first attempt has failed, or after this time.
  void start(uint32_t milliseconds_max);

  // Starts to remove the node from the map permanently; retries until that succeeds or stop() is
  // called.
  void withdraw() noexcept;
  // Withdraws within the time limit and ends the thread.  May be called again, and without start().
  void stop();

  Figures figures() const;

 private:
  enum class Ending : uint8_t { Asked, Failed, Expired };

  void run();
  // Joins and stays until the lease or etcd is lost, or the node is to leave.
  Ending attend();
  base::Outcome join();
  // Returns Expired if the registration is lost, Asked if the node is to leave.
  base::Result<Ending> stay();
  base::Result<bool> renew_lease();
  base::Result<bool> look();
  base::Error taken() const;
  void settle_first_attempt();

  void take_leave();
  void changed(const EtcdMap& map);
  int64_t ttl_us() const { return int64_t{lease_.ttl_seconds} * 1'000'000; }

  const Settings settings_;
  const EtcdRegistry::Publish publish_;
  EtcdClient client_;
  EtcdRegistry registry_;
  EtcdLease lease_;
  Backoff backoff_;
  int64_t joined_at_us_ = 0;
  EtcdAvailability availability_;

  std::atomic<bool> is_leaving_{false};
  std::atomic<int64_t> farewell_ends_us_;

  mutable std::mutex mutex_;
  std::condition_variable first_attempt_;
  bool is_first_attempt_over_ = false;  // guarded by mutex_
  std::optional<EtcdMap> map_;          // guarded by mutex_
  std::thread thread_;
};

}  // namespace larder::server
