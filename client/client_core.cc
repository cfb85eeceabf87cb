#include "client/client_core.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assertions.h"

namespace larder::client {
namespace {

using Code = MetaReply::Code;
using Verb = MetaRequest::Verb;

Result<WriteOutcome> written(const Result<MetaReply>& reply) {
  if (!reply) return reply.error();
  switch (reply->code) {
    case Code::Done: return WriteOutcome::Stored;
    case Code::NotStored: return WriteOutcome::NotStored;
    case Code::Exists: return WriteOutcome::Exists;
    case Code::NotFound: return WriteOutcome::NotFound;
    case Code::Value:
    case Code::Miss:
    case Code::Fence:
    case Code::Refused: return unexpected(*reply);
  }
  UNREACHABLE();
}

std::vector<NodeConfig> configs_of(const ClusterText& text, const Options& options) {
  const bool has_own_names = !options.tls || options.tls->server_name.empty();
  std::vector<NodeConfig> configs;
  for (const ClusterNode& node : text.nodes) {
    NodeConfig config;
    config.address.host = options.discovery->uses_ip && !node.ip.empty() ? node.ip : node.host;
    config.address.port = node.port;
    if (has_own_names) config.tls_name = node.host;
    configs.push_back(std::move(config));
  }
  return configs;
}

}  // namespace

Error unexpected(const MetaReply& reply) {
  if (reply.code == Code::Refused) {
    return fail(ErrorCode::ServerRefused, "the server refused: " + reply.value);
  }
  return fail(ErrorCode::BadReply, "the reply does not fit the request");
}

std::string write_flags(const WriteOptions& options) {
  std::string flags;
  if (options.ttl != std::chrono::seconds::zero()) add_ttl(flags, 'T', options.ttl);
  if (options.flags != 0) add_flag(flags, 'F', options.flags);
  return flags;
}

Result<MetaReply> ClientCore::ask(MetaRequest request) {
  return std::move(round_trip_.run({&request, 1}).front());
}

Result<WriteOutcome> ClientCore::write(std::string_view key, std::string_view value,
                                       std::string flags) {
  return written(ask({.verb = Verb::Set, .key = key, .flags = std::move(flags), .value = value}));
}

std::vector<Result<WriteOutcome>> ClientCore::write_all(std::span<const MetaRequest> requests) {
  std::vector<Result<WriteOutcome>> outcomes;
  outcomes.reserve(requests.size());
  for (const auto& reply : round_trip_.run(requests)) outcomes.push_back(written(reply));
  return outcomes;
}

Result<bool> ClientCore::poll() {
  if (!options_.discovery) {
    return fail(ErrorCode::InvalidArgument,
                "the list of nodes is fixed: discovery is not configured");
  }
  const std::vector<NodeConfig> nodes = nodes_to_poll();
  // Each poll starts with another node, so that a node with an outdated list cannot hide a newer
  // one.
  const size_t first = poll_count_.fetch_add(1, std::memory_order_relaxed);
  Error last_error;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Result<ClusterText> text = ask_for_nodes(nodes[(first + i) % nodes.size()]);
    if (text) {
      Result<bool> replaced = cluster_->replace(text->version, configs_of(*text, options_));
      if (!replaced) return fail(ErrorCode::BadReply, replaced.error().text);
      return replaced;
    }
    last_error = text.error();
  }
  return fail(last_error.code, "no node returned the list of nodes: " + last_error.text);
}

// The current nodes and the configured ones.
std::vector<NodeConfig> ClientCore::nodes_to_poll() const {
  std::vector<NodeConfig> nodes;
  for (const auto& node : cluster_->nodes()) nodes.push_back(node->config());
  for (const NodeConfig& config : options_.nodes) {
    const auto known = std::find_if(nodes.begin(), nodes.end(), [&](const NodeConfig& node) {
      return node.address == config.address;
    });
    if (known == nodes.end()) nodes.push_back(config);
  }
  return nodes;
}

Result<ClusterText> ClientCore::ask_for_nodes(const NodeConfig& node) const {
  Result<Connection> connection = cluster_->connector().connect(
      node.address, node.tls_name, deadline_after(options_.connect_timeout));
  if (!connection) return connection.error();
  return ask_for_cluster(*connection, deadline_after(options_.request_timeout));
}

}  // namespace larder::client
