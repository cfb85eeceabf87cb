// Parser of the classic text protocol: framing, and the commands with keys.
//
// get and set are the most frequent commands, so they are recognised by the first four bytes of the
// line and split in place.  All other commands are split by Words.
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/assertions.h"
#include "protocol/decimal.h"
#include "protocol/limits.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "protocol/text_words.h"

namespace larder::protocol {
namespace {

// The number of digits that a 32-bit number holds without overflow.
constexpr ptrdiff_t kPlainDigitsMax = 9;

// Four bytes as one number, for comparison with the result of load_word().
constexpr uint32_t word_of(const char (&text)[5]) {
  return std::bit_cast<uint32_t>(std::array<char, 4>{text[0], text[1], text[2], text[3]});
}

uint32_t load_word(const char* bytes) noexcept {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// Whether the line's first word is `verb`, not only a prefix of it.
bool has_verb(const TextLine& line, std::string_view verb) noexcept {
  return line.text.starts_with(verb) &&
         (line.text.size() == verb.size() || line.text[verb.size()] == ' ');
}

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<size_t>(end - begin)};
}

// Whether every key in [at, end) has a valid size; the range does not end in the middle of a line.
bool all_keys_fit(const TextLine& line, const char* at) noexcept {
  const char* end = line.end();
  while (at != end) {
    const char* key_end = find_space(line.begin(), at, end);
    if (static_cast<size_t>(key_end - at) > kKeySizeMax) return false;
    at = skip_spaces(key_end, end);
  }
  return true;
}

// Reads the keys of a retrieval, from `at` to the end of the line, into `get`.
Parsed parse_keys(const TextLine& line, const char* at, const Get& get, Request* request) noexcept {
  const char* end = line.end();
  const char* key = skip_spaces(at, end);
  const char* key_end = find_space(line.begin(), key, end);
  const auto key_size = static_cast<size_t>(key_end - key);
  if (key_size - 1 >= kKeySizeMax) return malformed(Complaint::BadLineFormat, line);
  const char* more = skip_spaces(key_end, end);
  if (more != end && !all_keys_fit(line, more)) return malformed(Complaint::BadLineFormat, line);
  request->command = Get{.key = {key, key_size},
                         .more_keys = between(more, end),
                         .with_cas = get.with_cas,
                         .touches = get.touches,
                         .exptime = get.exptime};
  request->style = {};
  return complete(line);
}

// gat and gats; `at` is after the verb.
Parsed parse_touching_get(const TextLine& line, const char* at, bool with_cas,
                          Request* request) noexcept {
  const char* end = line.end();
  const char* exptime = skip_spaces(at, end);
  const char* exptime_end = find_space(line.begin(), exptime, end);
  if (skip_spaces(exptime_end, end) == end) return malformed(Complaint::BadLineFormat, line);
  const std::optional<int32_t> number = read_i32(between(exptime, exptime_end));
  if (!number) return malformed(Complaint::BadExptime, line);
  const Get get{.with_cas = with_cas, .touches = true, .exptime = *number};
  return parse_keys(line, exptime_end, get, request);
}

// Reads a space and 1 to kPlainDigitsMax digits, and moves `at` after them.  The byte after the
// line stops the loop.
bool read_plain_number(const char*& at, uint32_t* number) noexcept {
  if (*at != ' ') return false;
  const char* digits = at + 1;
  if (digits[0] == '0' && digits[1] == ' ') {  // the usual value of flags and exptime
    at = digits + 1;
    *number = 0;
    return true;
  }
  const char* digit = digits;
  uint32_t sum = 0;
  for (; detail::is_digit(*digit); ++digit) sum = sum * 10 + static_cast<uint32_t>(*digit - '0');
  at = digit;
  *number = sum;
  return digit != digits && digit - digits <= kPlainDigitsMax;
}

// Fast path for writes in their usual form: single spaces between words, short numbers, nothing
// after them except noreply.  Returns false for any other line, valid or not, and leaves it to
// parse_write().
bool parse_plain_write(const TextLine& line, const char* key, WriteMode mode,
                       Request* request) noexcept {
  const char* at = find_space(line.begin(), key, line.end());
  const auto key_size = static_cast<size_t>(at - key);
  if (key_size - 1 >= kKeySizeMax) return false;
  uint32_t flags;
  uint32_t exptime;
  uint32_t value_size;
  if (!read_plain_number(at, &flags) || !read_plain_number(at, &exptime) ||
      !read_plain_number(at, &value_size)) {
    return false;
  }
  const bool silent = at != line.end();
  if (silent && between(at, line.end()) != " noreply") return false;
  request->command = Write{.mode = mode,
                           .key = {key, key_size},
                           .flags = flags,
                           .exptime = static_cast<int32_t>(exptime),
                           .value_size = value_size};
  request->style = {.silent = silent};
  return true;
}

// <verb> <key> <flags> <exptime> <bytes> [<cas unique>] [noreply]
// A line with a readable value size consumes its value, whatever else is wrong.  Without a value
// size the end of the value is unknown, and the value is read as commands.
Parsed parse_write(const TextLine& line, WriteMode mode, Request* request) noexcept {
  const Words words(line);
  if (words.count() < 5) return malformed(Complaint::BadLineFormat, line);
  const std::optional<uint32_t> value_size = read_value_size(words[4]);
  if (!value_size) return malformed(Complaint::BadLineFormat, line);
  const bool silent = words.end_in_noreply();
  const std::optional<uint32_t> flags = read_flags(words[2]);
  const std::optional<int32_t> exptime = read_truncated_exptime(words[3]);
  std::optional<uint64_t> cas = 0;
  if (mode == WriteMode::Cas) {
    cas = words.count() > 5 ? read_u64(words[5]) : std::nullopt;
  }
  if (words[1].size() > kKeySizeMax || !flags || !exptime || !cas) {
    return malformed_with_value(Complaint::BadLineFormat, line, *value_size, silent);
  }
  request->command = Write{.mode = mode,
                           .key = words[1],
                           .flags = *flags,
                           .exptime = *exptime,
                           .cas = *cas,
                           .value_size = *value_size};
  request->style = {.silent = silent};
  return complete(line);
}

// <verb> <key> [<argument>...] [noreply]
// Checks that there are enough words and that the key has a valid size; the verdict is Complete if
// so.  Sets the style in any case.
Parsed check_keyed_line(const TextLine& line, const Words& words, size_t word_count_min,
                        Request* request) noexcept {
  request->style = {};
  if (words.count() < word_count_min) return malformed(Complaint::BadLineFormat, line);
  const bool silent = words.end_in_noreply();
  request->style.silent = silent;
  if (words[1].size() > kKeySizeMax) return malformed(Complaint::BadLineFormat, line, silent);
  return complete(line);
}

// delete ignores all words except the key and a final noreply.
Parsed parse_remove(const TextLine& line, Request* request) noexcept {
  const Words words(line);
  const Parsed parsed = check_keyed_line(line, words, 2, request);
  if (parsed.verdict == Verdict::Complete) request->command = Remove{.key = words[1]};
  return parsed;
}

Parsed parse_touch(const TextLine& line, Request* request) noexcept {
  const Words words(line);
  const Parsed parsed = check_keyed_line(line, words, 3, request);
  if (parsed.verdict != Verdict::Complete) return parsed;
  const std::optional<int32_t> exptime = read_i32(words[2]);
  if (!exptime) return malformed(Complaint::BadExptime, line, request->style.silent);
  request->command = Touch{.key = words[1], .exptime = *exptime};
  return parsed;
}

Parsed parse_arithmetic(const TextLine& line, bool decrements, Request* request) noexcept {
  const Words words(line);
  const Parsed parsed = check_keyed_line(line, words, 3, request);
  if (parsed.verdict != Verdict::Complete) return parsed;
  const std::optional<uint64_t> delta = read_u64(words[2]);
  if (!delta) return malformed(Complaint::BadDelta, line, request->style.silent);
  request->command = Arithmetic{.key = words[1], .delta = *delta, .decrements = decrements};
  return parsed;
}

// All commands except the two that parse_text() recognises itself.  Dispatches on the first four
// bytes; those of a three-letter verb include the space after it.
[[gnu::noinline]] Parsed parse_rarer_line(const TextLine& line, Request* request) noexcept {
  const char* begin = line.begin();
  switch (load_word(begin)) {
    case word_of("gets"):
      if (!has_verb(line, "gets")) break;
      return parse_keys(line, begin + 4, {.with_cas = true}, request);
    case word_of("gat "): return parse_touching_get(line, begin + 4, false, request);
    case word_of("gats"):
      if (!has_verb(line, "gats")) break;
      return parse_touching_get(line, begin + 4, true, request);
    case word_of("set "): return parse_write(line, WriteMode::Set, request);
    case word_of("add "):
      if (parse_plain_write(line, begin + 4, WriteMode::Add, request)) return complete(line);
      return parse_write(line, WriteMode::Add, request);
    case word_of("cas "): return parse_write(line, WriteMode::Cas, request);
    case word_of("repl"):
      if (!has_verb(line, "replace")) break;
      return parse_write(line, WriteMode::Replace, request);
    case word_of("appe"):
      if (!has_verb(line, "append")) break;
      return parse_write(line, WriteMode::Append, request);
    case word_of("prep"):
      if (!has_verb(line, "prepend")) break;
      return parse_write(line, WriteMode::Prepend, request);
    case word_of("dele"):
      if (!has_verb(line, "delete")) break;
      return parse_remove(line, request);
    case word_of("touc"):
      if (!has_verb(line, "touch")) break;
      return parse_touch(line, request);
    case word_of("incr"):
      if (!has_verb(line, "incr")) break;
      return parse_arithmetic(line, false, request);
    case word_of("decr"):
      if (!has_verb(line, "decr")) break;
      return parse_arithmetic(line, true, request);
    default: break;
  }
  request->style = {};
  return parse_text_verb(line, request);
}

// The verdict on input that does not contain a complete line yet.
Parsed judge_unfinished(std::string_view input) noexcept {
  if (input.size() <= kLineSizeMax) return {};
  const char* end = input.data() + kLeadingSpacesMax + 1;
  const char* begin = skip_spaces(input.data(), end);
  if (begin == end) return fatal(Complaint::None);
  const std::string_view line = between(begin, input.data() + input.size());
  if (!line.starts_with("get ") && !line.starts_with("gets ")) return fatal(Complaint::None);
  if (input.size() >= kGetLineSizeMax) return fatal(Complaint::LineTooLong);
  return {};
}

}  // namespace

