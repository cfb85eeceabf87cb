#include "server/http/http_pages.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/admin/process_usage.h"
#include "server/admin/stats_json.h"
#include "server/http/dashboard.h"
#include "server/http/metrics_text.h"

namespace larder::server {

using protocol::HttpReply;

HttpReply health_reply(const ServerHealth& health) {
  if (health.is_stopping) return {.body = "ok\n"};
  std::string hung;
  const auto look_at = [&](const std::string& thread, int64_t silent_us) {
    if (silent_us <= kSilenceMaxUs) return;
    hung += thread + " has not ticked for " + std::to_string(silent_us / 1'000'000) + " s\n";
  };
  look_at("the control thread", health.control_silent_us);
  for (size_t number = 0; number < health.workers_silent_us.size(); ++number) {
    look_at("worker-" + std::to_string(number), health.workers_silent_us[number]);
  }
  if (hung.empty()) return {.body = "ok\n"};
  return {.status = 503, .body = std::move(hung)};
}

HttpReply readiness_reply(const ServerHealth& health) {
  if (health.is_leaving || health.is_stopping) return {.status = 503, .body = "draining\n"};
  return {.body = "ok\n"};
}

std::vector<HttpPage> make_http_pages(HttpSources sources) {
  const auto metrics = [sources] {
    return HttpReply{.content_type = kMetricsContentType,
                     .body = metrics_text(sources.admin.snapshot(sources.clock.now()),
                                          usage_of_this_process(), sources.http_totals())};
  };
  const auto stats = [sources] {
    return HttpReply{.content_type = "application/json",
                     .body = stats_json(sources.admin.snapshot(sources.clock.now()),
                                        {.host = sources.host,
                                         .node = sources.node,
                                         .is_draining = sources.health().is_leaving,
                                         .usage = usage_of_this_process()})};
  };
  const auto dashboard = [] {
    return HttpReply{.content_type = "text/html; charset=utf-8",
                     .body = std::string(dashboard_page()),
                     .content_security_policy = dashboard_policy()};
  };
  return {
      {"/", dashboard},
      {"/metrics", metrics},
      {"/stats.json", stats},
      {"/healthz", [sources] { return health_reply(sources.health()); }, true},
      {"/readyz", [sources] { return readiness_reply(sources.health()); }, true},
  };
}

HttpReply answer_path(std::span<const HttpPage> pages, std::string_view path, bool is_host_ours) {
  const auto page = std::ranges::find(pages, path, &HttpPage::path);
  const bool is_for_any_host = page != pages.end() && page->is_for_any_host;
  if (!is_host_ours && !is_for_any_host) {
    return {.status = 403,
            .body = "on a loopback address, Host must be an address, localhost or this machine\n"};
  }
  if (page != pages.end()) return page->reply();
  HttpReply reply{.status = 404, .body = "no such page; there are\n"};
  for (const HttpPage& each : pages) reply.body.append(each.path) += '\n';
  return reply;
}

}  // namespace larder::server
