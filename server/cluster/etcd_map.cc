#include "server/cluster/etcd_map.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/words.h"

namespace larder::server {
namespace {

template <class Number>
std::optional<Number> read_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_same_address(const ClusterNode& one, const ClusterNode& other) {
  return one.host == other.host && one.port == other.port;
}

std::vector<ClusterNode> wanted_nodes(const EtcdView& view) {
  std::vector<ClusterNode> nodes;
  const auto add = [&](const ClusterNode& node) {
    if (view.leaving != nullptr && is_same_address(node, *view.leaving)) return;
    const auto is_it = [&](const ClusterNode& each) { return is_same_address(each, node); };
    if (std::ranges::none_of(nodes, is_it)) nodes.push_back(node);
  };
  for (const ClusterNode& node : view.registered) add(node);
  if (!view.may_remove) {
    // If etcd was restored from a backup or started empty, the published map may be newer than the
    // one in etcd.  Its nodes stay listed even if they have not registered again yet.
    const bool is_told_newer = view.last && (!view.map || view.last->version > view.map->version);
    if (is_told_newer) std::ranges::for_each(view.last->nodes, add);
    if (view.map) std::ranges::for_each(view.map->nodes, add);
  }
  std::ranges::sort(nodes, {},
                    [](const ClusterNode& node) { return std::tie(node.host, node.port); });
  return nodes;
}

}  // namespace

std::string text_of(const ClusterNode& node) {
  return node.host + '|' + node.ip + '|' + std::to_string(node.port);
}

std::string address_of(const ClusterNode& node) {
  return node.host + ':' + std::to_string(node.port);
}

std::optional<ClusterNode> parse_node(std::string_view text) {
  const std::string_view host = base::take_word(text, "|");
  const std::string_view ip = base::take_word(text, "|");
  const auto port = read_number<uint16_t>(text);
  if (host.empty() || !port || *port == 0) return std::nullopt;
  return ClusterNode{std::string(host), std::string(ip), *port};
}

std::string text_of(const EtcdMap& map) {
  std::string text = std::to_string(map.version);
  char separator = '\n';
  for (const ClusterNode& node : map.nodes) {
    text += separator;
    text += text_of(node);
    separator = ' ';
  }
  return text += '\n';
}

std::optional<EtcdMap> parse_map(std::string_view text) {
  const auto version = read_number<uint32_t>(base::take_word(text, "\n"));
  if (!version || *version == 0 || *version > EtcdMap::kVersionMax) return std::nullopt;
  EtcdMap map{.version = *version, .nodes = {}};
  std::string_view list = base::take_word(text, "\n");
  if (!text.empty()) return std::nullopt;
  while (!list.empty()) {
    auto node = parse_node(base::take_word(list, " "));
    if (!node) return std::nullopt;
    map.nodes.push_back(std::move(*node));
  }
  if (map.nodes.empty()) return std::nullopt;
  return map;
}

std::optional<EtcdMap> map_to_write(const EtcdView& view) {
  const auto stays = [&](const ClusterNode& node) {
    return view.leaving == nullptr || !is_same_address(node, *view.leaving);
  };
  if (std::ranges::none_of(view.registered, stays)) return std::nullopt;
  EtcdMap wanted{.version = 0, .nodes = wanted_nodes(view)};
  if (view.map && view.map->nodes == wanted.nodes) {
    const bool is_news = !view.last || view.map->version > view.last->version;
    if (is_news || *view.map == *view.last) return std::nullopt;
  }
  const bool is_of_cluster = view.last && view.last->version >= EtcdMap::kFirstVersion;
  if (!view.map && is_of_cluster && view.last->nodes == wanted.nodes) return view.last;
  const uint32_t version = std::max(view.map ? view.map->version : EtcdMap::kFirstVersion - 1,
                                    view.last ? view.last->version : 0);
  if (version >= EtcdMap::kVersionMax) return std::nullopt;
  wanted.version = version + 1;
  return wanted;
}

}  // namespace larder::server
