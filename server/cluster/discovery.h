// Auto Discovery: what `config get` answers, and what `config set` and `config delete` may change.
//
// `cluster` is the list of the cluster's nodes (cluster_map.h).  Whatever else clients set lives
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
  // The item that clients ask for who do not know `config get`.
  static constexpr std::string_view kClusterKey = "AmazonElastiCache:cluster";

  struct Entry {
    std::string name;
    uint32_t flags = 0;
    std::string value;
    uint32_t version = 0;  // of the cluster
  };

  // All outlive it.
  Discovery(const ClusterOptions& options, const base::Clock& clock, Log& log)
      : options_(options), map_(options, clock, log) {}

  ClusterMap& map() noexcept { return map_; }
  // Where clients who have come by a Unix socket find us otherwise; 0: nowhere.
  void set_tcp_port(uint16_t port) noexcept { tcp_port_ = port; }

  // The list for the client of this socket.  Without a list it is the address by which he has come;
  // nothing if that says nothing to anybody, as of datagrams.
  std::optional<Entry> cluster(int socket) const;
  // What stands under the name, for that client.
  std::optional<Entry> find(std::string_view name, int socket) const;
  std::vector<Entry> all(int socket) const;
  // Nobody need have come for it.
  size_t entry_count() const;

  // Whether `key` names an item that answers with the list, and nothing can be stored there.
  // Where nobody has said what the cluster is, it can: such a server is a memcached like others.
  bool reserves(std::string_view key) const noexcept {
    return key == kClusterKey && map_.is_configured();
  }

  // None: changes may be made.
  protocol::Complaint refusal() const noexcept {
    return options_.has_config_set ? protocol::Complaint::None
                                   : protocol::Complaint::ConfigNotEnabled;
  }
  // Known by the head.
  protocol::Complaint refusal_of(const protocol::ConfigSet& config) const noexcept {
    if (refusal() != protocol::Complaint::None) return refusal();
    return config.value_size > kValueSizeMax ? protocol::Complaint::ValueTooLarge
                                             : protocol::Complaint::None;
  }
  // Both expect that nothing refuses it.
  [[nodiscard]] protocol::Complaint set(const protocol::ConfigSet& config, std::string_view value);
  // False if there was nothing.
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
