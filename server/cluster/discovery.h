// Auto Discovery: the data behind `config get`, `config set` and `config delete`.
//
// The entry `cluster` is the list of the cluster's nodes (cluster_map.h).  Other entries are kept
// here until the process ends.
//
// Threads: open(), set_tcp_port() before others; then any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/complaint.h"
#include "protocol/config_commands.h"
#include "server/cluster/cluster_map.h"

namespace larder::server {

class Discovery {
 public:
  // ElastiCache's config_max and config_size_max.
  static constexpr size_t kEntriesMax = 16;
  static constexpr uint32_t kValueSizeMax = 65536;

  static constexpr std::string_view kClusterName = "cluster";
  // The key that clients without `config get` read the list from.
  static constexpr std::string_view kClusterKey = "AmazonElastiCache:cluster";

  struct Entry {
    std::string name;
    uint32_t flags = 0;
    std::string value;
    uint32_t version = 0;  // of the cluster
  };

  // All arguments outlive this object.
  Discovery(const ClusterOptions& options, const base::Clock& clock, Log& log)
      : options_(options), map_(options, clock, log) {}

  ClusterMap& map() noexcept { return map_; }
  // The TCP port to report to clients of a Unix socket; 0: none.
  void set_tcp_port(uint16_t port) noexcept { tcp_port_ = port; }

  // The node list for the client of this socket.  Without a configured list it contains the local
  // address of the socket; nullopt if that is not usable, as for datagrams.
  std::optional<Entry> cluster(int socket) const;
  // The entry of that name, for the client of this socket.
  std::optional<Entry> find(std::string_view name, int socket) const;
  std::vector<Entry> all(int socket) const;
  // Always counts the entry `cluster`.
  size_t entry_count() const;

  // Whether `key` returns the node list and cannot be written.  It is an ordinary key if no cluster
  // is configured.
  bool reserves(std::string_view key) const noexcept {
    return key == kClusterKey && map_.is_configured();
  }

  // None if changes are allowed.
  protocol::Complaint refusal() const noexcept {
    return options_.has_config_set ? protocol::Complaint::None
                                   : protocol::Complaint::ConfigNotEnabled;
  }
  // Decided before the value has been read.
  protocol::Complaint refusal_of(const protocol::ConfigSet& config) const noexcept {
    if (refusal() != protocol::Complaint::None) return refusal();
    return config.value_size > kValueSizeMax ? protocol::Complaint::ValueTooLarge
                                             : protocol::Complaint::None;
  }
  // Precondition of both: not refused.
  [[nodiscard]] protocol::Complaint set(const protocol::ConfigSet& config, std::string_view value);
  // False if there was no such entry.
  bool remove(std::string_view name);

 private:
  struct Value {
    uint32_t flags;
    std::string bytes;
  };

  const ClusterOptions& options_;
  ClusterMap map_;
  uint16_t tcp_port_ = 0;

  mutable std::mutex mutex_;                          // a leaf
  std::map<std::string, Value, std::less<>> values_;  // guarded by mutex_; never `cluster`
};

}  // namespace larder::server
