// Reads the addresses of -l and of --http.
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

// Splits a -l list at commas and semicolons:
// [notls:|btls:|mtls:][proto[ascii|binary|negotiating]:]host[:port], with an IPv6 address in
// brackets when a port follows, and `*` for every interface.  `port_default` as
// ListenOptions::tcp_port, without its 0; `uses_tls`: whether the first prefix is allowed, and
// which one holds where there is none.
std::variant<std::vector<ListenAddress>, UsageError> parse_listen_addresses(std::string_view list,
                                                                            int port_default,
                                                                            WireProtocol protocol,
                                                                            bool uses_tls);

// The argument of --http: host:port, with an IPv6 address in brackets and `*` for every interface;
// or only a port, with or without its colon, of 127.0.0.1.  Nothing if it is none of these.
std::optional<ListenAddress> parse_http_address(std::string_view text);

}  // namespace larder::server
