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

namespace larder::client {

enum class RingKind : uint8_t {
  // libmemcached's KETAMA_WEIGHTED, pylibmc's and PHP's "libketama compatible": a ring of 160
  // points for a node of average weight, by MD5.  The number of points is worked out in binary32,
  // as libmemcached does: 25 nodes of equal weight have 156 each.
  Ketama,
  // libmemcached's KETAMA without weights: 100 points for each node, keys and points by Jenkins's
  // one-at-a-time.
  KetamaPlain,
  // twemproxy's ketama with its default hash, fnv1a_64: Ketama's points.
  Twemproxy,
  // spymemcached's ketama: 160 points for each node, whose name has its port in any case.
  Spymemcached,
  // pymemcache's HashClient: the node for which murmur3_32("node-key") is the highest.
  Rendezvous,
  // Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014), of XXH3's 64
  // bits without a seed.  Nodes can come and go at the end of the list only.
  Jump,
};

std::string_view name_of(RingKind kind) noexcept;  // "ketama", "ketama-plain", ...
std::optional<RingKind> ring_kind_of(std::string_view name) noexcept;

struct RingNode {
  std::string host;     // as the other clients have it in their configuration, or a socket's path
  uint16_t port = 0;    // 0 with a path
  uint32_t weight = 1;  // 0 is 1, as for libmemcached

  std::string name() const { return host + ":" + std::to_string(port); }
};

class Ring {
 public:
  // Fails without nodes, and if there are weights where the kind knows none.
  static base::Result<Ring> make(RingKind kind, std::vector<RingNode> nodes);

  RingKind kind() const noexcept { return kind_; }
  const std::vector<RingNode>& nodes() const noexcept { return nodes_; }
  // The place in nodes() of the one that has `key`: the whole key, its prefix included.
  size_t node_of(std::string_view key) const;

  // How many points a node has; 0 for kinds without.
  size_t point_count(size_t node) const noexcept;

 private:
  struct Point {
    uint32_t value;
    uint32_t node;
  };

  Ring(RingKind kind, std::vector<RingNode> nodes);

  void add_md5_points(uint32_t node, const std::string& name, uint32_t count);
  void add_plain_points(uint32_t node, const std::string& name);
  size_t owner_of(uint32_t hash) const noexcept;
  size_t highest_for(std::string_view key) const;

  RingKind kind_;
  std::vector<RingNode> nodes_;
  std::vector<std::string> heads_;  // Rendezvous: what comes before the key
  std::vector<Point> points_;       // by value, and by node where that is equal
};

}  // namespace larder::client
