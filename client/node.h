// One server: its connections, and whether it is up.
//
// Threads: any.  One mutex, a leaf, which is not held while the network is waited for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "client/connector.h"
#include "client/error.h"
#include "client/node_health.h"
#include "client/options.h"
#include "client/stream.h"

namespace larder::client {

class Node {
 public:
  using Time = NodeHealth::Time;

  // A connection in use.  It goes back to its node's idle ones if it was kept, else it is closed.
  class Lease {
   public:
    Lease(Node& node, Stream stream) : node_(&node), stream_(std::move(stream)) {}
    Lease(Lease&& other) noexcept
        : node_(std::exchange(other.node_, nullptr)), stream_(std::move(other.stream_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (node_ != nullptr) node_->release(std::move(stream_));
    }

    // Good as long as the lease stays where it is.
    Stream& stream() noexcept { return stream_; }
    // Each lease is to end with one of these, which count for the node's health.
    // Kept: nothing is under way on the connection.
    void keep();
    void discard();

   private:
    Node* node_;
    Stream stream_;
  };

  // `change_count` goes up whenever is_ejected() changes.  Of `options` only what is about one node
  // is used.
  Node(NodeConfig config, const Options& options, Connector connector,
       std::shared_ptr<std::atomic<uint64_t>> change_count);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const NodeConfig& config() const noexcept { return config_; }
  std::string name() const { return config_.address.text(); }

  // An idle connection on which nothing has arrived, or a new one.  If as many as are allowed are
  // in use, waits for one; connecting then has the whole time again.  The node must live as long
  // as the lease.
  // Failing to connect counts as a failure of the node; waiting in vain for a turn does not.
  Result<Lease> lease(Deadline deadline);

  bool is_ejected() const noexcept { return due_.load(std::memory_order_relaxed) != kNever; }
  // If the node is ejected, its back-off is over and no other thread does it: asks it something
  // trivial, and lets it back if it answers.
  void probe_if_due(Time now, std::chrono::milliseconds timeout);

  uint32_t failures() const;

 private:
  static constexpr Time::rep kNever = Time::max().time_since_epoch().count();

  Stream take_idle();
  Outcome probe(Deadline deadline) const;
  void release(Stream stream);
  void note(bool is_served);
  void publish_health();
  double chance() { return std::uniform_real_distribution<>(0, 1)(random_); }

  const NodeConfig config_;
  const Connector connector_;
  const size_t connections_max_;
  const size_t idle_connections_max_;
  const std::shared_ptr<std::atomic<uint64_t>> change_count_;
  std::atomic<Time::rep> due_{kNever};  // of a probe; kNever while the node is up

  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::vector<Stream> idle_;  // the last one was used last
  size_t leased_count_ = 0;
  NodeHealth health_;
  std::minstd_rand random_;
};

}  // namespace larder::client