std::string_view next_key(std::string_view& rest) noexcept {
  const char* begin = rest.data();
  const char* end = begin + rest.size();
  const char* key = skip_spaces(begin, end);
  const char* key_end = find_space(begin, key, end);
  rest = between(key_end, end);
  return between(key, key_end);
}

Parsed parse_text(std::string_view input, size_t searched, Request* request) noexcept {
  DEBUG_ASSERT(searched <= input.size());
  const char* begin = input.data();
  const size_t left = input.size() - searched;
  if (left == 0) return judge_unfinished(input);
  const auto* newline = static_cast<const char*>(std::memchr(begin + searched, '\n', left));
  if (newline == nullptr) return judge_unfinished(input);

  const auto size = static_cast<size_t>(newline - begin) + 1;
  if (size > kGetLineSizeMax) return fatal(Complaint::LineTooLong);
  TextLine line{.size = static_cast<uint32_t>(size)};
  if (size < kLineSizeMin) return malformed(Complaint::BadLineFormat, line);
  const size_t end_size = newline[-1] == '\r' ? 2 : 1;
  line.text = {begin, size - end_size};
  const uint32_t verb = load_word(begin);
  if (verb == word_of("get ")) return parse_keys(line, begin + 4, {}, request);
  if (verb == word_of("set ") && parse_plain_write(line, begin + 4, WriteMode::Set, request)) {
    return complete(line);
  }
  if (is_meta_line(line)) return parse_meta(line, request);
  return parse_rarer_line(line, request);
}

}  // namespace larder::protocol
