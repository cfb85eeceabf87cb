// The pages of the port of --http: the dashboard, metrics, figures, and whether the server lives
// and serves.
//
// Threads: what the pages are made from may be asked on any thread.
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
  int64_t control_silent_us = 0;                // since it ticked last
  std::vector<int64_t> workers_silent_us = {};  // the same of each worker, by number
  bool is_leaving = false;                      // draining, or stopping
  bool is_stopping = false;                     // then nobody ticks any more
};

// All outlive the pages.
struct HttpSources {
  Admin& admin;
  const base::Clock& clock;
  std::function<ServerHealth()> health;
  std::function<HttpTotals()> http_totals;
  std::string host = {};  // as stats_json() has it, and `node`
  std::string node = {};
};

std::vector<HttpPage> make_http_pages(HttpSources sources);

// 200 "ok" while control and every worker tick, or the server is stopping; else 503 and a line for
// each thread that does not.
protocol::HttpReply health_reply(const ServerHealth& health);
// 200 "ok" while clients are served; 503 "draining" from the moment on that the server is to
// drain or to stop.
protocol::HttpReply readiness_reply(const ServerHealth& health);

// The reply of the page with that path, or 404 with a list of those there are.  `is_host_ours`: see
// is_local_host(); if not, 403, but for pages for any host.
protocol::HttpReply answer_path(std::span<const HttpPage> pages, std::string_view path,
                                bool is_host_ours = true);

}  // namespace larder::server
