#include "client/client.h"

#include <charconv>
#include <utility>

#include "client/client_core.h"

namespace larder::client {
namespace {

using Code = MetaReply::Code;
using Verb = MetaRequest::Verb;

constexpr std::string_view kItemFlags = " v f c";

Result<std::optional<Item>> item_of(Result<MetaReply> reply) {
  if (!reply) return reply.error();
  if (reply->code == Code::Miss) return std::optional<Item>();
  if (reply->code != Code::Value) return unexpected(*reply);
  const bool is_placeholder = reply->value.empty() && (reply->is_claimed || reply->has_won);
  const bool is_ours_to_fetch = reply->is_stale && reply->has_won;
  if (is_placeholder || is_ours_to_fetch) return std::optional<Item>();
  return std::optional<Item>(
      Item{std::move(reply->value), reply->flags, reply->cas, reply->is_stale});
}

Result<bool> was_there(const Result<MetaReply>& reply) {
  if (!reply) return reply.error();
  if (reply->code == Code::Done) return true;
  if (reply->code == Code::NotFound || reply->code == Code::Miss) return false;
  return unexpected(*reply);
}

Result<std::optional<uint64_t>> count(ClientCore& core, std::string_view key, std::string flags,
                                      uint64_t delta, const std::optional<InitialCount>& initial) {
  add_flag(flags, 'D', delta);
  if (initial) {
    add_flag(flags, 'J', initial->value);
    add_ttl(flags, 'N', initial->ttl);
  }
  const Result<MetaReply> reply =
      core.ask({.verb = Verb::Arithmetic, .key = key, .flags = std::move(flags)});
  if (!reply) return reply.error();
  if (reply->code == Code::NotFound) return std::optional<uint64_t>();
  const char* const end = reply->value.data() + reply->value.size();
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(reply->value.data(), end, number);
  const bool is_number = error == std::errc() && stop == end;
  if (reply->code != Code::Value || !is_number) return unexpected(*reply);
  return std::optional<uint64_t>(number);
}

}  // namespace

Result<std::unique_ptr<Client>> Client::make(Options options) {
  // Removing a node would move the nodes after it up, and nearly all keys with them.
  if (options.ring == RingKind::Jump && options.failure_mode == FailureMode::Eject) {
    return fail(ErrorCode::InvalidArgument,
                "jump hashing does not support FailureMode::Eject: use Strict");
  }
  Result<std::unique_ptr<Cluster>> cluster = Cluster::make(options);
  if (!cluster) return cluster.error();
  std::unique_ptr<Client> client(
      new Client(std::make_unique<ClientCore>(std::move(options), std::move(*cluster))));
  if (client->has_discovery()) {
    const Result<bool> polled = client->poll();
    if (!polled) return polled.error();
  }
  return client;
}

Client::Client(std::unique_ptr<ClientCore> core) : core_(std::move(core)) {}

Client::~Client() = default;

// ---- reading ----

Result<std::optional<Item>> Client::get(std::string_view key) {
  return item_of(core_->ask({.verb = Verb::Get, .key = key, .flags = std::string(kItemFlags)}));
}

Result<std::optional<Item>> Client::get_and_touch(std::string_view key, std::chrono::seconds ttl) {
  MetaRequest request{.verb = Verb::Get, .key = key, .flags = std::string(kItemFlags)};
  add_ttl(request.flags, 'T', ttl);
  return item_of(core_->ask(std::move(request)));
}

std::vector<Result<std::optional<Item>>> Client::get_many(std::span<const std::string_view> keys) {
  std::vector<MetaRequest> requests;
  requests.reserve(keys.size());
  for (const std::string_view key : keys) {
    requests.push_back({.verb = Verb::Get, .key = key, .flags = std::string(kItemFlags)});
  }
  std::vector<Result<std::optional<Item>>> items;
  items.reserve(requests.size());
  for (Result<MetaReply>& reply : core_->ask_all(requests)) {
    items.push_back(item_of(std::move(reply)));
  }
  return items;
}

std::vector<Result<std::optional<Item>>> Client::get_many(std::span<const std::string> keys) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  return get_many(views);
}

