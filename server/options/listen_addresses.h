// Parses the addresses of -l and --http.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "server/options/listen_address.h"
#include "server/options/usage_error.h"

namespace larder::server {

// Splits the list of -l at commas and semicolons:
// [notls:|btls:|mtls:][proto[ascii|binary|negotiating]:]host[:port]
// An IPv6 address with a port needs brackets; `*` means all interfaces.  `port_default` is
// ListenOptions::tcp_port, but not 0.  `uses_tls`: whether the TLS prefixes are allowed, and which
// mode an address without one has.
std::variant<std::vector<ListenAddress>, UsageError> parse_listen_addresses(std::string_view list,
                                                                            int port_default,
                                                                            WireProtocol protocol,
                                                                            bool uses_tls);

// Parses the argument of --http: host:port, with brackets around an IPv6 address and `*` for all
// interfaces; or a port of 127.0.0.1 alone, with or without its colon.  Nothing if it is invalid.
std::optional<ListenAddress> parse_http_address(std::string_view text);

}  // namespace larder::server
