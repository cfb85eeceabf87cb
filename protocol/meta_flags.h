// The flags of one meta line: single letters, some with a token right behind them.
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

// The letters from A to z as a set; what lies between Z and a is no letter, but counted in.
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
  // The first thing that is wrong, as upstream looks at a line; None if nothing is.
  Complaint complaint = Complaint::None;
  AskedFlags asked = {};
  std::string_view opaque = {};  // O and its token, of any size
  char mode = '\0';              // M's first character; '\0' also without M
  uint32_t client_flags = 0;     // F
  int32_t exptime = 0;           // T
  int32_t creation_exptime = 0;  // N
  int32_t recache_exptime = 0;   // R
  uint64_t cas = 0;              // C
  uint64_t new_cas = 0;          // E
  uint64_t initial = 0;          // J
  uint64_t delta = 1;            // D
};

// Whether base64 makes any bytes of it.  Precondition: at most kKeySizeMax.
[[nodiscard]] bool is_base64_key(std::string_view key) noexcept;

// Reads the flags from `at`, where the first of them begins, to the end of the line.
// `words_before` counts the line's words before them; `asked` are the letters to note in order.
// False if the line is none that upstream can split: the caller complains of BadLineFormat, and
// whatever size a value has is not known.
[[nodiscard]] bool read_meta_flags(const TextLine& line, const char* at, size_t words_before,
                                   std::string_view key, LetterSet asked,
                                   MetaFlags* flags) noexcept;

}  // namespace larder::protocol
