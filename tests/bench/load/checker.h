// Compares what a server sent with what it had to send.
//
// Threads: constant after construction; any thread may call check().
#pragma once

#include <string>
#include <string_view>

#include "tests/bench/load/batch.h"
#include "tests/bench/load/key_space.h"

namespace larder::bench {

enum class Verdict : uint8_t {
  Match,     // exactly the bytes wanted
  Miss,      // the answer for an absent key
  NeedMore,  // what has come is a proper prefix of one of the others
  Refused,   // a well-formed answer of another kind, such as an error line
  Lost,      // where the next reply begins is unknown
};

struct Checked {
  Verdict verdict;
  size_t consumed = 0;
};

class Checker {
 public:
  // `keys` must outlive this.  `is_unchecked`: any bytes will do, if there are as many as a hit
  // has.
  Checker(const KeySpace& keys, bool is_unchecked);

  // Looks at the front of `received` for the part wanted; `key` is the key asked for.
  Checked check(const Expectation& wanted, std::string_view key,
                std::string_view received) const noexcept;

  // Of a hit, or of what a write is answered.  Not for TextHitUnique, whose size varies.
  size_t size_of(Part part) const noexcept;

  // No whole part is larger than this, errors included.
  size_t part_size_max() const noexcept;

 private:
  Checked check_text(const Expectation& wanted, std::string_view key,
                     std::string_view received) const noexcept;
  Checked check_binary(const Expectation& wanted, std::string_view received) const noexcept;

  const KeySpace& keys_;
  const bool is_unchecked_;
  std::string item_tail_;    // after the key of a VALUE line, from the flags on
  std::string unique_tail_;  // the same up to a cas unique
  std::string meta_head_;    // the whole VA line
};

}  // namespace larder::bench
