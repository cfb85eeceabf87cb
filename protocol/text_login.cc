// The text protocol before login: a set with any key, whose value is "<user> <password>".
//
// The value is small and has a limit, so unlike a stored value it is parsed together with its head.
#include <cstring>
#include <optional>

#include "base/assertions.h"
#include "protocol/decimal.h"
#include "protocol/limits.h"
#include "protocol/login_commands.h"
#include "protocol/parse.h"
#include "protocol/text_words.h"

namespace larder::protocol {
namespace {

// A shorter line, not counting its '\n', closes the connection, because it cannot be a login.
constexpr size_t kLoginLineSizeMin = 6;

constexpr size_t kSizeWord = 4;

// Format: "set <key> <flags> <exptime> <size>".  Only the size is used.
std::optional<uint32_t> size_on(const TextLine& line) {
  const Words words(line);
  if (words.count() <= kSizeWord || !line.text.starts_with("set")) return std::nullopt;
  return read_u32(words[kSizeWord]);
}

}  // namespace

Parsed parse_text_login(std::string_view input, size_t searched, Login* login) noexcept {
  DEBUG_ASSERT(searched <= input.size());
  if (input.empty()) return {};
  const auto* newline = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
  if (newline == nullptr) return input.size() > kLineSizeMax ? fatal(Complaint::None) : Parsed{};
  const auto line_size = static_cast<size_t>(newline - input.data()) + 1;
  if (line_size > kLineSizeMax || line_size - 1 < kLoginLineSizeMin) return fatal(Complaint::None);
  const size_t end_size = newline[-1] == '\r' ? 2 : 1;
  const TextLine line{.text = input.substr(0, line_size - end_size),
                      .size = static_cast<uint32_t>(line_size)};
  const std::optional<uint32_t> size = size_on(line);
  if (!size) return malformed(Complaint::Unauthenticated, line);
  if (*size > kLoginSizeMax) return malformed(Complaint::LoginTooLong, line);

  const size_t whole_size = line_size + *size + kValueTerminatorSize;
  if (input.size() < whole_size) return {};
  const std::string_view value = input.substr(line_size, *size);
  Parsed parsed{.verdict = Verdict::Malformed, .consumed = static_cast<uint32_t>(whole_size)};
  const size_t space = value.find(' ');
  if (input.substr(line_size + *size, kValueTerminatorSize) != "\r\n") {
    parsed.complaint = Complaint::LoginNotTerminated;
  } else if (space == std::string_view::npos) {
    parsed.complaint = Complaint::BadLoginFormat;
  } else {
    parsed.verdict = Verdict::Login;
    *login = {.credentials = PasswordLogin{value.substr(0, space), value.substr(space + 1)},
              .style = {}};
  }
  return parsed;
}

}  // namespace larder::protocol
