#include "tests/bench/load/key_space.h"

#include <cstring>

#include "tests/bench/load/random.h"

namespace larder::bench {

KeySpace::KeySpace(uint64_t key_count, uint32_t key_size, uint32_t value_size)
    : key_count_(key_count), value_size_(value_size), blank_key_(key_size, '0') {
  const size_t digits = std::to_string(key_count - 1).size();
  ASSERT(digits <= key_size);
  if (digits < key_size) blank_key_[0] = 'k';

  // Printable, so that a failure can be read; the seed is fixed, so that one run can check what
  // another has written.
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static_assert(kLetters.size() == 64);
  Random random(2011);
  block_.resize((size_t{1} << kOffsetBits) + value_size);
  for (char& letter : block_) letter = kLetters[random.next() % kLetters.size()];
}

void KeySpace::append_key(uint64_t index, std::string* bytes) const {
  static constexpr char kPairs[] =
      "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
      "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
      "8081828384858687888990919293949596979899";
  bytes->append(blank_key_);
  char* end = bytes->data() + bytes->size();
  for (; index >= 10; index /= 100) std::memcpy(end -= 2, kPairs + index % 100 * 2, 2);
  if (index > 0) *--end = static_cast<char>('0' + index);
}

}  // namespace larder::bench
