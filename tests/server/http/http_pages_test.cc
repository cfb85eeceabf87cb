#include "server/http/http_pages.h"

#include <catch2/catch.hpp>

#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

TEST_CASE("a server is healthy while its control thread ticks or it is stopping") {
  CHECK(health_reply({}).status == 200);
  CHECK(health_reply({}).body == "ok\n");
  CHECK(health_reply({.control_silent_us = kSilenceMaxUs}).status == 200);
  const protocol::HttpReply hung = health_reply({.control_silent_us = 7'900'000});
  CHECK(hung.status == 503);
  CHECK(hung.body == "the control thread has not ticked for 7 s\n");
  CHECK(health_reply({.control_silent_us = 60'000'000, .is_stopping = true}).status == 200);
}

TEST_CASE("a server is unhealthy while a worker does not tick, and the page names the worker") {
  CHECK(health_reply({.workers_silent_us = {0, kSilenceMaxUs}}).status == 200);
  const protocol::HttpReply one = health_reply({.workers_silent_us = {0, 5'000'001, 1'000'000}});
  CHECK(one.status == 503);
  CHECK(one.body == "worker-1 has not ticked for 5 s\n");
  const protocol::HttpReply all =
      health_reply({.control_silent_us = 8'000'000, .workers_silent_us = {6'100'000, 7'900'000}});
  CHECK(all.status == 503);
  CHECK(all.body ==
        "the control thread has not ticked for 8 s\n"
        "worker-0 has not ticked for 6 s\n"
        "worker-1 has not ticked for 7 s\n");
  CHECK(health_reply({.workers_silent_us = {60'000'000}, .is_leaving = true}).status == 503);
  CHECK(health_reply({.workers_silent_us = {60'000'000}, .is_stopping = true}).status == 200);
  CHECK(readiness_reply({.workers_silent_us = {60'000'000}}).status == 200);
}

TEST_CASE("a server is ready until it begins to stop") {
  CHECK(readiness_reply({}).status == 200);
  CHECK(readiness_reply({.control_silent_us = 60'000'000}).status == 200);
  CHECK(readiness_reply({.is_leaving = true}).status == 503);
  CHECK(health_reply({.is_leaving = true}).status == 200);
  CHECK(health_reply({.control_silent_us = 60'000'000, .is_leaving = true}).status == 503);
  const protocol::HttpReply draining = readiness_reply({.is_stopping = true});
  CHECK(draining.status == 503);
  CHECK(draining.body == "draining\n");
}

TEST_CASE("pages are found by path, and a path without a page gets the list of pages") {
  AdminFixture fixture;
  ServerHealth health;
  const auto pages = make_http_pages({.admin = fixture.admin,
                                      .clock = fixture.clock,
                                      .health = [&] { return health; },
                                      .http_totals = [] { return HttpTotals{.accepted = 9}; }});
  CHECK(answer_path(pages, "/healthz").body == "ok\n");
  CHECK(answer_path(pages, "/healthz", false).body == "ok\n");
  for (const char* path : {"/", "/metrics", "/stats.json", "/none"}) {
    CHECK(answer_path(pages, path, false).status == 403);
  }
  CHECK(answer_path(pages, "/readyz").body == "ok\n");
  health.is_stopping = true;
  CHECK(answer_path(pages, "/readyz").status == 503);
  const protocol::HttpReply metrics = answer_path(pages, "/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(metrics.body.find("\nlarder_http_connections_total 9\n") != std::string::npos);
  const protocol::HttpReply json = answer_path(pages, "/stats.json");
  CHECK(json.content_type == "application/json");
  CHECK(json.body.find("\"curr_items\": 0") != std::string::npos);
  const protocol::HttpReply dashboard = answer_path(pages, "/");
  CHECK(dashboard.content_type == "text/html; charset=utf-8");
  CHECK(dashboard.body.starts_with("<!doctype html>"));
  CHECK(dashboard.content_security_policy.starts_with("default-src 'none'; "));
  CHECK(dashboard.content_security_policy.find_first_of("\r\n") == std::string_view::npos);
  for (const char* path : {"//", "/metrics/", "/Metrics"}) {
    const protocol::HttpReply none = answer_path(pages, path);
    CHECK(none.status == 404);
    CHECK(none.body == "no such page; there are\n/\n/metrics\n/stats.json\n/healthz\n/readyz\n");
  }
}

}  // namespace
}  // namespace larder::server
