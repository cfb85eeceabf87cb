#include "larderctl/nodes_json.h"

#include <nlohmann/json.hpp>

namespace larder::ctl {
namespace {

using Json = nlohmann::ordered_json;

template <class Number>
Json number(const std::optional<Number>& value) {
  return value ? Json(*value) : Json();
}

Json text(const std::string& value) { return value.empty() ? Json() : Json(value); }

Json object_of(const NodeStatus& node) {
  const NodeStats& stats = node.stats;
  return {
      {"node", node.name()},
      {"ip", text(node.node.ip)},
      {"health", name_of(node.health)},
      {"reason", text(node.reason)},
      {"list_version", number(node.list_version)},
      {"version", text(stats.version)},
      {"larder_version", text(stats.larder_version)},
      {"uptime_seconds", number(stats.uptime_seconds)},
      {"hit_ratio", number(stats.hit_ratio())},
      {"items", number(stats.items)},
      {"bytes", number(stats.bytes)},
      {"limit_bytes", number(stats.limit_bytes)},
      {"connections", number(stats.connections)},
      {"evictions", number(stats.evictions)},
  };
}

}  // namespace

std::string nodes_json(uint64_t cluster_version, const std::vector<NodeStatus>& nodes) {
  Json all = {{"version", cluster_version}, {"nodes", Json::array()}};
  for (const NodeStatus& node : nodes) all["nodes"].push_back(object_of(node));
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace larder::ctl
