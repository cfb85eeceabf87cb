#include "client/meta_reply.h"

#include <charconv>

#include "client/meta_request.h"

namespace larder::client {
namespace {

using Code = MetaReply::Code;
using Verdict = MetaParsed::Verdict;

constexpr size_t kLineSizeMax = 2048;

template <class Number>
bool read_number(std::string_view word, Number* number) {
  const char* const end = word.data() + word.size();
  const auto [stop, code] = std::from_chars(word.data(), end, *number);
  return code == std::errc() && stop == end;
}

// Removes the first word from `line` and returns it; empty at the line's end and between two
// blanks.
std::string_view take_word(std::string_view& line) {
  const size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

std::optional<Code> code_of(std::string_view word) {
  if (word == "VA") return Code::Value;
  if (word == "HD") return Code::Done;
  if (word == "EN") return Code::Miss;
  if (word == "NF") return Code::NotFound;
  if (word == "NS") return Code::NotStored;
  if (word == "EX") return Code::Exists;
  if (word == "MN") return Code::Fence;
  if (word == "ERROR" || word == "CLIENT_ERROR" || word == "SERVER_ERROR") return Code::Refused;
  return std::nullopt;
}

bool read_flag(std::string_view word, MetaReply* reply) {
  const std::string_view token = word.substr(1);
  switch (word.front()) {
    case 'W': reply->has_won = true; return token.empty();
    case 'Z': reply->is_claimed = true; return token.empty();
    case 'X': reply->is_stale = true; return token.empty();
    case 'f': return read_number(token, &reply->flags);
    case 'c': return read_number(token, &reply->cas);
    case 'O': return !reply->opaque && read_number(token, &reply->opaque.emplace());
    default: return true;
  }
}

// Takes the value after the line, which is `line_size` bytes long.
MetaParsed take_value(std::string_view input, size_t line_size, size_t value_size,
                      MetaReply* reply) {
  const size_t size = line_size + value_size + 2;
  if (input.size() < size) return {Verdict::NeedMore, size};
  if (input.substr(size - 2, 2) != "\r\n") return {Verdict::Broken};
  reply->value = input.substr(line_size, value_size);
  return {Verdict::Complete, size};
}

}  // namespace

MetaParsed parse_reply(std::string_view input, MetaReply* reply) {
  const size_t newline = input.substr(0, kLineSizeMax).find('\n');
  if (newline == std::string_view::npos) {
    if (input.size() >= kLineSizeMax) return {Verdict::Broken};
    return {Verdict::NeedMore, input.size() + 1};
  }
  if (newline == 0 || input[newline - 1] != '\r') return {Verdict::Broken};
  const size_t line_size = newline + 1;
  const std::string_view whole_line = input.substr(0, newline - 1);
  std::string_view line = whole_line;

  const std::optional<Code> code = code_of(take_word(line));
  if (!code) return {Verdict::Broken};
  *reply = {};
  reply->code = *code;
  if (*code == Code::Refused) {
    reply->value = whole_line;
    return {Verdict::Complete, line_size};
  }

  size_t value_size = 0;
  if (*code == Code::Value) {
    if (!read_number(take_word(line), &value_size)) return {Verdict::Broken};
    if (value_size > kValueSizeMax) return {Verdict::Broken};
  }
  while (!line.empty()) {
    const std::string_view word = take_word(line);
    if (word.empty() || !read_flag(word, reply)) return {Verdict::Broken};
  }
  if (*code == Code::Value) return take_value(input, line_size, value_size, reply);
  return {Verdict::Complete, line_size};
}

}  // namespace larder::client
