#include <catch2/catch.hpp>
#include <string>

#include "protocol/http.h"
#include "tests/support/guarded_bytes.h"

namespace larder::protocol {
namespace {

// A request "GET / HTTP/1.1" with these headers and an empty line.
std::string with_headers(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

int status_of(const std::string& text) {
  const support::GuardedBytes input(text);
  HttpRequest request;
  const HttpParsed parsed = parse_http_request(input.bytes(), &request);
  switch (parsed.verdict) {
    case HttpVerdict::Complete: return 200;
    case HttpVerdict::NeedMore: return 0;
    case HttpVerdict::Refused: return parsed.status;
  }
  return -1;
}

TEST_CASE("a request has a path and an optional query") {
  HttpRequest request;
  REQUIRE(parse_http_request("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", &request).verdict ==
          HttpVerdict::Complete);
  CHECK(request.path == "/metrics");
  CHECK(request.query.empty());
  CHECK_FALSE(request.is_head);
  REQUIRE(parse_http_request("HEAD /a?b=c?d HTTP/1.0\n\n", &request).verdict ==
          HttpVerdict::Complete);
  CHECK(request.path == "/a");
  CHECK(request.query == "b=c?d");
  CHECK(request.is_head);
}

TEST_CASE("every proper prefix of an HTTP request asks for more") {
  const std::string text = "GET /metrics HTTP/1.1\r\nHost: a:1\r\nAccept: */*\r\n\r\n";
  for (size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    REQUIRE(status_of(text.substr(0, size)) == 0);
  }
  CHECK(status_of(text) == 200);
}

TEST_CASE("bytes after the empty line change nothing") {
  CHECK(status_of(with_headers("") + "GET") == 200);
  CHECK(status_of(with_headers("") + std::string(kHttpHeadSizeMax, 'x')) == 200);
}

TEST_CASE("invalid request lines are refused") {
  struct Case {
    const char* line;
    int status;
  };
  const Case cases[] = {
      {"", 400},
      {"GET", 400},
      {"GET /", 400},
      {"GET  HTTP/1.1", 400},
      {"GET / HTTP/1.1 ", 400},
      {"GET / /x HTTP/1.1", 400},
      {"GET http://a/ HTTP/1.1", 400},
      {"GET * HTTP/1.1", 400},
      {"G(T / HTTP/1.1", 400},
      {"GET /\x01 HTTP/1.1", 400},
      {"GET /\xc3\xa9 HTTP/1.1", 400},
      {"GET / http/1.1", 400},
      {"GET / HTTP/1.2", 505},
      {"GET / HTTP/2.0", 505},
      {"PRI * HTTP/2.0", 505},
      {"POST / HTTP/1.1", 405},
      {"get / HTTP/1.1", 405},
      {"set k 0 0 1", 400},
      {"stats", 400},
      {"GET / HTTP/1.1", 200},
      {"HEAD /a/b?c HTTP/1.0", 200},
  };
  for (const Case& each : cases) {
    CAPTURE(each.line);
    CHECK(status_of(std::string(each.line) + "\r\nHost: a\r\n\r\n") == each.status);
  }
}

TEST_CASE("invalid headers are refused") {
  CHECK(status_of(with_headers("no colon\r\n")) == 400);
  CHECK(status_of(with_headers(": no name\r\n")) == 400);
  CHECK(status_of(with_headers("name : x\r\n")) == 400);
  CHECK(status_of(with_headers("a: b\r\n folded\r\n")) == 400);
  CHECK(status_of(with_headers("a: b\rc\r\n")) == 400);
  CHECK(status_of(with_headers(std::string("a: b\0c\r\n", 8))) == 400);
  CHECK(status_of(with_headers("a:\r\nb: \t c \t\r\nc: \xc3\xa9\r\n")) == 200);
}

TEST_CASE("HTTP 1.1 requires exactly one Host header and HTTP 1.0 none") {
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 200);
  CHECK(status_of(with_headers("host: b\r\n")) == 400);
}

TEST_CASE("the host is the value of the header without blanks") {
  HttpRequest request;
  REQUIRE(parse_http_request("GET / HTTP/1.1\r\nHOST:  a.b:1 \r\n\r\n", &request).verdict ==
          HttpVerdict::Complete);
  CHECK(request.host == "a.b:1");
  REQUIRE(parse_http_request("GET / HTTP/1.0\r\n\r\n", &request).verdict == HttpVerdict::Complete);
  CHECK(request.host.empty());
}

TEST_CASE("a request with a body is refused") {
  CHECK(status_of(with_headers("Content-Length: 1\r\n")) == 413);
  CHECK(status_of(with_headers("content-length: 00\r\n")) == 200);
  CHECK(status_of(with_headers("CONTENT-LENGTH: 99999999999999999999999\r\n")) == 413);
  CHECK(status_of(with_headers("Content-Length: -1\r\n")) == 400);
  CHECK(status_of(with_headers("Content-Length:\r\n")) == 400);
  CHECK(status_of(with_headers("Transfer-Encoding: chunked\r\n")) == 413);
}

TEST_CASE("the head of a request has a maximum size and a maximum number of headers") {
  const std::string bare = with_headers("a: \r\n");
  const std::string filler(kHttpHeadSizeMax - bare.size(), 'x');
  CHECK(status_of(with_headers("a: " + filler + "\r\n")) == 200);
  CHECK(status_of(with_headers("a: " + filler + "x\r\n")) == 431);
  CHECK(status_of(std::string(kHttpHeadSizeMax - 1, 'x')) == 0);
  CHECK(status_of(std::string(kHttpHeadSizeMax, 'x')) == 431);
  std::string headers;
  for (size_t count = 1; count < kHttpHeaderCountMax; ++count) headers += "a:b\r\n";
  CHECK(status_of(with_headers(headers)) == 200);
  CHECK(status_of(with_headers(headers + "a:b\r\n")) == 431);
}

}  // namespace
}  // namespace larder::protocol