// ---- writing ----

Result<WriteOutcome> Client::set(std::string_view key, std::string_view value,
                                 const WriteOptions& options) {
  return core_->write(key, value, write_flags(options));
}

Result<WriteOutcome> Client::add(std::string_view key, std::string_view value,
                                 const WriteOptions& options) {
  return core_->write(key, value, " ME" + write_flags(options));
}

Result<WriteOutcome> Client::replace(std::string_view key, std::string_view value,
                                     const WriteOptions& options) {
  return core_->write(key, value, " MR" + write_flags(options));
}

Result<WriteOutcome> Client::append(std::string_view key, std::string_view value) {
  return core_->write(key, value, " MA");
}

Result<WriteOutcome> Client::prepend(std::string_view key, std::string_view value) {
  return core_->write(key, value, " MP");
}

Result<WriteOutcome> Client::compare_and_set(std::string_view key, std::string_view value,
                                             uint64_t cas, const WriteOptions& options) {
  std::string flags = write_flags(options);
  add_flag(flags, 'C', cas);
  return core_->write(key, value, std::move(flags));
}

std::vector<Result<WriteOutcome>> Client::set_many(std::span<const Entry> entries,
                                                   const WriteOptions& options) {
  const std::string flags = write_flags(options);
  std::vector<MetaRequest> requests;
  requests.reserve(entries.size());
  for (const Entry& entry : entries) {
    requests.push_back({.verb = Verb::Set, .key = entry.key, .flags = flags, .value = entry.value});
  }
  return core_->write_all(requests);
}

Result<std::optional<uint64_t>> Client::increment(std::string_view key, uint64_t delta,
                                                  std::optional<InitialCount> initial) {
  return count(*core_, key, " v MI", delta, initial);
}

Result<std::optional<uint64_t>> Client::decrement(std::string_view key, uint64_t delta,
                                                  std::optional<InitialCount> initial) {
  return count(*core_, key, " v MD", delta, initial);
}

Result<bool> Client::touch(std::string_view key, std::chrono::seconds ttl) {
  MetaRequest request{.verb = Verb::Get, .key = key, .flags = " c"};
  add_ttl(request.flags, 'T', ttl);
  const Result<MetaReply> reply = core_->ask(std::move(request));
  // The first reader of a stale value is expected to store it again.  This caller does not, so it
  // releases the claim.
  if (reply && reply->has_won && reply->is_stale) core_->give_back(key, *reply);
  return was_there(reply);
}

Result<bool> Client::remove(std::string_view key) {
  return was_there(core_->ask({.verb = Verb::Delete, .key = key}));
}

Result<bool> Client::invalidate(std::string_view key, std::chrono::seconds stale_ttl) {
  // Without a time limit, the value would stay stale if the client that should store it again
  // fails, because no other client tries.
  if (stale_ttl <= std::chrono::seconds::zero()) {
    return fail(ErrorCode::InvalidArgument,
                "a stale value needs a time to live of at least one second");
  }
  MetaRequest request{.verb = Verb::Delete, .key = key, .flags = " I"};
  add_ttl(request.flags, 'T', stale_ttl);
  return was_there(core_->ask(std::move(request)));
}

// ---- nodes ----

Result<bool> Client::poll() { return core_->poll(); }

bool Client::has_discovery() const noexcept { return core_->options().discovery.has_value(); }

void Client::probe() { core_->cluster().routing(); }

uint64_t Client::cluster_version() const { return core_->cluster().version(); }

std::vector<NodeState> Client::nodes() const {
  std::vector<NodeState> states;
  for (const auto& node : core_->cluster().nodes()) {
    states.push_back({node->config().address, node->is_ejected(), node->failures()});
  }
  return states;
}

}  // namespace larder::client
