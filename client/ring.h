// Which node of a cluster has a key.  Clients decide that by themselves, so ours must agree with
// the others of an application to the last key: each RingKind is another library's way.
//
// Threads: a Ring does not change; any thread may ask it.
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
  // Fails without nodes, if one is there twice (libraries refuse that, or forget one of the two),
  // if there are weights or Unix sockets where the kind knows none, and if a name is longer than
  // the kind bears.
  static Result<Ring> make(RingKind kind, std::vector<RingNode> nodes);

  RingKind kind() const noexcept { return kind_; }
  const std::vector<RingNode>& nodes() const noexcept { return nodes_; }
  // The place in nodes() of the one that has `key`: what the library hashes, which for
  // libmemcached is the key without its prefix, unless HASH_WITH_PREFIX_KEY is set.
  size_t node_of(std::string_view key) const;

  // The points, by value; empty for kinds without.  A point has the hashes up to its value, and the
  // first of several at one value has them all.
  struct Point {
    uint32_t value;
    uint32_t node;
  };
  const std::vector<Point>& points() const noexcept { return points_; }
  // Precondition: there are points.
  size_t owner_of(uint32_t hash) const noexcept;

 private:
  Ring(RingKind kind, std::vector<RingNode> nodes);

  void add_md5_points(uint32_t node, const std::string& name, uint32_t count);
  void add_plain_points(uint32_t node, const std::string& name);
  size_t highest_for(std::string_view key) const;

  RingKind kind_;
  std::vector<RingNode> nodes_;
  std::vector<std::string> heads_;  // Rendezvous: what comes before the key
  std::vector<Point> points_;
};

}  // namespace larder::client
