// Whether etcd is available to this node; logs when that changes.
//
// Threads: one owner; is_up() any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/log/log.h"

namespace larder::server {

class EtcdAvailability {
 public:
  // `node` is the address of this node.  `log` must outlive this object.
  EtcdAvailability(std::string cluster, std::string node, Log& log);

  // The node has joined under this lease, at this endpoint of etcd.
  void note_joined(int64_t lease, std::string_view endpoint);
  void note_renewed() noexcept { has_failed_ = false; }
  // A joined node retries once before it reports etcd as unavailable, because a single slow answer
  // is not an outage.
  void note_failure(const base::Error& error);
  void note_away(const base::Error& error);

  bool has_ever_joined() const noexcept { return joined_lease_ != 0; }
  // Any thread.
  bool is_up() const noexcept { return is_up_.load(); }

 private:
  const std::string cluster_;
  const std::string node_;
  Log& log_;
  std::atomic<bool> is_up_{false};
  int64_t away_since_us_;     // the first failure, logged or not
  int64_t joined_lease_ = 0;  // the lease of the last join
  bool has_failed_ = false;   // since the last renewal of the lease
  bool has_told_away_ = false;
};

}  // namespace larder::server
