// Which node of a cluster has a key.  Clients decide that by themselves, so ours must agree with
// the others of an application to the last key: each RingKind is another library's way.
//
// Threads: a Ring does not change; any thread may ask it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/ring_node.h"

namespace larder::client {

enum class RingKind : uint8_t {
  // libmemcached's KETAMA_WEIGHTED, pylibmc's and PHP's "libketama compatible", and twemproxy's
  // ketama with the hash md5: a ring of 160 points for a node of average weight, by MD5.  The
  // number of points is worked out in binary32, as libmemcached does: 25 nodes of equal weight
  // have 156 each.
  Ketama,
  // libmemcached's KETAMA without weights: 100 points for each node, keys and points by Jenkins's
  // one-at-a-time.
  KetamaPlain,
  // twemproxy's ketama with its default hash, fnv1a_64: Ketama's points.  A server with a name of
  // its own in twemproxy's configuration is here a node of that name at port 11211.
  Twemproxy,
  // spymemcached's ketama: 160 points for each node, whose name has its port in any case.  Java
  // names a node that was not configured by its address "name/address", and so has the host to be.
  Spymemcached,
  // pymemcache's HashClient: the node for which murmur3_32("node-key") is the highest.  For text
  // keys of plain ASCII: of others it takes the low bytes of code points, and of bytes their
  // repr().
  Rendezvous,
  // jump_bucket() of XXH3's 64 bits without a seed, which is what the proxy in memcached does by
  // default.  Nodes can come and go at the end of the list only.
  Jump,
};

std::string_view name_of(RingKind kind) noexcept;  // "ketama", "ketama-plain", ...
std::optional<RingKind> ring_kind_of(std::string_view name) noexcept;

class Ring {
 public:
  // Fails without nodes, if one is there twice (libraries refuse that, or forget one of the two),
  // if there are weights or Unix sockets where the kind knows none, and if a name is longer than
  // the kind bears.
  static base::Result<Ring> make(RingKind kind, std::vector<RingNode> nodes);

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
