// How a command reaches its servers: addresses, logins, TLS and timeouts.
//
// Threads: any.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/address.h"
#include "client/connector.h"
#include "client/options.h"
#include "larderctl/options.h"

namespace larder::ctl {

// One or more addresses, separated by commas.
base::Result<std::vector<client::Address>> read_endpoints(const GivenOption& option);

// Option table rows shared by the commands that connect to servers.
inline constexpr OptionRow kAccessRows[] = {
    {"timeout", "MS", "milliseconds for each server (1000)"},
    {"user-file", "FILE", "a line user:password, for servers that run with -Y"},
    {"tls", "", "encrypt, for servers that run with -Z"},
    {"cacert", "FILE", "who vouches for the servers (the system's authorities)"},
    {"cert", "FILE", "our own certificate, for servers that want one"},
    {"key", "FILE", "its key (in the same file)"},
    {"server-name", "NAME", "what the servers' certificates are for (the node's name)"},
    {"insecure", "", "accept any certificate"},
};

// The values of these options.
struct Access {
  std::chrono::milliseconds timeout{1'000};  // for all requests to one server together
  std::optional<client::Login> login = {};
  std::optional<client::TlsOptions> tls = {};
  client::Connector connector = {};  // with this login and TLS
};

// Evaluates the options of kAccessRows among all options of a command.  Fails if a file cannot be
// used, and on TLS options without --tls.
base::Result<Access> read_access(const std::vector<GivenOption>& given);

}  // namespace larder::ctl
