// The pages of the HTTP port: dashboard, metrics, statistics as JSON, health and readiness.
//
// Threads: the sources of the pages may be read on any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "server/admin/admin.h"
#include "server/http/http_page.h"
#include "server/http/http_server.h"

namespace larder::server {

// How long the control thread or a worker may be silent before /healthz reports it.  Each of them
// ticks at least once a second, with clients or without.
inline constexpr int64_t kSilenceMaxUs = 5'000'000;

struct ServerHealth {
  int64_t control_silent_us = 0;                // time since its last tick
  std::vector<int64_t> workers_silent_us = {};  // the same for each worker, by number
  bool is_leaving = false;                      // draining, or stopping
  bool is_stopping = false;                     // threads may have stopped ticking
};

// All referenced objects outlive the pages.
struct HttpSources {
  Admin& admin;
  const base::Clock& clock;
  std::function<ServerHealth()> health;
  std::function<HttpTotals()> http_totals;
  std::string host = {};  // for stats_json(), as `node`
  std::string node = {};
};

std::vector<HttpPage> make_http_pages(HttpSources sources);

// 200 "ok" while the control thread and all workers tick, or while the server is stopping;
// otherwise 503 with a line for each thread that does not tick.
protocol::HttpReply health_reply(const ServerHealth& health);
// 200 "ok" while clients are served; 503 "draining" once a drain or a stop was requested.
protocol::HttpReply readiness_reply(const ServerHealth& health);

// The reply of the page with that path, or 404 with a list of the pages.  If `is_host_ours` (see
// is_local_host()) is false, 403 except for pages with is_for_any_host.
protocol::HttpReply answer_path(std::span<const HttpPage> pages, std::string_view path,
                                bool is_host_ours = true);

}  // namespace larder::server
