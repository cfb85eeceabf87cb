// Passes any bytes through the HTTP parser, both at once and byte by byte.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assertions.h"
#include "protocol/http.h"
#include "tests/support/exact_copy.h"

using namespace larder::protocol;
using larder::support::check_inside;
using larder::support::ExactCopy;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ExactCopy input({reinterpret_cast<const char*>(data), size});
  HttpRequest request;
  const HttpParsed parsed = parse_http_request(input.bytes(), &request);
  switch (parsed.verdict) {
    case HttpVerdict::Complete:
      ASSERT(request.path.starts_with('/') && request.path.find('?') == std::string_view::npos);
      check_inside(request.path, input.bytes());
      if (!request.query.empty()) check_inside(request.query, input.bytes());
      break;
    case HttpVerdict::NeedMore: ASSERT(size < kHttpHeadSizeMax); break;
    case HttpVerdict::Refused: ASSERT(!http_reason(parsed.status).empty()); break;
  }
  // A server replies at the first verdict, so later bytes must not change it.
  for (size_t prefix = size > 64 ? size - 64 : 0; prefix < size; ++prefix) {
    const ExactCopy part(input.bytes().substr(0, prefix));
    const HttpParsed early = parse_http_request(part.bytes(), &request);
    if (early.verdict == HttpVerdict::NeedMore) continue;
    ASSERT(early.verdict == parsed.verdict && early.status == parsed.status);
  }
  return 0;
}
