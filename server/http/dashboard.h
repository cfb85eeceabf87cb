// The dashboard: a single HTML page with embedded style and script, which polls /stats.json.
//
// scripts/dashboard generates dashboard_page.html and dashboard_policy.txt in server/http/ from the
// sources in dashboard/, and CMake embeds them into the program.
//
// Threads: constants.
#pragma once

#include <string_view>

namespace larder::server {

std::string_view dashboard_page() noexcept;
// Its Content-Security-Policy: allows only the page's own script and style, by their hashes.
std::string_view dashboard_policy() noexcept;

}  // namespace larder::server
