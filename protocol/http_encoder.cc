#include "base/assertions.h"
#include "protocol/http.h"

namespace larder::protocol {

std::string_view http_reason(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: UNREACHABLE();
  }
}

std::string encode_http_reply(const HttpReply& reply, bool is_head) {
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + ' ';
  out += http_reason(reply.status);
  out += "\r\nContent-Type: ";
  out += reply.content_type;
  out += "\r\nContent-Length: " + std::to_string(reply.body.size());
  if (reply.status == 405) out += "\r\nAllow: GET, HEAD";
  if (!reply.content_security_policy.empty()) {
    out += "\r\nContent-Security-Policy: ";
    out += reply.content_security_policy;
    out += "\r\nReferrer-Policy: no-referrer";
  }
  // Metrics are valid for one moment only; browsers must not guess another content type.
  out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff";
  out += "\r\nConnection: close\r\n\r\n";
  if (!is_head) out += reply.body;
  return out;
}

}  // namespace larder::protocol
