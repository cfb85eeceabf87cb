#include <catch2/catch.hpp>

#include "protocol/http.h"

namespace larder::protocol {
namespace {

TEST_CASE("a reply is complete and closes its connection") {
  const HttpReply reply{.status = 404, .content_type = "text/plain", .body = "none\n"};
  const std::string head =
      "HTTP/1.1 404 Not Found\r\n"
      "Content-Type: text/plain\r\n"
      "Content-Length: 5\r\n"
      "Cache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Connection: close\r\n"
      "\r\n";
  CHECK(encode_http_reply(reply, false) == head + "none\n");
  CHECK(encode_http_reply(reply, true) == head);
}

TEST_CASE("the reply to an unsupported method lists the supported ones") {
  CHECK(encode_http_reply({.status = 405}, false).find("\r\nAllow: GET, HEAD\r\n") !=
        std::string::npos);
  CHECK(encode_http_reply({}, false).find("Allow") == std::string::npos);
}

TEST_CASE("a page for browsers states what it may load and execute") {
  const std::string reply =
      encode_http_reply({.content_security_policy = "default-src 'none'"}, true);
  CHECK(reply.find("\r\nContent-Security-Policy: default-src 'none'\r\n") != std::string::npos);
  CHECK(encode_http_reply({}, true).find("Policy") == std::string::npos);
}

TEST_CASE("every status of the parser and of the pages has a reason phrase") {
  for (const int status : {200, 400, 404, 405, 413, 431, 503, 505}) {
    CHECK_FALSE(http_reason(status).empty());
  }
}

}  // namespace
}  // namespace larder::protocol
