// What the port of --http serves: a table from paths to what answers them.
//
// Threads: the table is const once the server runs; reply() is called on the HTTP thread.
#pragma once

#include <functional>
#include <string_view>

#include "protocol/http.h"

namespace larder::server {

struct HttpPage {
  std::string_view path;  // matched whole
  // Called for each request, queries ignored.  It should be brief: health checks wait meanwhile.
  std::function<protocol::HttpReply()> reply;
  bool is_for_any_host = false;  // it tells nothing that another page's scripts may not know
};

}  // namespace larder::server
