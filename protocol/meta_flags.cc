#include "protocol/meta_flags.h"

#include <array>
#include <optional>

#include "base/base64.h"
#include "protocol/decimal.h"
#include "protocol/limits.h"

namespace larder::protocol {
namespace {

// Flags that need no action here except to be noted.  P and L are for proxies.
constexpr LetterSet kPlainLetters("ILPcfhklqstuvx");

// Stores the number and returns true, or sets a complaint.
template <class Number>
bool take(std::optional<Number> read, Complaint complaint, Number* number, MetaFlags* flags) {
  if (read) {
    *number = *read;
    return true;
  }
  flags->complaint = complaint;
  return false;
}

// Reads one flag.  False if it is unknown, which ends the reading as in upstream.  Of several other
// faults the last one is reported.  `is_bad` records a fault that does not change the complaint.
bool read_flag(char letter, std::string_view token, std::string_view key, MetaFlags* flags,
               bool* is_bad) {
  const auto note = [is_bad](bool is_good) { *is_bad = *is_bad || !is_good; };
  constexpr Complaint kBadToken = Complaint::BadFlagToken;
  switch (letter) {
    case 'b':
      if (!is_base64_key(key)) {
        flags->complaint = Complaint::BadKeyEncoding;
        *is_bad = true;
      }
      return true;
    case 'O': flags->opaque = {token.data() - 1, token.size() + 1}; return true;
    case 'T': note(take(read_i32(token), kBadToken, &flags->exptime, flags)); return true;
    case 'N': note(take(read_i32(token), kBadToken, &flags->creation_exptime, flags)); return true;
    case 'R': note(take(read_i32(token), kBadToken, &flags->recache_exptime, flags)); return true;
    case 'C': note(take(read_u64(token), kBadToken, &flags->cas, flags)); return true;
    case 'E': note(take(read_u64(token), kBadToken, &flags->new_cas, flags)); return true;
    case 'J':
      note(take(read_u64(token), Complaint::BadInitialValue, &flags->initial, flags));
      return true;
    case 'D':
      note(take(read_u64(token), Complaint::BadDeltaValue, &flags->delta, flags));
      return true;
    case 'F':
      note(take(read_u32(token), flags->complaint, &flags->client_flags, flags));
      return true;
    case 'M': flags->mode = token.empty() ? ' ' : token.front(); return true;
    default: return kPlainLetters.has(letter);
  }
}

}  // namespace

bool is_base64_key(std::string_view key) noexcept {
  std::array<char, kKeySizeMax> bytes;
  DEBUG_ASSERT(key.size() <= bytes.size());
  return base::decode_base64(key, bytes.data()) != 0;
}

bool read_meta_flags(const TextLine& line, const char* at, size_t words_before,
                     std::string_view key, LetterSet asked, MetaFlags* flags) noexcept {
  const char* end = line.end();
  size_t words = words_before;
  bool is_read = key.size() <= kKeySizeMax;  // further characters are only split
  flags->complaint = Complaint::BadLineFormat;
  bool is_bad = !is_read;
  while (at != end && words < kWordsMax) {
    const char letter = *at;
    const bool is_letter = LetterSet::is_in_range(letter);
    if (!is_letter && !detail::is_digit(letter)) return false;
    ++words;
    const char* token = at + 1;
    const char* token_end =
        token == end || *token == ' ' ? token : find_space(line.begin(), token, end);
    if (is_read) {
      if (!is_letter) {
        flags->complaint = Complaint::UnknownFlag;
        is_read = false;
      } else if (flags->seen.has(letter)) {
        flags->complaint = Complaint::DuplicateFlag;
        is_read = false;
      } else {
        flags->seen.add(letter);
        if (asked.has(letter)) flags->asked.letters[flags->asked.count++] = letter;
        const std::string_view word(token, static_cast<size_t>(token_end - token));
        if (!read_flag(letter, word, key, flags, &is_bad)) {
          flags->complaint = Complaint::UnknownFlag;
          is_read = false;
        }
      }
    }
    at = skip_spaces(token_end, end);
  }
  if (key.size() <= kKeySizeMax && words > kMetaWordsMax) {
    flags->complaint = Complaint::TooManyFlags;
    is_bad = true;
  }
  if (is_read && !is_bad) flags->complaint = Complaint::None;
  return true;
}

}  // namespace larder::protocol
