// The hash functions by which client libraries choose a node.  None of them is any good against
// somebody who picks keys on purpose; they are what the clients agree on.
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

// Jenkins's one-at-a-time, with bytes taken as signed, as libmemcached does.
uint32_t one_at_a_time(std::string_view bytes) noexcept;

// What twemproxy calls fnv1a_64: FNV-1a's steps with the lower halves of its 64-bit numbers, and
// bytes taken as signed.
uint32_t twemproxy_fnv1a_64(std::string_view bytes) noexcept;

// MurmurHash3_x86_32 (Austin Appleby, public domain) of one string after the other.
uint32_t murmur3_32(std::string_view head, std::string_view tail, uint32_t seed) noexcept;

// One of so many buckets: Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm"
// (2014).  Precondition: bucket_count is at least 1 and below 2^31.
size_t jump_bucket(uint64_t hash, size_t bucket_count) noexcept;

}  // namespace larder::client
