#include "client/client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "client/discovery.h"
#include "client/login.h"

namespace larder::client {
namespace {

using Code = MetaReply::Code;
using Verb = MetaRequest::Verb;

constexpr std::string_view kItemFlags = " v f c";

base::Error unexpected(const MetaReply& reply) {
  if (reply.code == Code::Refused) return base::fail("the server refused: " + reply.value);
  return base::fail("the server's answer does not fit the request");
}

base::Result<std::optional<Item>> item_of(base::Result<MetaReply> reply) {
  if (!reply) return reply.error();
  if (reply->code == Code::Miss) return std::optional<Item>();
  if (reply->code != Code::Value) return unexpected(*reply);
  const bool is_placeholder = reply->value.empty() && (reply->is_claimed || reply->has_won);
  const bool is_ours_to_fetch = reply->is_stale && reply->has_won;
  if (is_placeholder || is_ours_to_fetch) return std::optional<Item>();
  return std::optional<Item>(
      Item{std::move(reply->value), reply->flags, reply->cas, reply->is_stale});
}

base::Result<WriteOutcome> written(const base::Result<MetaReply>& reply) {
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

base::Result<bool> was_there(const base::Result<MetaReply>& reply) {
  if (!reply) return reply.error();
  if (reply->code == Code::Done) return true;
  if (reply->code == Code::NotFound || reply->code == Code::Miss) return false;
  return unexpected(*reply);
}

std::string write_flags(const WriteOptions& options) {
  std::string flags;
  if (options.ttl != std::chrono::seconds::zero()) add_ttl(flags, 'T', options.ttl);
  if (options.flags != 0) add_flag(flags, 'F', options.flags);
  return flags;
}

std::vector<NodeConfig> configs_of(const ClusterText& text, const DiscoveryOptions& options) {
  std::vector<NodeConfig> configs;
  for (const ClusterNode& node : text.nodes) {
    NodeConfig config;
    config.address.host = options.uses_ip && !node.ip.empty() ? node.ip : node.host;
    config.address.port = node.port;
    configs.push_back(std::move(config));
  }
  return configs;
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::make(Options options) {
  // Nodes behind one that goes would move up, and nearly all keys with them.
  if (options.ring == RingKind::Jump && options.failure_mode == FailureMode::Eject) {
    return base::fail("jump hashing bears no ejected node: take FailureMode::Strict");
  }
  base::Result<std::unique_ptr<Cluster>> cluster = Cluster::make(options);
  if (!cluster) return cluster.error();
  std::unique_ptr<Client> client(new Client(std::move(options), std::move(*cluster)));
  if (client->options_.discovery) {
    const base::Result<bool> polled = client->poll();
    if (!polled) return polled.error();
  }
  return client;
}

Client::Client(Options options, std::unique_ptr<Cluster> cluster)
    : options_(std::move(options)),
      cluster_(std::move(cluster)),
      round_trip_(*cluster_, options_) {}

// ---- reading ----

base::Result<std::optional<Item>> Client::get(std::string_view key) {
  return item_of(ask({.verb = Verb::Get, .key = key, .flags = std::string(kItemFlags)}));
}

base::Result<std::optional<Item>> Client::get_and_touch(std::string_view key,
                                                        std::chrono::seconds ttl) {
  MetaRequest request{.verb = Verb::Get, .key = key, .flags = std::string(kItemFlags)};
  add_ttl(request.flags, 'T', ttl);
  return item_of(ask(std::move(request)));
}

std::vector<base::Result<std::optional<Item>>> Client::get_many(
    std::span<const std::string_view> keys) {
  std::vector<MetaRequest> requests;
  requests.reserve(keys.size());
  for (const std::string_view key : keys) {
    requests.push_back({.verb = Verb::Get, .key = key, .flags = std::string(kItemFlags)});
  }
  return get_all(std::move(requests));
}

std::vector<base::Result<std::optional<Item>>> Client::get_many(std::span<const std::string> keys) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  return get_many(views);
}

std::vector<base::Result<std::optional<Item>>> Client::get_all(std::vector<MetaRequest> requests) {
  std::vector<base::Result<std::optional<Item>>> items;
  items.reserve(requests.size());
  for (base::Result<MetaReply>& reply : round_trip_.run(requests)) {
    items.push_back(item_of(std::move(reply)));
  }
  return items;
}

// ---- writing ----

base::Result<WriteOutcome> Client::set(std::string_view key, std::string_view value,
                                       const WriteOptions& options) {
  return write(key, value, write_flags(options));
}

base::Result<WriteOutcome> Client::add(std::string_view key, std::string_view value,
                                       const WriteOptions& options) {
  return write(key, value, " ME" + write_flags(options));
}

base::Result<WriteOutcome> Client::replace(std::string_view key, std::string_view value,
                                           const WriteOptions& options) {
  return write(key, value, " MR" + write_flags(options));
}

base::Result<WriteOutcome> Client::append(std::string_view key, std::string_view value) {
  return write(key, value, " MA");
}

base::Result<WriteOutcome> Client::prepend(std::string_view key, std::string_view value) {
  return write(key, value, " MP");
}

base::Result<WriteOutcome> Client::compare_and_set(std::string_view key, std::string_view value,
                                                   uint64_t cas, const WriteOptions& options) {
  std::string flags = write_flags(options);
  add_flag(flags, 'C', cas);
  return write(key, value, std::move(flags));
}

base::Result<WriteOutcome> Client::write(std::string_view key, std::string_view value,
                                         std::string flags) {
  return written(ask({.verb = Verb::Set, .key = key, .flags = std::move(flags), .value = value}));
}

std::vector<base::Result<WriteOutcome>> Client::set_many(std::span<const Entry> entries,
                                                         const WriteOptions& options) {
  const std::string flags = write_flags(options);
  std::vector<MetaRequest> requests;
  requests.reserve(entries.size());
  for (const Entry& entry : entries) {
    requests.push_back({.verb = Verb::Set, .key = entry.key, .flags = flags, .value = entry.value});
  }
  std::vector<base::Result<WriteOutcome>> outcomes;
  outcomes.reserve(entries.size());
  for (const auto& reply : round_trip_.run(requests)) outcomes.push_back(written(reply));
  return outcomes;
}

base::Result<std::optional<uint64_t>> Client::increment(std::string_view key, uint64_t delta,
                                                        std::optional<InitialCount> initial) {
  return count(key, delta, true, initial);
}

base::Result<std::optional<uint64_t>> Client::decrement(std::string_view key, uint64_t delta,
                                                        std::optional<InitialCount> initial) {
  return count(key, delta, false, initial);
}

base::Result<std::optional<uint64_t>> Client::count(std::string_view key, uint64_t delta,
                                                    bool is_up,
                                                    const std::optional<InitialCount>& initial) {
  std::string flags = is_up ? " v MI" : " v MD";
  add_flag(flags, 'D', delta);
  if (initial) {
    add_flag(flags, 'J', initial->value);
    add_ttl(flags, 'N', initial->ttl);
  }
  const base::Result<MetaReply> reply =
      ask({.verb = Verb::Arithmetic, .key = key, .flags = std::move(flags)});
  if (!reply) return reply.error();
  if (reply->code == Code::NotFound) return std::optional<uint64_t>();
  const char* const end = reply->value.data() + reply->value.size();
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(reply->value.data(), end, number);
  const bool is_number = error == std::errc() && stop == end;
  if (reply->code != Code::Value || !is_number) return unexpected(*reply);
  return std::optional<uint64_t>(number);
}

base::Result<bool> Client::touch(std::string_view key, std::chrono::seconds ttl) {
  MetaRequest request{.verb = Verb::Get, .key = key, .flags = " c"};
  add_ttl(request.flags, 'T', ttl);
  const base::Result<MetaReply> reply = ask(std::move(request));
  // Whoever reads a stale value first is to fetch it anew; this is no reader.
  if (reply && reply->has_won && reply->is_stale) give_back(key, *reply);
  return was_there(reply);
}

base::Result<bool> Client::remove(std::string_view key) {
  return was_there(ask({.verb = Verb::Delete, .key = key}));
}

base::Result<bool> Client::invalidate(std::string_view key, std::chrono::seconds stale_ttl) {
  // For ever would be until somebody stores: if who is to do that dies, nobody else tries.
  if (stale_ttl <= std::chrono::seconds::zero()) {
    return base::fail("a stale value has to have a time to live of a second at least");
  }
  MetaRequest request{.verb = Verb::Delete, .key = key, .flags = " I"};
  add_ttl(request.flags, 'T', stale_ttl);
  return was_there(ask(std::move(request)));
}

base::Result<MetaReply> Client::ask(MetaRequest request) {
  return std::move(round_trip_.run({&request, 1}).front());
}

// ---- nodes ----

base::Result<bool> Client::poll() {
  if (!has_discovery()) return base::fail("the nodes are fixed: there is nobody to ask");
  const std::vector<Address> addresses = addresses_to_poll();
  // Each time another one is first, so that one with an old list cannot keep a newer one away.
  const size_t first = poll_count_.fetch_add(1, std::memory_order_relaxed);
  base::Error last_error;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const base::Result<ClusterText> text = ask_one(addresses[(first + i) % addresses.size()]);
    if (text) return cluster_->replace(text->version, configs_of(*text, *options_.discovery));
    last_error = text.error();
  }
  return base::fail("no node tells its cluster's nodes: " + last_error.text);
}

// The present nodes, and those that were configured.
std::vector<Address> Client::addresses_to_poll() const {
  std::vector<Address> addresses;
  for (const auto& node : cluster_->nodes()) addresses.push_back(node->config().address);
  for (const NodeConfig& config : options_.nodes) {
    const auto known = std::find(addresses.begin(), addresses.end(), config.address);
    if (known == addresses.end()) addresses.push_back(config.address);
  }
  return addresses;
}

base::Result<ClusterText> Client::ask_one(const Address& address) const {
  base::Result<Connection> connection =
      connect_and_log_in(address, options_.login, deadline_after(options_.connect_timeout));
  if (!connection) return connection.error();
  return ask_for_cluster(*connection, deadline_after(options_.request_timeout));
}

std::vector<NodeState> Client::nodes() const {
  std::vector<NodeState> states;
  for (const auto& node : cluster_->nodes()) {
    states.push_back({node->config().address, node->is_ejected(), node->failures()});
  }
  return states;
}

}  // namespace larder::client
