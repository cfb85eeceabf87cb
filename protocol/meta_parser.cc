// Parser of the meta protocol: `<verb> <key> <flags>*`, with replies that begin with two letters.
//
// There is no noreply: q only suppresses the expected reply, and every error is reported.
#include <string_view>

#include "base/assertions.h"
#include "protocol/decimal.h"
#include "protocol/limits.h"
#include "protocol/meta_flags.h"
#include "protocol/parse.h"
#include "protocol/request.h"
#include "protocol/text_words.h"

namespace larder::protocol {
namespace {

// For each command: the flags that are shown, and those whose position among these matters.
constexpr LetterSet kGetAsked("NORTcfhklst");
constexpr LetterSet kWriteAsked("Ocks");
constexpr LetterSet kRemoveAsked("Ok");
constexpr LetterSet kArithmeticAsked("NOTckt");

// Returns the word at `at` and moves `at` to the next word.  Empty at the end of the line.
std::string_view take_word(const TextLine& line, const char*& at) {
  const char* begin = at;
  const char* end = find_space(line.begin(), begin, line.end());
  at = skip_spaces(end, line.end());
  return {begin, static_cast<size_t>(end - begin)};
}

ReplyStyle style_of(const MetaFlags& flags) {
  return {.dialect = Dialect::Meta,
          .quiet = flags.seen.has('q'),
          .key_is_base64 = flags.seen.has('b'),
          .asked = flags.asked,
          .opaque = flags.opaque};
}

bool is_opaque_too_long(const MetaFlags& flags) { return flags.opaque.size() > kOpaqueSizeMax; }

std::optional<uint64_t> given(const MetaFlags& flags, char letter, uint64_t number) {
  return flags.seen.has(letter) ? std::optional(number) : std::nullopt;
}

// Fast path for a get with single-letter flags only, which covers nearly all of them.  Returns
// false for any other line, valid or not, and leaves it to parse_get().
bool parse_plain_get(const TextLine& line, std::string_view key, const char* at, Request* request) {
  constexpr LetterSet kLetters("cfhklqstuv");
  if (key.size() - 1 >= kKeySizeMax) return false;
  LetterSet seen;
  AskedFlags asked;
  const char* end = line.end();
  while (at != end) {
    const char letter = *at++;
    if (!LetterSet::is_in_range(letter) || !kLetters.has(letter) || seen.has(letter)) return false;
    if (at != end && *at != ' ') return false;
    seen.add(letter);
    if (kGetAsked.has(letter)) asked.letters[asked.count++] = letter;
    at = skip_spaces(at, end);
  }
  request->command = MetaGet{.key = key, .wants_value = seen.has('v'), .is_access = !seen.has('u')};
  request->style = {.dialect = Dialect::Meta, .quiet = seen.has('q'), .asked = asked};
  return true;
}

Parsed parse_get(const TextLine& line, const char* at, Request* request) {
  const std::string_view key = take_word(line, at);
  if (parse_plain_get(line, key, at, request)) return complete(line);
  MetaFlags flags;
  if (key.empty() || !read_meta_flags(line, at, 2, key, kGetAsked, &flags)) {
    return malformed(Complaint::BadLineFormat, line);
  }
  if (flags.complaint != Complaint::None) return malformed(flags.complaint, line);
  if (is_opaque_too_long(flags)) return malformed(Complaint::OpaqueTooLong, line);
  request->command = MetaGet{.key = key,
                             .wants_value = flags.seen.has('v'),
                             .is_access = !flags.seen.has('u'),
                             .creates = flags.seen.has('N'),
                             .touches = flags.seen.has('T'),
                             .recaches = flags.seen.has('R'),
                             .exptime = flags.exptime,
                             .creation_exptime = flags.creation_exptime,
                             .recache_exptime = flags.recache_exptime,
                             .known_cas = given(flags, 'C', flags.cas),
                             .new_cas = given(flags, 'E', flags.new_cas)};
  request->style = style_of(flags);
  return complete(line);
}

// The store's mode for the letter of M alone; nothing for an unknown letter.
std::optional<WriteMode> write_mode_of(char letter) {
  switch (letter) {
    case '\0':
    case 'S': return WriteMode::Set;
    case 'E': return WriteMode::Add;
    case 'A': return WriteMode::Append;
    case 'P': return WriteMode::Prepend;
    case 'R': return WriteMode::Replace;
    default: return std::nullopt;
  }
}

// C turns set and replace into a compare-and-set.
Write write_of(const MetaFlags& flags, WriteMode mode) {
  const bool joins = mode == WriteMode::Append || mode == WriteMode::Prepend;
  const bool replaces = mode == WriteMode::Set || mode == WriteMode::Replace;
  const bool compares = replaces && flags.seen.has('C');
  const bool creates = joins && flags.seen.has('N');
  return {.mode = compares ? WriteMode::Cas : mode,
          .may_be_stale = compares && flags.seen.has('I'),
          .creates = creates,
          .flags = flags.client_flags,
          .exptime = creates ? flags.creation_exptime : flags.exptime,
          .cas = flags.cas,
          .new_cas = flags.new_cas};
}

// ms <key> <size> <flags>*
// Once the size is known, the value is consumed with the line, whatever else is wrong.
Parsed parse_write(const TextLine& line, const char* at, Request* request) {
  const std::string_view key = take_word(line, at);
  const std::optional<uint32_t> value_size = read_value_size(take_word(line, at));
  MetaFlags flags;
  if (!value_size || !read_meta_flags(line, at, 3, key, kWriteAsked, &flags)) {
    return malformed(Complaint::BadLineFormat, line);
  }
  const std::optional<WriteMode> mode = write_mode_of(flags.mode);
  Complaint complaint = flags.complaint;
  if (complaint == Complaint::None && !mode) complaint = Complaint::BadWriteMode;
  if (complaint == Complaint::None && is_opaque_too_long(flags)) {
    complaint = Complaint::OpaqueTooLong;
  }
  if (complaint != Complaint::None) {
    return malformed_with_value(complaint, line, *value_size, false);
  }
  Write write = write_of(flags, *mode);
  write.key = key;
  write.value_size = *value_size;
  request->command = write;
  request->style = style_of(flags);
  return complete(line);
}

Parsed parse_remove(const TextLine& line, const char* at, Request* request) {
  const std::string_view key = take_word(line, at);
  MetaFlags flags;
  if (key.empty() || !read_meta_flags(line, at, 2, key, kRemoveAsked, &flags)) {
    return malformed(Complaint::BadLineFormat, line);
  }
  if (flags.complaint != Complaint::None) return malformed(flags.complaint, line);
  if (is_opaque_too_long(flags)) return malformed(Complaint::OpaqueTooLong, line);
  request->command =
      MetaRemove{.key = key,
                 .invalidates = flags.seen.has('I'),
                 .empties = flags.seen.has('x'),
                 .flags = flags.client_flags,
                 .exptime = flags.seen.has('T') ? std::optional(flags.exptime) : std::nullopt,
                 .cas = given(flags, 'C', flags.cas),
                 .new_cas = given(flags, 'E', flags.new_cas)};
  request->style = style_of(flags);
  return complete(line);
}

std::optional<bool> decrements(char mode) {
  switch (mode) {
    case '\0':
    case 'I':
    case '+': return false;
    case 'D':
    case '-': return true;
    default: return std::nullopt;
  }
}

// For faults in this command's flags, upstream sends a single error text.
Parsed parse_arithmetic(const TextLine& line, const char* at, Request* request) {
  const std::string_view key = take_word(line, at);
  MetaFlags flags;
  if (key.empty() || !read_meta_flags(line, at, 2, key, kArithmeticAsked, &flags)) {
    return malformed(Complaint::BadLineFormat, line);
  }
  if (flags.complaint != Complaint::None) {
    return malformed(Complaint::UnknownOrDuplicateFlag, line);
  }
  const std::optional<bool> mode = decrements(flags.mode);
  if (!mode) return malformed(Complaint::BadArithmeticMode, line);
  if (is_opaque_too_long(flags)) return malformed(Complaint::OpaqueTooLong, line);
  request->command = MetaArithmetic{.key = key,
                                    .decrements = *mode,
                                    .wants_value = flags.seen.has('v'),
                                    .creates = flags.seen.has('N'),
                                    .touches = flags.seen.has('T'),
                                    .exptime = flags.exptime,
                                    .creation_exptime = flags.creation_exptime,
                                    .delta = flags.delta,
                                    .initial = flags.initial,
                                    .cas = flags.cas,
                                    .new_cas = given(flags, 'E', flags.new_cas)};
  request->style = style_of(flags);
  return complete(line);
}

// me <key> [b]
// Other words are ignored if they look like flags.
Parsed parse_debug(const TextLine& line, const char* at, Request* request) {
  const std::string_view key = take_word(line, at);
  const char* rest = at;
  const bool is_base64 = take_word(line, rest) == "b";
  MetaFlags flags;
  if (key.empty() || key.size() > kKeySizeMax ||
      !read_meta_flags(line, at, 2, key, LetterSet(), &flags) ||
      (is_base64 && !is_base64_key(key))) {
    return malformed(Complaint::BadLineFormat, line);
  }
  request->command = MetaDebug{.key = key};
  request->style = {.dialect = Dialect::Meta, .key_is_base64 = is_base64};
  return complete(line);
}

}  // namespace

Parsed parse_meta(const TextLine& line, Request* request) noexcept {
  DEBUG_ASSERT(is_meta_line(line));
  const char* at = skip_spaces(line.begin() + 2, line.end());
  switch (line.text[1]) {
    case 'g': return parse_get(line, at, request);
    case 's': return parse_write(line, at, request);
    case 'd': return parse_remove(line, at, request);
    case 'a': return parse_arithmetic(line, at, request);
    case 'e': return parse_debug(line, at, request);
    case 'n':
      request->command = Noop{};
      request->style = {.dialect = Dialect::Meta};
      return complete(line);
    default: request->style = {}; return parse_text_verb(line, request);
  }
}

}  // namespace larder::protocol
