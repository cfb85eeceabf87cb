#include "server/options/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace larder::server {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";

std::string_view without_spaces_around(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

// The multiplier of a size's last letter; 0: not such a letter.
int64_t unit_of(char letter) {
  switch (letter) {
    case 'k':
    case 'K': return int64_t{1} << 10;
    case 'm':
    case 'M': return int64_t{1} << 20;
    case 'g':
    case 'G': return int64_t{1} << 30;
    default: return 0;
  }
}

bool is_within(int64_t value, int64_t most) { return value >= -most && value <= most; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

base::Error no_number(std::string_view text) {
  const std::string_view word = without_spaces_around(text);
  if (word.size() >= 2 && unit_of(word.back()) != 0 && is_digit(word[word.size() - 2])) {
    return base::fail(fmt::format("needs a number without a unit, not \"{}\"", text));
  }
  return base::fail(fmt::format("needs a number, not \"{}\"", text));
}

base::Error too_large(std::string_view text) {
  return base::fail(fmt::format("is too large: \"{}\"", text));
}

// "+5" is 5, and "+-5" is invalid.
std::string_view without_plus(std::string_view word) {
  if (word.size() > 1 && word[0] == '+' && word[1] != '-') word.remove_prefix(1);
  return word;
}

struct Digits {
  int64_t value = 0;
  std::errc error = {};  // of the number: none, or out of range
  bool is_whole = false;
};

Digits digits_of(std::string_view word) {
  word = without_plus(word);
  Digits digits;
  const char* const end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, digits.value);
  digits.is_whole = read.ptr == end && read.ec != std::errc::invalid_argument;
  digits.error = read.ec;
  return digits;
}

}  // namespace

base::Result<int64_t> parse_number(std::string_view text) {
  const Digits digits = digits_of(without_spaces_around(text));
  if (!digits.is_whole) return no_number(text);
  if (digits.error != std::errc() || !is_within(digits.value, kNumberMax)) return too_large(text);
  return digits.value;
}

base::Result<int64_t> parse_size(std::string_view text, int64_t unit) {
  std::string_view word = without_spaces_around(text);
  if (!word.empty() && unit_of(word.back()) != 0) {
    unit = unit_of(word.back());
    word.remove_suffix(1);
  }
  const Digits digits = digits_of(word);
  if (!digits.is_whole) {
    return base::fail(fmt::format("needs a size such as 64, 512k, 64m or 2g, not \"{}\"", text));
  }
  constexpr int64_t kBytesMax = int64_t{1} << 60;
  if (digits.error != std::errc() || !is_within(digits.value, kBytesMax / unit)) {
    return too_large(text);
  }
  return digits.value * unit;
}

base::Result<int64_t> parse_octal(std::string_view text) {
  constexpr int kBase = 8;
  const char* const end = text.data() + text.size();
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), end, value, kBase);
  if (read.ptr != end || read.ec != std::errc() || value < 0) return no_number(text);
  return value;
}

base::Result<double> parse_decimal(std::string_view text) {
  const std::string_view word = without_plus(without_spaces_around(text));
  const char* const end = word.data() + word.size();
  double number = 0;
  const auto read = std::from_chars(word.data(), end, number);
  if (read.ptr != end || read.ec != std::errc() || !std::isfinite(number)) return no_number(text);
  return number;
}

}  // namespace larder::server
