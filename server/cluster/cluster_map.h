// The list of the cluster's nodes, and its version.
//
// The version rises with every change of the list and never falls, for clients believe no list
// whose version is not above the one they have.  With --cluster-state it begins at 1 and is kept in
// that file, along with the list, so that the same list has the same version after a restart.
// Without that file a list which has come from the options has the time at which it was taken, in
// seconds since 1970, unless that is less than one more than before.  With --cluster a list has the
// version that etcd gives it; until there is one, this node's own is version 1, or the one of last
// time, if there is a file, goes on.
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
    base::Cluster cluster;  // without nodes: there is one, whoever is asked
    std::string text;       // as on the wire; empty without nodes
  };

  // All outlive it.
  ClusterMap(const ClusterOptions& options, const base::Clock& clock, Log& log);

  // Once: takes the list that the options name, or the one of last time.  Fails if a file cannot be
  // read, or says what it should not.
  base::Outcome open();
  // Once, when everything else of the start has succeeded: writes the list to --cluster-state if it
  // has changed.  Fails if the file cannot be written.
  base::Outcome keep();
  // Says in the log what the list is, if it is configured.
  void tell() const;

  std::shared_ptr<const Snapshot> current() const;

  // Whether somebody has said what the cluster is, or may yet say so.
  bool is_configured() const noexcept { return is_configured_.load(std::memory_order_relaxed); }

  // A new list, from whoever knows of one.  `version`: the one that every node gives it; what is
  // used is higher if it has to be.  0: this server's own count.  The same list with a version that
  // is not higher changes nothing.  Fails if the list cannot be told to clients, or the version can
  // rise no more: the old list stays.
  base::Outcome publish(uint32_t version, base::ClusterNodes nodes);

  // Reads --nodes-file again, if there is one; publishes what it says if that has changed.
  base::Outcome reload();

  enum class SetOutcome : uint8_t { Done, Bad, VersionTooLow };
  // `config set cluster`: a whole text, whose version has to be above the present one unless
  // everything is as it was.
  SetOutcome set(std::string_view text);
  // `config delete cluster`: back to what the options say.  False if nobody had set it.
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

  // One change at a time; the disk is waited for with this held, but no reader needs it.
  bool is_unwritten_ = false;  // guarded by change_mutex_; until keep()
  std::mutex change_mutex_;
  base::ClusterNodes configured_;  // what the options say; empty: nothing
  bool is_set_by_client_ = false;

  mutable std::mutex current_mutex_;  // a leaf; held for a copy of the pointer
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace larder::server
