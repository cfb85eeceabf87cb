// The algorithms by which client libraries decide which node of a cluster has a key.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::client {

// All clients of an application must use the same one.
enum class RingKind : uint8_t {
  // libmemcached's KETAMA_WEIGHTED, the "libketama compatible" mode of pylibmc and PHP, and
  // twemproxy's ketama with the hash md5: a ring with 160 MD5 points for a node of average weight.
  // The number of points is calculated in binary32, as in libmemcached: each of 25 nodes of equal
  // weight has 156.
  Ketama,
  // libmemcached's KETAMA without weights: 100 points per node; keys and points are hashed by
  // Jenkins's one-at-a-time.
  KetamaPlain,
  // twemproxy's ketama with its default hash fnv1a_64: the points are those of Ketama.  A server
  // with a configured name in twemproxy is represented here by a node with that name and port
  // 11211.
  Twemproxy,
  // spymemcached's ketama: 160 points per node; the name always includes the port.  Java names a
  // node that was resolved from a host name "name/address", so the host must have that form.
  Spymemcached,
  // pymemcache's HashClient: the node with the highest murmur3_32("node-key").  For keys of type
  // str in plain ASCII: for other characters pymemcache hashes the low bytes of the code points,
  // and for keys of type bytes their repr().
  Rendezvous,
  // jump_bucket() of the 64-bit XXH3 hash without a seed, the default of memcached's built-in
  // proxy.  Nodes can only be added or removed at the end of the list.
  Jump,
};

std::string_view name_of(RingKind kind) noexcept;  // "ketama", "ketama-plain", ...
std::optional<RingKind> ring_kind_of(std::string_view name) noexcept;

}  // namespace larder::client
