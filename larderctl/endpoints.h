// Where a command's servers are, and how they are reached: logins, TLS, time.
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

// Addresses with commas between them; at least one.
base::Result<std::vector<client::Address>> read_endpoints(const GivenOption& option);

// The rows that commands which ask servers have in their tables.
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

// What those options say.
struct Access {
  std::chrono::milliseconds timeout{1'000};  // for each server, with everything it is asked
  std::optional<client::Login> login = {};
  std::optional<client::TlsOptions> tls = {};
  client::Connector connector = {};  // with that login and TLS
};

// Of all options of a command those of kAccessRows.  Fails on a file that cannot be used, and on
// options for TLS without --tls.
base::Result<Access> read_access(const std::vector<GivenOption>& given);

}  // namespace larder::ctl
