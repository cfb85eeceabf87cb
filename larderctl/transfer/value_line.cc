#include "larderctl/transfer/value_line.h"

#include <charconv>

#include "base/words.h"

namespace larder::ctl {
namespace {

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto found = number_of<Number>(text);
  if (found) number = *found;
  return found.has_value();
}

bool take_flag(std::string_view word, MetaValue& value) {
  const std::string_view token = word.substr(1);
  switch (word.front()) {
    case 'k': value.key = token; return true;
    case 'b': value.key_is_base64 = true; return true;
    case 'f': return read(token, value.flags);
    case 'c': return read(token, value.cas);
    case 'l': return read(token, value.idle_seconds);
    case 'h': value.was_fetched = token == "1"; return true;
    case 'X': value.is_stale = true; return true;
    case 'O': value.opaque = token; return true;
    case 't': {
      value.ttl = number_of<int64_t>(token);
      return value.ttl.has_value();
    }
    default: return true;
  }
}

}  // namespace

template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc() || stop != end) return std::nullopt;
  return number;
}

template std::optional<int64_t> number_of(std::string_view) noexcept;
template std::optional<uint64_t> number_of(std::string_view) noexcept;
template std::optional<uint32_t> number_of(std::string_view) noexcept;

std::optional<MetaValue> parse_meta_value(std::string_view line) noexcept {
  if (base::take_word(line, " ") != "VA") return std::nullopt;
  MetaValue value;
  if (!read(base::take_word(line, " "), value.size)) return std::nullopt;
  while (!line.empty()) {
    const std::string_view word = base::take_word(line, " ");
    if (!word.empty() && !take_flag(word, value)) return std::nullopt;
  }
  return value;
}

std::optional<TextValue> parse_text_value(std::string_view line) noexcept {
  if (base::take_word(line, " ") != "VALUE") return std::nullopt;
  TextValue value{.key = base::take_word(line, " ")};
  const bool is_good = read(base::take_word(line, " "), value.flags) &&
                       read(base::take_word(line, " "), value.size) &&
                       (line.empty() || read(line, value.cas));
  if (!is_good || value.key.empty()) return std::nullopt;
  return value;
}

}  // namespace larder::ctl
