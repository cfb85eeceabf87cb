#include "client/key_hashes.h"

#include <md5.h>

#include <bit>

#include "base/assertions.h"

namespace larder::client {
namespace {

uint32_t as_signed(char byte) noexcept {
  return static_cast<uint32_t>(static_cast<int32_t>(static_cast<signed char>(byte)));
}

class Murmur3 {
 public:
  explicit Murmur3(uint32_t seed) noexcept : hash_(seed) {}

  void add(std::string_view bytes) noexcept {
    for (const char byte : bytes) {
      block_ |= uint32_t{static_cast<unsigned char>(byte)} << (8 * (size_ % 4));
      if (++size_ % 4 != 0) continue;
      hash_ ^= mixed_block();
      hash_ = std::rotl(hash_, 13) * 5 + 0xe6546b64;
      block_ = 0;
    }
  }

  uint32_t finish() noexcept {
    hash_ ^= mixed_block();  // without bytes: 0
    hash_ ^= size_;
    hash_ = (hash_ ^ (hash_ >> 16)) * 0x85ebca6b;
    hash_ = (hash_ ^ (hash_ >> 13)) * 0xc2b2ae35;
    return hash_ ^ (hash_ >> 16);
  }

 private:
  uint32_t mixed_block() const noexcept { return std::rotl(block_ * 0xcc9e2d51, 15) * 0x1b873593; }

  uint32_t hash_;
  uint32_t block_ = 0;  // up to three bytes that do not fill a block yet
  uint32_t size_ = 0;
};

}  // namespace

Md5Words md5_words(std::string_view bytes) {
  MD5_CTX context;
  uint8_t digest[MD5_DIGEST_LENGTH];
  MD5Init(&context);
  MD5Update(&context, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  MD5Final(digest, &context);
  Md5Words words{};
  for (size_t i = 0; i < sizeof(digest); ++i) {
    words[i / 4] |= uint32_t{digest[i]} << (8 * (i % 4));
  }
  return words;
}

uint32_t one_at_a_time(std::string_view bytes) noexcept {
  uint32_t hash = 0;
  for (const char byte : bytes) {
    hash += as_signed(byte);
    hash += hash << 10;
    hash ^= hash >> 6;
  }
  hash += hash << 3;
  hash ^= hash >> 11;
  return hash + (hash << 15);
}

uint32_t twemproxy_fnv1a_64(std::string_view bytes) noexcept {
  constexpr auto kBasis = static_cast<uint32_t>(0xcbf29ce484222325);
  constexpr auto kPrime = static_cast<uint32_t>(0x100000001b3);
  uint32_t hash = kBasis;
  for (const char byte : bytes) hash = (hash ^ as_signed(byte)) * kPrime;
  return hash;
}

uint32_t murmur3_32(std::string_view head, std::string_view tail, uint32_t seed) noexcept {
  Murmur3 murmur(seed);
  murmur.add(head);
  murmur.add(tail);
  return murmur.finish();
}

size_t jump_bucket(uint64_t hash, size_t bucket_count) noexcept {
  DEBUG_ASSERT(bucket_count > 0 && bucket_count < size_t{1} << 31);
  int64_t bucket = 0;
  int64_t next = 0;
  while (next < static_cast<int64_t>(bucket_count)) {
    bucket = next;
    hash = hash * 2862933555777941757 + 1;
    const double stretch =
        static_cast<double>(int64_t{1} << 31) / static_cast<double>((hash >> 33) + 1);
    next = static_cast<int64_t>(static_cast<double>(bucket + 1) * stretch);
  }
  return static_cast<size_t>(bucket);
}

}  // namespace larder::client
