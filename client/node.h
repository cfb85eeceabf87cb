// One server: its connections, and whether it is up.
//
// Threads: any.  One mutex, acquired last and not held while waiting for the network.
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

  // A connection in use.  It returns to the node's idle connections after keep(); otherwise it is
  // closed.
  class Lease {
   public:
    Lease(Node& node, Stream stream) : node_(&node), stream_(std::move(stream)) {}
    Lease(Lease&& other) noexcept
        : node_(std::exchange(other.node_, nullptr)), stream_(std::move(other.stream_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (node_ != nullptr) node_->release(std::move(stream_));
    }

    // Valid until the lease is moved.
    Stream& stream() noexcept { return stream_; }
    // One of these is called at the end of each lease, and affects the node's health.
    // keep(): no request is in flight on the connection.
    void keep();
    void discard();

   private:
    Node* node_;
    Stream stream_;
  };

  // `change_count` is incremented whenever is_ejected() changes.  Only the options that concern a
  // single node are used.
  Node(NodeConfig config, const Options& options, Connector connector,
       std::shared_ptr<std::atomic<uint64_t>> change_count);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const NodeConfig& config() const noexcept { return config_; }
  std::string name() const { return config_.address.text(); }

  // Returns an idle connection on which nothing has arrived, or a new one.  If the maximum number
  // is in use, waits for one; connecting then has the full time again.  The node must outlive the
  // lease.  A failed connect counts as a failure of the node; a timeout while waiting for a
  // connection does not.
  Result<Lease> lease(Deadline deadline);

  bool is_ejected() const noexcept { return due_.load(std::memory_order_relaxed) != kNever; }
  // If the node is ejected, its back-off has ended and no other thread is probing it: sends it a
  // trivial request, and readmits it if it replies.
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
  std::atomic<Time::rep> due_{kNever};  // time of the next probe; kNever while the node is up

  mutable std::mutex mutex_;
  std::condition_variable released_;
  std::vector<Stream> idle_;  // the last one is the most recently used
  size_t leased_count_ = 0;
  NodeHealth health_;
  std::minstd_rand random_;
};

}  // namespace larder::client
