// The ways in which client libraries decide which node of a cluster has a key.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::client {

// All clients of an application have to agree, to the last key.
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

}  // namespace larder::client
