#include "larderctl/endpoints.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace larder::ctl {

base::Result<std::vector<client::Address>> read_endpoints(const GivenOption& option) {
  std::vector<client::Address> endpoints;
  for (size_t start = 0; start <= option.value.size();) {
    const size_t end = std::min(option.value.find(',', start), option.value.size());
    const auto address = client::parse_address(option.value.substr(start, end - start));
    if (!address) return base::fail("--" + option.name + ": " + address.error().text);
    endpoints.push_back(*address);
    start = end + 1;
  }
  return endpoints;
}

namespace {

// Reads the first line of a file, `user:password`.
base::Result<client::Login> read_login(const GivenOption& option) {
  std::ifstream file(option.value);
  if (!file) return base::fail_errno("cannot read " + option.value);
  std::string line;
  std::getline(file, line);
  if (line.ends_with('\r')) line.pop_back();
  const size_t colon = line.find(':');
  if (colon == std::string::npos || colon == 0) {
    return base::fail(option.value + " has no line user:password");
  }
  return client::Login{.user = line.substr(0, colon), .password = line.substr(colon + 1)};
}

// Stores a TLS option in *tls; false if the option is not one.
bool take_tls(const GivenOption& option, client::TlsOptions& tls) {
  if (option.name == "cacert") {
    tls.ca_file = option.value;
  } else if (option.name == "cert") {
    tls.certificate_file = option.value;
  } else if (option.name == "key") {
    tls.key_file = option.value;
  } else if (option.name == "server-name") {
    tls.server_name = option.value;
  } else if (option.name == "insecure") {
    tls.verifies = false;
  } else {
    return false;
  }
  return true;
}

}  // namespace

base::Result<Access> read_access(const std::vector<GivenOption>& given) {
  constexpr uint64_t kTimeoutMax = 600'000;
  Access access;
  client::TlsOptions tls;
  std::string tls_option;
  bool has_tls = false;
  for (const GivenOption& option : given) {
    if (option.name == "timeout") {
      const auto timeout = read_number(option, 1, kTimeoutMax);
      if (!timeout) return timeout.error();
      access.timeout = std::chrono::milliseconds(*timeout);
    } else if (option.name == "user-file") {
      const auto login = read_login(option);
      if (!login) return login.error();
      access.login = *login;
    } else if (option.name == "tls") {
      has_tls = true;
    } else if (take_tls(option, tls)) {
      tls_option = option.name;
    }
  }
  if (!has_tls && !tls_option.empty()) return base::fail("--" + tls_option + " needs --tls");
  if (has_tls) access.tls = tls;
  auto connector = client::Connector::make(access.login, access.tls);
  if (!connector) return text_of(connector.error());
  access.connector = std::move(*connector);
  return access;
}

}  // namespace larder::ctl
