// The pages of the HTTP port: a table that maps paths to functions.
//
// Threads: the table is const once the server runs; reply() is called on the HTTP thread.
#pragma once

#include <functional>
#include <string_view>

#include "protocol/http.h"

namespace larder::server {

struct HttpPage {
  std::string_view path;  // must match exactly
  // Called for each request; the query is ignored.  Must be short, because health checks wait.
  std::function<protocol::HttpReply()> reply;
  bool is_for_any_host = false;  // served whatever the Host header is: contains nothing private
};

}  // namespace larder::server
