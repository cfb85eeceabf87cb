// The list of the cluster's nodes, and its version.
//
// The version increases with every change of the list and never decreases, because clients ignore a
// list whose version is not higher than the one they have.  With --cluster-state the version starts
// at 1 and is stored in that file together with the list, so that the same list keeps its version
// across restarts.  Without that file, the version of a list from the options is the time when it
// was read, in seconds since 1970, or the previous version plus one if that is higher.  With
// --cluster the version comes from etcd; before the first list from etcd, this node uses the list
// of the state file, or else a list of itself with version 1.
//
// Threads: open() and tell() before others; then any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/cluster_text.h"
#include "base/result.h"
#include "server/log/log.h"
#include "server/options/cluster_options.h"

namespace larder::server {

class ClusterMap {
 public:
  struct Snapshot {
    base::Cluster cluster;  // without nodes: a server on its own, see Discovery::cluster()
    std::string text;       // in wire format; empty without nodes
  };

  // All arguments outlive this object.
  ClusterMap(const ClusterOptions& options, const base::Clock& clock, Log& log);

  // Call once: reads the list from the options or from the state file.  Fails if a file cannot be
  // read or is invalid.
  base::Outcome open();
  // Call once, after the rest of the start has succeeded: writes the list to --cluster-state if it
  // has changed.  Fails if the file cannot be written.
  base::Outcome keep();
  // Logs the list, if it is configured.
  void tell() const;

  std::shared_ptr<const Snapshot> current() const;

  // Whether the options define a cluster or allow clients to define one.
  bool is_configured() const noexcept { return is_configured_.load(std::memory_order_relaxed); }

  // Publishes a new list.  `version` is the version that all nodes use for it; 0 means that this
  // server assigns one.  If it does not exceed the current version, the next higher one is used.
  // The same list with a version that is not higher changes nothing.  Fails, and keeps the old
  // list, if the list is invalid or the version has reached its maximum.
  base::Outcome publish(uint32_t version, base::ClusterNodes nodes);

  // Reloads --nodes-file, if given, and publishes its list if that has changed.
  base::Outcome reload();

  enum class SetOutcome : uint8_t { Done, Bad, VersionTooLow };
  // `config set cluster`: `text` is in wire format.  Its version must be higher than the current
  // one, unless list and version are unchanged.
  SetOutcome set(std::string_view text);
  // `config delete cluster`: returns to the list of the options.  False if no client had set one.
  bool remove();

 private:
  uint32_t next_version() const;
  base::Outcome change(uint32_t version, base::ClusterNodes nodes);
  base::Outcome write_state() const;
  void put(uint32_t version, base::ClusterNodes nodes);
  const base::Cluster& cluster() const { return current_->cluster; }

  const ClusterOptions& options_;
  const base::Clock& clock_;
  Log& log_;
  std::atomic<bool> is_configured_;

  // Serializes changes.  Held during disk writes; readers do not need it.
  bool is_unwritten_ = false;  // guarded by change_mutex_; until keep()
  std::mutex change_mutex_;
  base::ClusterNodes configured_;  // the list of the options; may be empty
  bool is_set_by_client_ = false;

  mutable std::mutex current_mutex_;  // a leaf; held for a copy of the pointer
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace larder::server
