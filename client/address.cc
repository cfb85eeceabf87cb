#include "client/address.h"

#include <sys/un.h>

#include <charconv>

namespace larder::client {
namespace {

// The kernel needs the path with its terminating zero.
constexpr size_t kPathSizeMax = sizeof(sockaddr_un::sun_path) - 1;

Error bad_address(std::string_view text, std::string_view reason) {
  return fail(ErrorCode::InvalidArgument,
              "bad address '" + std::string(text) + "': " + std::string(reason));
}

Result<Address> parse_path(std::string_view text) {
  if (text.size() > kPathSizeMax) return bad_address(text, "the path is too long for a socket");
  if (text.find('\0') != std::string_view::npos)
    return bad_address(text, "it contains a zero byte");
  Address address;
  address.kind = Address::Kind::Unix;
  address.path = text;
  return address;
}

Result<uint16_t> parse_port(std::string_view text, std::string_view digits) {
  uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, port);
  if (code != std::errc() || stop != end || port == 0) {
    return bad_address(text, "the port must be a number from 1 to 65535");
  }
  return port;
}

// Splits at the colon before the port; removes brackets around the host.
Result<std::string_view> host_of(std::string_view text, size_t colon) {
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return bad_address(text, "'[' is not closed before the port");
    host = host.substr(1, host.size() - 2);
    if (host.find_first_of("[]") != std::string_view::npos) {
      return bad_address(text, "too many brackets");
    }
  } else if (host.find(':') != std::string_view::npos) {
    return bad_address(text, "an IPv6 address must be in brackets");
  } else if (host.find_first_of("[]") != std::string_view::npos) {
    return bad_address(text, "a bracket inside the host");
  }
  if (host.empty()) return bad_address(text, "the host is empty");
  if (host.find('\0') != std::string_view::npos)
    return bad_address(text, "it contains a zero byte");
  return host;
}

}  // namespace

std::string Address::text() const {
  if (kind == Kind::Unix) return path;
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text) {
  if (text.starts_with('/')) return parse_path(text);

  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text, "expected host:port or /a/path");
  const Result<std::string_view> host = host_of(text, colon);
  if (!host) return host.error();
  const Result<uint16_t> port = parse_port(text, text.substr(colon + 1));
  if (!port) return port.error();

  Address address;
  address.host = *host;
  address.port = *port;
  return address;
}

}  // namespace larder::client
