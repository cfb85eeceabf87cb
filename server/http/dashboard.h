// The dashboard: one page of HTML with its style and script, which asks for /stats.json by itself.
//
// server/http/dashboard_page.html and server/http/dashboard_policy.txt, which scripts/dashboard
// makes of the sources in dashboard/; CMake compiles them in.
//
// Threads: constants.
#pragma once

#include <string_view>

namespace larder::server {

std::string_view dashboard_page() noexcept;
// Its Content-Security-Policy: the page's own script and style by their hashes, and nothing else.
std::string_view dashboard_policy() noexcept;

}  // namespace larder::server
