// The meta dialect: `<verb> <key> <flags>*`, answered in words of two letters.
//
// There is no noreply: q drops the expected answer only, and every complaint is heard.
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

// By command: the flags that are shown, or that act where they stand among those.
constexpr LetterSet kGetAsked("NORTcfhklst");

// The word at `at`, which is moved to the next one.  Empty at the end of the line.
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

Parsed parse_get(const TextLine& line, const char* at, Request* request) {
  const std::string_view key = take_word(line, at);
  if (key.empty()) return malformed(Complaint::BadLineFormat, line);
  MetaFlags flags;
  if (!read_meta_flags(line, at, 2, key, kGetAsked, &flags)) {
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

}  // namespace

Parsed parse_meta(const TextLine& line, Request* request) noexcept {
  DEBUG_ASSERT(is_meta_line(line));
  const char* at = skip_spaces(line.begin() + 2, line.end());
  switch (line.text[1]) {
    case 'g': return parse_get(line, at, request);
    case 'n':
      request->command = MetaNoop{};
      request->style = {.dialect = Dialect::Meta};
      return complete(line);
    default: request->style = {}; return parse_text_verb(line, request);
  }
}

}  // namespace larder::protocol
