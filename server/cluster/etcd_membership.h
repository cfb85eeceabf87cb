// Keeps this node in its cluster, by etcd: registered under a lease, and with the list that the
// others have.
//
//   Away --lease, registration, first look--> Joined --any error--> Away (tries again, ever later)
//   either --withdraw()--> Withdrawn (the thread ends)
//
// While etcd is away nothing changes for clients: the last list stays published.  The watch only
// says when to look; what is believed is a look at all keys at once, which happens once per TTL
// anyway.  Who is not registered is taken out of the map by nodes that have been joined for a TTL:
// after etcd was away for long, all have lost their leases and come back one by one.
//
// Threads: made, started and stopped by one; figures() and withdraw() any.  The
// thread is its own, and waits for nobody but etcd.
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
#include "server/cluster/etcd_client.h"
#include "server/cluster/etcd_map.h"
#include "server/cluster/etcd_registry.h"
#include "server/log/log.h"
#include "server/support/backoff.h"

namespace larder::server {

class EtcdMembership {
 public:
  // How long stop() takes at most, for taking the node out of the map.
  static constexpr int64_t kFarewellMicroseconds = 1'500'000;

  struct Settings {
    EtcdClient::Settings etcd;
    std::string cluster;
    ClusterNode self;
    uint32_t ttl_seconds = 5;
    EtcdMap told = {};  // before the node has joined; as EtcdRegistry's
  };

  struct Figures {
    bool is_etcd_up = false;
    uint64_t etcd_errors = 0;
    uint32_t version = 0;  // 0: no map is known yet
    std::vector<ClusterNode> nodes;
  };

  // `log` outlives this object.  `publish` is called on this object's thread, with maps of
  // rising versions; it may be empty.
  EtcdMembership(Settings settings, Log& log, EtcdRegistry::Publish publish);
  ~EtcdMembership();
  EtcdMembership(const EtcdMembership&) = delete;
  EtcdMembership& operator=(const EtcdMembership&) = delete;

  // Returns when the node has joined or the first attempt has failed, or so much later.
  void start(uint32_t milliseconds_max);

  // Soon takes the node out of the map, for good, and goes on trying until it has or stop().
  void withdraw() noexcept;
  // Withdraws, or gives that up, and ends the thread.  May be called again, and without start().
  void stop();

  Figures figures() const;

 private:
  enum class Ending : uint8_t { Asked, Failed, Expired };

  void run();
  // From joining to losing the lease or etcd, or being asked to leave.
  Ending attend();
  base::Outcome join();
  // Expired if the registration has gone, Asked if the node is to leave.
  base::Result<Ending> stay();
  base::Result<bool> renew_lease();
  base::Result<bool> look();
  base::Error taken() const;
  void settle_first_attempt();

  void tell_joined();
  void note_failure(const base::Error& error);
  void tell_away(const base::Error& error);
  void take_leave();
  void changed(const EtcdMap& map);
  bool has_ever_joined() const { return joined_lease_ != 0; }
  int64_t ttl_us() const { return int64_t{lease_.ttl_seconds} * 1'000'000; }

  const Settings settings_;
  Log& log_;
  const EtcdRegistry::Publish publish_;
  EtcdClient client_;
  EtcdRegistry registry_;
  EtcdLease lease_;
  Backoff backoff_;
  int64_t joined_at_us_ = 0;
  int64_t away_since_us_ = 0;  // the first failure, told or not
  int64_t joined_lease_ = 0;   // with which it joined last
  bool has_failed_ = false;    // since it renewed its lease last
  bool has_told_away_ = false;

  std::atomic<bool> is_leaving_{false};
  std::atomic<int64_t> farewell_ends_us_;
  std::atomic<bool> is_up_{false};

  mutable std::mutex mutex_;
  std::condition_variable first_attempt_;
  bool is_first_attempt_over_ = false;  // guarded by mutex_
  std::optional<EtcdMap> map_;          // guarded by mutex_
  std::thread thread_;
};

}  // namespace larder::server
