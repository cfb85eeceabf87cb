// Where a command's servers are, and how to log in there.
//
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/address.h"
#include "client/options.h"
#include "larderctl/options.h"

namespace larder::ctl {

// Addresses with commas between them; at least one.
base::Result<std::vector<client::Address>> read_endpoints(const GivenOption& option);

// The first line of a file, `user:password`.
base::Result<client::Login> read_login(const GivenOption& option);

}  // namespace larder::ctl
