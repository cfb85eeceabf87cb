// Which node of a cluster has a key.  Clients decide this on their own, so this library must agree
// with an application's other clients on every key: each RingKind implements another library's
// algorithm.
//
// Threads: a Ring is immutable; any thread may use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/error.h"
#include "client/ring_kind.h"
#include "client/ring_node.h"

namespace larder::client {

class Ring {
 public:
  // Fails if there are no nodes; if a node is listed twice (libraries refuse that, or drop one of
  // the two); if there are weights or Unix sockets that the kind does not support; or if a name is
  // longer than the kind allows.
  static Result<Ring> make(RingKind kind, std::vector<RingNode> nodes);

  RingKind kind() const noexcept { return kind_; }
  const std::vector<RingNode>& nodes() const noexcept { return nodes_; }
  // The index in nodes() of the node that has `key`.  `key` is the text that the library hashes,
  // which for libmemcached excludes the prefix unless HASH_WITH_PREFIX_KEY is set.
  size_t node_of(std::string_view key) const;

  // The points of the ring in order of value; empty for kinds without points.  A point owns the
  // hashes up to its value; if several points have one value, the first owns them all.
  struct Point {
    uint32_t value;
    uint32_t node;
  };
  const std::vector<Point>& points() const noexcept { return points_; }
  // Precondition: the ring has points.
  size_t owner_of(uint32_t hash) const noexcept;

 private:
  Ring(RingKind kind, std::vector<RingNode> nodes);

  void add_md5_points(uint32_t node, const std::string& name, uint32_t count);
  void add_plain_points(uint32_t node, const std::string& name);
  size_t highest_for(std::string_view key) const;

  RingKind kind_;
  std::vector<RingNode> nodes_;
  std::vector<std::string> heads_;  // Rendezvous: hashed before the key
  std::vector<Point> points_;
};

}  // namespace larder::client
