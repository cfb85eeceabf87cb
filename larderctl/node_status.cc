#include "larderctl/node_status.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>

#include "client/connector.h"
#include "client/discovery.h"
#include "larderctl/printable.h"

namespace larder::ctl {
namespace {

using client::Address;
using client::ClusterNode;
using client::ClusterText;
using client::Connection;
using client::Deadline;

constexpr size_t kLineSizeMax = 2048;
constexpr size_t kThreadsMax = 64;

struct Row {
  std::string_view name;
  std::optional<uint64_t> NodeStats::*number;
};

constexpr Row kRows[] = {
    {"uptime", &NodeStats::uptime_seconds}, {"get_hits", &NodeStats::get_hits},
    {"get_misses", &NodeStats::get_misses}, {"curr_items", &NodeStats::items},
    {"bytes", &NodeStats::bytes},           {"limit_maxbytes", &NodeStats::limit_bytes},
    {"evictions", &NodeStats::evictions},   {"curr_connections", &NodeStats::connections},
};

void take_row(std::string_view name, std::string_view value, NodeStats& stats) {
  if (name == "version") stats.version = value;
  if (name == "server_version") stats.larder_version = value;
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    uint64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, code] = std::from_chars(value.data(), end, number);
    if (code == std::errc() && stop == end) stats.*row.number = number;
  }
}

// Adds the rows of one `stats` command.  A server that does not support it replies with one line.
client::Outcome ask_for_rows(Connection& connection, std::string_view command, Deadline deadline,
                             NodeStats& stats) {
  constexpr std::string_view kStart = "STAT ";
  const client::Outcome sent = connection.send_all(command, deadline);
  if (!sent) return sent;
  for (;;) {
    const client::Result<std::string> line = connection.read_line(kLineSizeMax, deadline);
    if (!line) return line.error();
    if (*line == "END") return client::Done{};
    if (!line->starts_with(kStart)) {
      return client::fail(client::ErrorCode::ServerRefused,
                          "unexpected reply to stats: '" + *line + "'");
    }
    const std::string_view row = std::string_view(*line).substr(kStart.size());
    const size_t blank = std::min(row.find(' '), row.size());
    take_row(row.substr(0, blank), row.substr(std::min(blank + 1, row.size())), stats);
  }
}

bool is_on(const ClusterText& list, const ClusterNode& node) {
  return std::any_of(list.nodes.begin(), list.nodes.end(), [&](const ClusterNode& other) {
    return other.host == node.host && other.port == node.port;
  });
}

// Prefers the IP address to the host name, as clients do, so that both reach the same server.
Address address_of(const ClusterNode& node) {
  return {.host = node.ip.empty() ? node.host : node.ip, .port = node.port, .path = {}};
}

NodeStatus ask_node(const ClusterNode& node, const Access& access) {
  NodeStatus status{.node = node, .reason = {}, .stats = {}, .list_version = {}};
  const Deadline deadline = client::deadline_after(access.timeout);
  auto connection = access.connector.connect(address_of(node), node.host, deadline);
  if (!connection) {
    status.reason = connection.error().text;
    return status;
  }
  auto asked = ask_for_rows(*connection, "stats\r\n", deadline, status.stats);
  // memcached does not have these rows, which does not mean that it is down.
  if (asked) asked = ask_for_rows(*connection, "stats larder\r\n", deadline, status.stats);
  if (!asked && (status.stats.version.empty() || !connection->is_open())) {
    status.reason = asked.error().text;
    status.stats = {};
    return status;
  }
  status.health = Health::Up;
  // This is the last request, because the connection to a server without this command is unusable
  // afterwards.
  const client::Result<ClusterText> list = client::ask_for_cluster(*connection, deadline);
  if (!list) return status;
  status.list_version = list->version;
  if (!is_on(*list, node)) status.health = Health::Draining;
  return status;
}

}  // namespace

std::optional<double> NodeStats::hit_ratio() const {
  if (!get_hits || !get_misses || *get_hits + *get_misses == 0) return std::nullopt;
  return static_cast<double>(*get_hits) / static_cast<double>(*get_hits + *get_misses);
}

std::string_view name_of(Health health) {
  switch (health) {
    case Health::Up: return "up";
    case Health::Draining: return "draining";
    case Health::Down: break;
  }
  return "down";
}

std::string NodeStatus::name() const {
  return Address{.host = node.host, .port = node.port, .path = {}}.text();
}

base::Result<ClusterText> fetch_cluster(const std::vector<Address>& endpoints,
                                        const Access& access) {
  std::string reasons;
  for (const Address& endpoint : endpoints) {
    const Deadline deadline = client::deadline_after(access.timeout);
    auto connection = access.connector.connect(endpoint, {}, deadline);
    if (connection) {
      const client::Result<ClusterText> list = client::ask_for_cluster(*connection, deadline);
      if (list) return *list;
      reasons += "\n  " + printable(endpoint.text() + ": " + list.error().text);
    } else {
      reasons += "\n  " + printable(connection.error().text);
    }
  }
  return base::fail("no endpoint returned the list of nodes:" + reasons);
}

std::vector<NodeStatus> ask_nodes(const ClusterText& cluster, const Access& access) {
  std::vector<NodeStatus> statuses(cluster.nodes.size());
  std::atomic<size_t> next = 0;
  const auto ask_some = [&] {
    for (size_t i = next++; i < statuses.size(); i = next++) {
      statuses[i] = ask_node(cluster.nodes[i], access);
    }
  };
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < std::min(statuses.size(), kThreadsMax); ++i) {
    threads.emplace_back(ask_some);
  }
  threads.clear();
  return statuses;
}

}  // namespace larder::ctl
