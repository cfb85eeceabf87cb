#include "client/node.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "client/login.h"
#include "client/meta_request.h"

namespace larder::client {
namespace {

constexpr size_t kLineSizeMax = 2048;
constexpr std::string_view kFenceReply = "MN";

// Whether a connection can be used again: it is open, and nobody said anything unasked.
bool is_quiet(const base::UniqueFd& socket) {
  char byte;
  const ssize_t received = ::recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace

void Node::Lease::keep() { node_->note(true); }

void Node::Lease::discard() {
  socket_.reset();
  node_->note(false);
}

Node::Node(NodeConfig config, const Options& options,
           std::shared_ptr<std::atomic<uint64_t>> change_count)
    : config_(std::move(config)),
      login_(options.login),
      connections_max_(options.connections_max),
      idle_connections_max_(options.idle_connections_max),
      change_count_(std::move(change_count)),
      health_(options.health),
      random_(std::random_device{}()) {}

base::Result<Node::Lease> Node::lease(Deadline deadline) {
  const auto time = deadline - std::chrono::steady_clock::now();
  {
    std::unique_lock lock(mutex_);
    const auto has_room = [this] { return leased_count_ < connections_max_; };
    if (!released_.wait_until(lock, deadline, has_room)) {
      return base::fail(name() + ": all " + std::to_string(connections_max_) +
                        " connections are in use");
    }
    ++leased_count_;
    if (base::UniqueFd socket = take_idle()) return Lease(*this, std::move(socket));
  }
  // A wait for others is not the node's fault, and so takes nothing of its time.
  base::Result<Connection> connection =
      connect_and_log_in(config_.address, login_, std::chrono::steady_clock::now() + time);
  if (!connection) {
    release(base::UniqueFd());
    note(false);
    return connection.error();
  }
  return Lease(*this, connection->release_socket());
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

base::UniqueFd Node::take_idle() {
  while (!idle_.empty()) {
    base::UniqueFd socket = std::move(idle_.back());
    idle_.pop_back();
    if (is_quiet(socket)) return socket;
  }
  return {};
}

base::Outcome Node::probe(Deadline deadline) const {
  base::Result<Connection> connection = connect_and_log_in(config_.address, login_, deadline);
  if (!connection) return connection.error();
  const base::Outcome sent = connection->send_all(kFence, deadline);
  if (!sent) return sent;
  const base::Result<std::string> reply = connection->read_line(kLineSizeMax, deadline);
  if (!reply) return reply.error();
  if (*reply != kFenceReply) return base::fail(name() + ": " + *reply);
  return base::Done{};
}

void Node::release(base::UniqueFd socket) {
  {
    const std::lock_guard lock(mutex_);
    --leased_count_;
    if (socket && idle_.size() < idle_connections_max_) idle_.push_back(std::move(socket));
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
