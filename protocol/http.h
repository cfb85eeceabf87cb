// The part of HTTP/1.x that is needed to serve metrics and pages: parses the head of a GET or HEAD
// request and encodes a complete reply.
//
// A connection carries one request: every reply says `Connection: close`, so the end of a request
// need not be found.  Requests with a body are refused, as no page here needs one.
//
// Threads: pure functions and plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace larder::protocol {

// The limit of the request line and all headers together, with the empty line.
inline constexpr size_t kHttpHeadSizeMax = 8 << 10;
inline constexpr size_t kHttpHeaderCountMax = 100;

struct HttpRequest {
  bool is_head = false;         // HEAD: the reply has no body
  std::string_view path = {};   // begins with '/'; as sent, without the query
  std::string_view query = {};  // the text after '?'; empty if there is none
  std::string_view host = {};   // the Host header; may be empty
};

enum class HttpVerdict : uint8_t {
  Complete,  // *request is set
  NeedMore,  // the head is incomplete and within the size limit
  Refused,   // reply with `status`; of *request, only is_head is specified
};

struct HttpParsed {
  HttpVerdict verdict;
  int status = 0;  // Refused only: 400, 405, 413, 431 or 505
};

// Parses the request head at the beginning of `input`.  Lines may end with a bare "\n".  Views in
// *request borrow from `input`.  Reads nothing outside `input` and keeps no state.
[[nodiscard]] HttpParsed parse_http_request(std::string_view input, HttpRequest* request) noexcept;

struct HttpReply {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::string_view content_security_policy = {};  // for HTML pages; empty: no header
};

// The complete reply, ready to send.
std::string encode_http_reply(const HttpReply& reply, bool is_head);

// The reason phrase, such as "Not Found"; for the statuses that the parser and the pages use.
std::string_view http_reason(int status) noexcept;

}  // namespace larder::protocol
