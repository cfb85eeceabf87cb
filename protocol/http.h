// HTTP/1.x as far as a page of figures needs it: the head of a GET or HEAD in, one whole reply out.
//
// A connection carries one request: every reply says `Connection: close`, so nobody has to find
// where a second request would begin, and bodies, which no page here wants, are refused.
//
// Threads: pure functions and plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace larder::protocol {

// Of the request line and all headers together, with the empty line.
inline constexpr size_t kHttpHeadSizeMax = 8 << 10;
inline constexpr size_t kHttpHeaderCountMax = 100;

struct HttpRequest {
  bool is_head = false;         // HEAD: the reply has no body
  std::string_view path = {};   // begins with '/'; as sent, without its query
  std::string_view query = {};  // what follows '?'; empty if there is none
  std::string_view host = {};   // of the header; may be empty
};

enum class HttpVerdict : uint8_t {
  Complete,  // *request is set
  NeedMore,  // no whole head yet, and room for more of it
  Refused,   // answer with Parsed::status; *request is unspecified, but for is_head
};

struct HttpParsed {
  HttpVerdict verdict;
  int status = 0;  // Refused only: 400, 405, 413, 431 or 505
};

// Parses the request whose head `input` begins with.  Lines may end with a bare "\n".
// Views in *request borrow from `input`.  Reads nothing outside of it and remembers nothing.
[[nodiscard]] HttpParsed parse_http_request(std::string_view input, HttpRequest* request) noexcept;

struct HttpReply {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::string_view content_security_policy = {};  // of a page for browsers; empty: none
};

// The whole reply, ready to be sent.
std::string encode_http_reply(const HttpReply& reply, bool is_head);

// "Not Found"; the statuses that the parser and the pages use.
std::string_view http_reason(int status) noexcept;

}  // namespace larder::protocol
