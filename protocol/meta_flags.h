// The flags of a meta line: single letters, some directly followed by a token.
//
// Private to the meta parser; nothing else includes it.
//
// Threads: pure functions and plain values.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/assertions.h"
#include "protocol/complaint.h"
#include "protocol/reply_style.h"
#include "protocol/text_words.h"

namespace larder::protocol {

// A set of letters from A to z.  The characters between Z and a are no letters but are in range.
class LetterSet {
 public:
  constexpr LetterSet() = default;
  constexpr explicit LetterSet(std::string_view letters) {
    for (const char letter : letters) add(letter);
  }
  static constexpr bool is_in_range(char c) { return c >= 'A' && c <= 'z'; }

  // Precondition of both: is_in_range(letter).
  constexpr void add(char letter) { bits_ |= bit_of(letter); }
  constexpr bool has(char letter) const { return (bits_ & bit_of(letter)) != 0; }

 private:
  static constexpr uint64_t bit_of(char letter) { return uint64_t{1} << (letter - 'A'); }

  uint64_t bits_ = 0;
};

struct MetaFlags {
  LetterSet seen = {};
  // The first fault of the line in upstream's order; None if there is none.
  Complaint complaint = Complaint::None;
  AskedFlags asked = {};
  std::string_view opaque = {};  // O and its token, of any length
  char mode = '\0';              // the first character of M's token; '\0' without one
  uint32_t client_flags = 0;     // F
  int32_t exptime = 0;           // T
  int32_t creation_exptime = 0;  // N
  int32_t recache_exptime = 0;   // R
  uint64_t cas = 0;              // C
  uint64_t new_cas = 0;          // E
  uint64_t initial = 0;          // J
  uint64_t delta = 1;            // D
};

// Whether the key can be decoded from base64.  Precondition: at most kKeySizeMax bytes.
[[nodiscard]] bool is_base64_key(std::string_view key) noexcept;

// Reads the flags from `at`, the position of the first flag, to the end of the line.
// `words_before` is the number of words before the flags; `asked` is the set of letters to record
// in order.  Returns false if upstream could not split the line: the caller then reports
// BadLineFormat and does not know the size of a value.
[[nodiscard]] bool read_meta_flags(const TextLine& line, const char* at, size_t words_before,
                                   std::string_view key, LetterSet asked,
                                   MetaFlags* flags) noexcept;

}  // namespace larder::protocol
