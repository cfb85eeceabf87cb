// Requests are refused by the rules of RFC 9112, strictly interpreted: clients of a metrics
// endpoint are programs and have no reason to send ambiguous requests.
#include <algorithm>

#include "protocol/http.h"

namespace larder::protocol {
namespace {

constexpr HttpParsed refused(int status) { return {HttpVerdict::Refused, status}; }

// The next line without its end.  Precondition: `rest` contains a line end.
std::string_view take_line(std::string_view& rest) {
  const size_t newline = rest.find('\n');
  std::string_view line = rest.substr(0, newline);
  rest.remove_prefix(newline + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The size up to and including the empty line; 0 if it has not arrived yet.
size_t head_size_of(std::string_view input) {
  for (size_t at = input.find('\n'); at != std::string_view::npos; at = input.find('\n', at + 1)) {
    const std::string_view rest = input.substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return 0;
}

bool is_token(std::string_view word) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !word.empty() && std::ranges::all_of(word, [&](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
  });
}

bool equals_ignoring_case(std::string_view word, std::string_view lower_case) {
  return std::ranges::equal(word, lower_case, [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? static_cast<char>(left + ('a' - 'A')) : left) == right;
  });
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Format: "METHOD target HTTP/1.x".
HttpParsed parse_request_line(std::string_view line, HttpRequest* request, bool* needs_host) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refused(400);
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || !version.starts_with("HTTP/")) return refused(400);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refused(505);
  *needs_host = version == "HTTP/1.1";
  request->is_head = method == "HEAD";
  if (method != "GET" && method != "HEAD") return refused(405);
  if (!target.starts_with('/')) return refused(400);
  if (std::ranges::any_of(target, [](char c) { return c <= ' ' || c > '~'; })) return refused(400);
  const size_t question = target.find('?');
  request->path = target.substr(0, question);
  request->query = question == std::string_view::npos ? "" : target.substr(question + 1);
  return {HttpVerdict::Complete};
}

struct Headers {
  bool has_host = false;
  std::string_view host = {};
  bool has_body = false;
};

bool take_header(std::string_view line, Headers* headers) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = without_blanks(line.substr(colon + 1));
  const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; };
  if (std::ranges::any_of(value, is_control)) return false;
  if (equals_ignoring_case(name, "host")) {
    if (headers->has_host) return false;
    headers->has_host = true;
    headers->host = value;
  }
  if (equals_ignoring_case(name, "transfer-encoding")) headers->has_body = true;
  if (equals_ignoring_case(name, "content-length")) {
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) {
      return false;
    }
    headers->has_body |= value.find_first_not_of('0') != std::string_view::npos;
  }
  return true;
}

}  // namespace

HttpParsed parse_http_request(std::string_view input, HttpRequest* request) noexcept {
  *request = {};
  const size_t head_size = head_size_of(input.substr(0, kHttpHeadSizeMax));
  if (head_size == 0) {
    return input.size() < kHttpHeadSizeMax ? HttpParsed{HttpVerdict::NeedMore} : refused(431);
  }
  std::string_view rest = input.substr(0, head_size);
  bool needs_host = false;
  const HttpParsed parsed = parse_request_line(take_line(rest), request, &needs_host);
  if (parsed.verdict != HttpVerdict::Complete) return parsed;
  Headers headers;
  size_t count = 0;
  for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
    if (++count > kHttpHeaderCountMax) return refused(431);
    if (!take_header(line, &headers)) return refused(400);
  }
  if (needs_host && !headers.has_host) return refused(400);
  if (headers.has_body) return refused(413);
  request->host = headers.host;
  return parsed;
}

}  // namespace larder::protocol
