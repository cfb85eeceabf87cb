#include "larderctl/endpoints.h"

#include <algorithm>
#include <fstream>

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

}  // namespace larder::ctl
