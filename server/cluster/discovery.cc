#include "server/cluster/discovery.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

namespace larder::server {
namespace {

using protocol::Complaint;

// The address at which clients reach a stream socket.
std::optional<base::ClusterNode> node_of(int socket, uint16_t tcp_port) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  int type = 0;
  socklen_t type_size = sizeof type;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type == SOCK_DGRAM) {
    return std::nullopt;
  }
  char text[INET6_ADDRSTRLEN] = "127.0.0.1";
  uint16_t port = tcp_port;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    const bool is_v4 = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, v6.sin6_addr.s6_addr + (is_v4 ? 12 : 0), text,
                sizeof text);
    port = ntohs(v6.sin6_port);
  }
  if (port == 0) return std::nullopt;
  return base::ClusterNode{text, text, port};
}

}  // namespace

std::optional<Discovery::Entry> Discovery::cluster(int socket) const {
  const auto snapshot = map_.current();
  Entry entry{.name = std::string(kClusterName),
              .value = snapshot->text,
              .version = snapshot->cluster.version};
  if (snapshot->text.empty()) {
    auto self = node_of(socket, tcp_port_);
    if (!self) return std::nullopt;
    entry.value = base::format_cluster({entry.version, {std::move(*self)}});
  }
  return entry;
}

std::optional<Discovery::Entry> Discovery::find(std::string_view name, int socket) const {
  if (name == kClusterName) return cluster(socket);
  std::lock_guard lock(mutex_);
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return Entry{found->first, found->second.flags, found->second.bytes};
}

std::vector<Discovery::Entry> Discovery::all(int socket) const {
  std::vector<Entry> entries;
  if (auto entry = cluster(socket)) entries.push_back(std::move(*entry));
  std::lock_guard lock(mutex_);
  for (const auto& [name, value] : values_) entries.push_back({name, value.flags, value.bytes});
  return entries;
}

size_t Discovery::entry_count() const {
  std::lock_guard lock(mutex_);
  return values_.size() + 1;
}

Complaint Discovery::set(const protocol::ConfigSet& config, std::string_view value) {
  if (config.name == kClusterName) {
    if (config.flags != 0) return Complaint::BadCluster;  // clients expect flags 0
    switch (map_.set(value)) {
      case ClusterMap::SetOutcome::Done: return Complaint::None;
      case ClusterMap::SetOutcome::Bad: return Complaint::BadCluster;
      case ClusterMap::SetOutcome::VersionTooLow: return Complaint::ClusterVersionTooLow;
    }
  }
  std::lock_guard lock(mutex_);
  const auto found = values_.find(config.name);
  if (found == values_.end() && values_.size() + 1 >= kEntriesMax) return Complaint::TooManyConfigs;
  values_.insert_or_assign(std::string(config.name), Value{config.flags, std::string(value)});
  return Complaint::None;
}

bool Discovery::remove(std::string_view name) {
  if (name == kClusterName) return map_.remove();
  std::lock_guard lock(mutex_);
  const auto found = values_.find(name);
  if (found == values_.end()) return false;
  values_.erase(found);
  return true;
}

}  // namespace larder::server
