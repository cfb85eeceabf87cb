// Commands config get, set and delete: ElastiCache's extension of the text protocol, which
// memcached does not have.
//
//   config get [<name>]                             without a name: all configurations
//   config set <name> <flags> <bytes> [noreply]     followed by a value, as with set
//   config delete <name> [noreply]
#include <cstdint>
#include <optional>

#include "protocol/decimal.h"
#include "protocol/request.h"
#include "protocol/text_words.h"

namespace larder::protocol {
namespace {

constexpr size_t kNameWord = 2;  // index in the line
constexpr size_t kFlagsWord = 3;
constexpr size_t kSizeWord = 4;

Parsed parse_config_get(const TextLine& line, const Words& words, Request* request) {
  const std::string_view name = words.count() > kNameWord ? words[kNameWord] : std::string_view();
  if (words.count() > kNameWord + 1 || name.size() > kKeySizeMax) {
    return malformed(Complaint::BadLineFormat, line);
  }
  request->command = ConfigGet{.name = name};
  return complete(line);
}

// As with set, a line with a readable value size consumes its value, whatever else is wrong.
Parsed parse_config_set(const TextLine& line, const Words& words, Request* request) {
  if (words.count() <= kSizeWord) return malformed(Complaint::BadLineFormat, line);
  const std::optional<uint32_t> value_size = read_value_size(words[kSizeWord]);
  if (!value_size) return malformed(Complaint::BadLineFormat, line);
  const bool silent = words.end_in_noreply();
  const std::optional<uint32_t> flags = read_flags(words[kFlagsWord]);
  if (words[kNameWord].size() > kKeySizeMax || !flags) {
    return malformed_with_value(Complaint::BadLineFormat, line, *value_size, silent);
  }
  request->command =
      ConfigSet{.name = words[kNameWord], .flags = *flags, .value_size = *value_size};
  request->style.silent = silent;
  return complete(line);
}

Parsed parse_config_delete(const TextLine& line, const Words& words, Request* request) {
  const bool silent = words.count() > kNameWord + 1 && words.end_in_noreply();
  if (words.count() != kNameWord + (silent ? 2 : 1) || words[kNameWord].size() > kKeySizeMax) {
    return malformed(Complaint::BadLineFormat, line, silent);
  }
  request->command = ConfigDelete{.name = words[kNameWord]};
  request->style.silent = silent;
  return complete(line);
}

}  // namespace

Parsed parse_config(const TextLine& line, const Words& words, Request* request) noexcept {
  const std::string_view what = words.count() > 1 ? words[1] : std::string_view();
  if (what == "get") return parse_config_get(line, words, request);
  if (what == "set") return parse_config_set(line, words, request);
  if (what == "delete") return parse_config_delete(line, words, request);
  return malformed(Complaint::UnknownCommand, line, words.end_in_noreply());
}

}  // namespace larder::protocol
