// The words of a line of the text and meta protocols, and helpers that their parsers share.
//
// Private to those parsers; nothing else includes it.
//
// Threads: pure functions and plain values.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/assertions.h"
#include "protocol/decimal.h"
#include "protocol/limits.h"
#include "protocol/parse.h"

namespace larder::protocol {

inline constexpr std::string_view kNoreply = "noreply";

// One complete line.  At least one byte after `text`, its line end, is readable and is neither a
// space nor a digit, so a scan for the end of a word or number may stop there.
struct TextLine {
  std::string_view text = {};  // without its line end
  uint32_t size = 0;           // with it

  const char* begin() const { return text.data(); }
  const char* end() const { return text.data() + text.size(); }
};

inline Parsed complete(const TextLine& line) noexcept {
  return {.verdict = Verdict::Complete, .consumed = line.size};
}

inline Parsed malformed(Complaint complaint, const TextLine& line, bool silent = false) noexcept {
  return {.verdict = Verdict::Malformed,
          .complaint = complaint,
          .silent = silent,
          .consumed = line.size};
}

// A bad head that is followed by a value of known size.
inline Parsed malformed_with_value(Complaint complaint, const TextLine& line, uint32_t value_size,
                                   bool silent) noexcept {
  Parsed parsed = malformed(complaint, line, silent);
  parsed.value_bytes_to_skip = value_size + static_cast<uint32_t>(kValueTerminatorSize);
  return parsed;
}

// The size of a value, from the head of a command.
inline std::optional<uint32_t> read_value_size(std::string_view word) noexcept {
  const std::optional<int32_t> size = read_i32(word);
  if (!size || *size < 0 || static_cast<uint32_t>(*size) > kValueSizeMax) return std::nullopt;
  return static_cast<uint32_t>(*size);
}

inline Parsed fatal(Complaint complaint) noexcept {
  return {.verdict = Verdict::Fatal, .complaint = complaint};
}

inline const char* skip_spaces(const char* at, const char* end) noexcept {
  while (at != end && *at == ' ') ++at;
  return at;
}

// The first space in [at, end), or end.  Bytes from `readable` on may be read.  Keys are short, so
// comparing eight bytes at a time inline is faster than calling memchr.
// Precondition: readable <= at <= end.
inline const char* find_space(const char* readable, const char* at, const char* end) noexcept {
  constexpr ptrdiff_t kWordSize = sizeof(uint64_t);
  if constexpr (std::endian::native == std::endian::little) {
    // Sets the top bit of each byte that is a space; only the lowest set bit is exact, which
    // suffices.
    const auto spaces_in = [](uint64_t word) {
      constexpr uint64_t kOnes = 0x0101010101010101;
      const uint64_t difference = word ^ (kOnes * ' ');
      return (difference - kOnes) & ~difference & (kOnes * 0x80);
    };
    for (; end - at >= kWordSize; at += kWordSize) {
      uint64_t word;
      std::memcpy(&word, at, sizeof word);
      const uint64_t spaces = spaces_in(word);
      if (spaces != 0) return at + std::countr_zero(spaces) / 8;
    }
    if (at != end && end - readable >= kWordSize) {
      // Loads the last bytes as the upper part of the word that ends with them; the bytes that the
      // shift moves in above them are 0, not spaces.
      uint64_t word;
      std::memcpy(&word, end - kWordSize, sizeof word);
      const uint64_t spaces = spaces_in(word >> (8 * (kWordSize - (end - at))));
      return spaces == 0 ? end : at + std::countr_zero(spaces) / 8;
    }
  }
  while (at != end && *at != ' ') ++at;
  return at;
}

// The first kWordsMax words of a line, which are separated by runs of spaces.
class Words {
 public:
  explicit Words(const TextLine& line) noexcept {
    const char* end = line.end();
    for (const char* at = skip_spaces(line.begin(), end); at != end && count_ < kWordsMax;
         at = skip_spaces(at, end)) {
      const char* word_end = find_space(line.begin(), at, end);
      words_[count_++] = {at, word_end};
      at = word_end;
    }
  }

  size_t count() const { return count_; }
  // Precondition: index < count().
  std::string_view operator[](size_t index) const {
    DEBUG_ASSERT(index < count_);
    const Word& word = words_[index];
    return {word.begin, static_cast<size_t>(word.end - word.begin)};
  }
  // Empty if there are no words.
  std::string_view last() const { return count_ == 0 ? std::string_view() : (*this)[count_ - 1]; }

  // noreply is recognised as the last word only; elsewhere it is an ordinary word.
  bool end_in_noreply() const { return last() == kNoreply; }

 private:
  struct Word {
    const char* begin;
    const char* end;
  };

  size_t count_ = 0;
  std::array<Word, kWordsMax> words_;  // not initialized on purpose: most lines have few words
};

// The meta commands.  Precondition: is_meta_line(line).
[[nodiscard]] Parsed parse_meta(const TextLine& line, Request* request) noexcept;

// Whether the line's first word is an m and one more letter.
inline bool is_meta_line(const TextLine& line) noexcept {
  const std::string_view text = line.text;
  return text.size() >= 2 && text[0] == 'm' && text[1] != ' ' &&
         (text.size() == 2 || text[2] == ' ');
}

// Upstream compares words of administration commands only up to the length that the client wrote:
// `stats s` is `stats settings`.
inline bool abbreviates(std::string_view word, std::string_view name) noexcept {
  return name.starts_with(word);
}

// Administration commands: lru, lru_crawler, slabs and similar.  Returns nothing if the line is not
// one of them.  Precondition: there is a word.
[[nodiscard]] std::optional<Parsed> parse_administration(const TextLine& line, const Words& words,
                                                         Request* request) noexcept;

// config get, set and delete (text_config.cc).  Precondition: the first word is `config`.
[[nodiscard]] Parsed parse_config(const TextLine& line, const Words& words,
                                  Request* request) noexcept;

// Precondition: the first word is `watch`.
[[nodiscard]] Parsed parse_watch(const TextLine& line, const Words& words,
                                 Request* request) noexcept;

// All commands without keys: statistics, administration, unknown commands.
[[nodiscard]] Parsed parse_text_verb(const TextLine& line, Request* request) noexcept;

}  // namespace larder::protocol
