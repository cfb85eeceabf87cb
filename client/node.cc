#include "client/node.h"

#include <utility>

#include "client/meta_request.h"

namespace larder::client {
namespace {

constexpr size_t kLineSizeMax = 2048;
constexpr std::string_view kFenceReply = "MN";

}  // namespace

void Node::Lease::keep() { node_->note(true); }

void Node::Lease::discard() {
  stream_.close();
  node_->note(false);
}

Node::Node(NodeConfig config, const Options& options, Connector connector,
           std::shared_ptr<std::atomic<uint64_t>> change_count)
    : config_(std::move(config)),
      connector_(std::move(connector)),
      connections_max_(options.connections_max),
      idle_connections_max_(options.idle_connections_max),
      change_count_(std::move(change_count)),
      health_(options.health),
      random_(std::random_device{}()) {}

Result<Node::Lease> Node::lease(Deadline deadline) {
  const auto time = deadline - std::chrono::steady_clock::now();
  {
    std::unique_lock lock(mutex_);
    const auto has_room = [this] { return leased_count_ < connections_max_; };
    if (!released_.wait_until(lock, deadline, has_room)) {
      return fail(ErrorCode::Busy,
                  name() + ": all " + std::to_string(connections_max_) + " connections are in use");
    }
    ++leased_count_;
    if (Stream stream = take_idle()) return Lease(*this, std::move(stream));
  }
  // The time spent waiting for a lease is not the node's fault, so it does not reduce the connect
  // time.
  Result<Connection> connection = connector_.connect(config_.address, config_.tls_name,
                                                     std::chrono::steady_clock::now() + time);
  if (!connection) {
    release(Stream());
    note(false);
    return connection.error();
  }
  return Lease(*this, connection->release_stream());
}

void Node::probe_if_due(Time now, std::chrono::milliseconds timeout) {
  if (now.time_since_epoch().count() < due_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(mutex_);
    if (!health_.begin_probe(now)) return;
  }
  const bool has_answered = probe(deadline_after(timeout)).has_value();
  const std::lock_guard lock(mutex_);
  health_.end_probe(has_answered, std::chrono::steady_clock::now(), chance());
  publish_health();
}

uint32_t Node::failures() const {
  const std::lock_guard lock(mutex_);
  return health_.failures();
}

Stream Node::take_idle() {
  while (!idle_.empty()) {
    Stream stream = std::move(idle_.back());
    idle_.pop_back();
    if (stream.is_quiet()) return stream;
  }
  return {};
}

Outcome Node::probe(Deadline deadline) const {
  Result<Connection> connection = connector_.connect(config_.address, config_.tls_name, deadline);
  if (!connection) return connection.error();
  const Outcome sent = connection->send_all(kFence, deadline);
  if (!sent) return sent;
  const Result<std::string> reply = connection->read_line(kLineSizeMax, deadline);
  if (!reply) return reply.error();
  if (*reply != kFenceReply) return fail(ErrorCode::BadReply, name() + ": " + *reply);
  return Done{};
}

void Node::release(Stream stream) {
  {
    const std::lock_guard lock(mutex_);
    --leased_count_;
    if (stream && idle_.size() < idle_connections_max_) idle_.push_back(std::move(stream));
  }
  released_.notify_one();
}

void Node::note(bool is_served) {
  const std::lock_guard lock(mutex_);
  if (is_served) {
    health_.note_success();
  } else {
    health_.note_failure(std::chrono::steady_clock::now(), chance());
  }
  publish_health();
}

// Precondition: the mutex is held.
void Node::publish_health() {
  const Time::rep due = health_.is_ejected() ? health_.due().time_since_epoch().count() : kNever;
  const bool was_ejected = is_ejected();
  due_.store(due, std::memory_order_relaxed);
  if (was_ejected == health_.is_ejected()) return;
  if (health_.is_ejected()) idle_.clear();
  change_count_->fetch_add(1, std::memory_order_release);
}

}  // namespace larder::client
