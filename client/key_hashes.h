// The hash functions that client libraries use to choose a node.  None of them resists keys chosen
// by an attacker; they are needed for agreement with those clients.
//
// Threads: any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::client {

// The four little-endian numbers of an MD5 digest (RFC 1321).
using Md5Words = std::array<uint32_t, 4>;
Md5Words md5_words(std::string_view bytes);

// Jenkins's one-at-a-time hash; bytes are signed, as in libmemcached.
uint32_t one_at_a_time(std::string_view bytes) noexcept;

// The hash that twemproxy calls fnv1a_64: the steps of FNV-1a on the lower halves of its 64-bit
// numbers; bytes are signed.
uint32_t twemproxy_fnv1a_64(std::string_view bytes) noexcept;

// MurmurHash3_x86_32 (Austin Appleby, public domain) of the concatenation of both strings.
uint32_t murmur3_32(std::string_view head, std::string_view tail, uint32_t seed) noexcept;

// Maps a hash to one of `bucket_count` buckets: Lamping and Veach, "A Fast, Minimal Memory,
// Consistent Hash Algorithm" (2014).  Precondition: bucket_count is at least 1 and below 2^31.
size_t jump_bucket(uint64_t hash, size_t bucket_count) noexcept;

}  // namespace larder::client
