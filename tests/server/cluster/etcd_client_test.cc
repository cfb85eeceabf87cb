#include "server/cluster/etcd_client.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "server/support/clock_driver.h"
#include "tests/support/fake_http.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

using support::FakeHttp;
using Paths = std::vector<std::string>;

constexpr const char* kEmptyRange = R"({"header":{"revision":"5"}})";
constexpr const char* kBadToken =
    R"({"error":"etcdserver: invalid auth token","code":16,"message":"x"})";

EtcdClient::Settings settings_of(std::vector<std::string> endpoints) {
  return {.endpoints = std::move(endpoints), .tls = {}, .user_file = {}};
}

// No server listens there.
std::string dead_endpoint() {
  FakeHttp gone([](const FakeHttp::Question&) { return FakeHttp::Answer{}; });
  return gone.url();
}

TEST_CASE("each call uses its path of the gateway") {
  FakeHttp etcd([](const FakeHttp::Question& question) {
    const bool is_stream = question.path == "/v3/lease/keepalive";
    return FakeHttp::Answer{.body = is_stream
                                        ? R"({"result":{"TTL":"3"}})"
                                        : R"({"header":{"revision":"5"},"ID":"7","TTL":"4"})"};
  });
  EtcdClient client(settings_of({etcd.url()}));
  CHECK(client.range({"a", "b"})->revision == 5);
  CHECK_FALSE(*client.commit({}));
  CHECK(client.grant(4)->id == 7);
  CHECK(*client.keep_alive(7) == 3);
  CHECK(client.revoke(7));
  CHECK(etcd.paths() == Paths{"/v3/kv/range", "/v3/kv/txn", "/v3/lease/grant",
                              "/v3/lease/keepalive", "/v3/lease/revoke"});
  CHECK(etcd.questions()[0].body == encode_range({"a", "b"}));
  CHECK(client.error_count() == 0);
}

TEST_CASE("the next endpoint is used if one is unreachable, and is preferred from then on") {
  FakeHttp etcd([](const FakeHttp::Question&) { return FakeHttp::Answer{.body = kEmptyRange}; });
  EtcdClient client(settings_of({dead_endpoint(), dead_endpoint(), etcd.url()}));
  CHECK(client.range({"a", "b"}));
  CHECK(client.error_count() == 2);
  CHECK(client.endpoint() == etcd.url());
  CHECK(client.range({"a", "b"}));
  CHECK(client.error_count() == 2);
}

TEST_CASE("an endpoint without a leader is skipped") {
  FakeHttp headless([](const FakeHttp::Question&) {
    return FakeHttp::Answer{.status = 503, .body = R"({"code":14,"message":"no leader"})"};
  });
  FakeHttp etcd([](const FakeHttp::Question&) { return FakeHttp::Answer{.body = kEmptyRange}; });
  EtcdClient client(settings_of({headless.url(), etcd.url()}));
  CHECK(client.range({"a", "b"}));
  CHECK(client.endpoint() == etcd.url());
}

TEST_CASE("if every endpoint fails the error of the last one is returned") {
  EtcdClient client(settings_of({dead_endpoint(), dead_endpoint()}));
  const auto range = client.range({"a", "b"});
  REQUIRE_FALSE(range);
  CHECK(range.error().text.find("/v3/kv/range") != std::string::npos);
  CHECK(client.error_count() == 2);
}

TEST_CASE("a request that etcd refuses is not repeated at another endpoint") {
  FakeHttp etcd([](const FakeHttp::Question&) {
    return FakeHttp::Answer{.status = 403, .body = R"({"code":7,"message":"permission denied"})"};
  });
  EtcdClient client(settings_of({etcd.url(), etcd.url()}));
  const auto range = client.range({"a", "b"});
  REQUIRE_FALSE(range);
  CHECK(range.error().text == etcd.url() + "/v3/kv/range: status 403 permission denied");
  CHECK(etcd.questions().size() == 1);
}

TEST_CASE("a malformed reply is an error") {
  FakeHttp etcd([](const FakeHttp::Question&) { return FakeHttp::Answer{.body = "<html>"}; });
  EtcdClient client(settings_of({etcd.url()}));
  CHECK_FALSE(client.range({"a", "b"}));
  CHECK_FALSE(client.grant(5));
  CHECK_FALSE(client.keep_alive(5));
  CHECK_FALSE(client.commit({}));
  CHECK(client.error_count() == 4);
}

TEST_CASE("an endpoint that does not reply costs only its time limit") {
  FakeHttp silent([](const FakeHttp::Question&) { return FakeHttp::Answer{.is_kept_back = true}; });
  auto settings = settings_of({silent.url()});
  settings.request_milliseconds_max = 100;
  EtcdClient client(std::move(settings));
  const int64_t begun_us = monotonic_microseconds();
  CHECK_FALSE(client.range({"a", "b"}));
  CHECK(monotonic_microseconds() - begun_us < 5'000'000);
}

TEST_CASE("after the deadline requests fail at once, and a pending request ends") {
  FakeHttp silent([](const FakeHttp::Question&) { return FakeHttp::Answer{.is_kept_back = true}; });
  auto settings = settings_of({silent.url()});
  settings.request_milliseconds_max = 60'000;
  EtcdClient client(std::move(settings));
  std::thread hurrying([&] { client.give_up_at(monotonic_microseconds() + 50'000); });
  CHECK_FALSE(client.range({"a", "b"}));
  hurrying.join();
  CHECK_FALSE(client.range({"a", "b"}));
  CHECK(silent.questions().size() <= 1);
}

TEST_CASE("a reply of unlimited size is discarded") {
  FakeHttp endless([](const FakeHttp::Question&) {
    return FakeHttp::Answer{.body = std::string(EtcdHttp::kReplySizeMax + 1, 'x')};
  });
  EtcdClient client(settings_of({endless.url()}));
  CHECK_FALSE(client.range({"a", "b"}));
}

TEST_CASE("a client with a user logs in before the first request, once") {
  FakeHttp etcd([](const FakeHttp::Question& question) {
    const bool is_login = question.path == "/v3/auth/authenticate";
    return FakeHttp::Answer{.body = is_login ? R"({"header":{},"token":"t.1"})" : kEmptyRange};
  });
  const support::TemporaryFile user("me:pass:word\n");
  auto settings = settings_of({etcd.url()});
  settings.user_file = user.path();
  EtcdClient client(std::move(settings));
  CHECK(client.range({"a", "b"}));
  CHECK(client.range({"a", "b"}));
  const auto questions = etcd.questions();
  CHECK(etcd.paths() == Paths{"/v3/auth/authenticate", "/v3/kv/range", "/v3/kv/range"});
  CHECK(questions[0].body == encode_login("me", "pass:word"));
  CHECK(questions[0].authorization.empty());
  CHECK(questions[2].authorization == "t.1");
}

TEST_CASE("a token that etcd no longer accepts is replaced") {
  std::atomic<int> logins = 0;
  FakeHttp etcd([&](const FakeHttp::Question& question) -> FakeHttp::Answer {
    if (question.path == "/v3/auth/authenticate") {
      return {.body = R"({"header":{},"token":"t.)" + std::to_string(++logins) + "\"}"};
    }
    if (question.authorization == "t.1") return {.status = 401, .body = kBadToken};
    return {.body = kEmptyRange};
  });
  const support::TemporaryFile user("me:password\n");
  auto settings = settings_of({etcd.url()});
  settings.user_file = user.path();
  EtcdClient client(std::move(settings));
  CHECK(client.range({"a", "b"}));
  CHECK(logins == 2);
  CHECK(client.range({"a", "b"}));
  CHECK(logins == 2);
}

TEST_CASE("the client gives up if etcd refuses every token") {
  FakeHttp etcd([](const FakeHttp::Question& question) -> FakeHttp::Answer {
    if (question.path == "/v3/auth/authenticate") return {.body = R"({"token":"t"})"};
    return {.status = 401, .body = kBadToken};
  });
  const support::TemporaryFile user("me:password\n");
  auto settings = settings_of({etcd.url()});
  settings.user_file = user.path();
  EtcdClient client(std::move(settings));
  CHECK_FALSE(client.range({"a", "b"}));
  CHECK(etcd.questions().size() == 4);
}

TEST_CASE("a login at the last endpoint may take longer than a request") {
  FakeHttp etcd([](const FakeHttp::Question& question) -> FakeHttp::Answer {
    if (question.path != "/v3/auth/authenticate") return {.body = kEmptyRange};
    std::this_thread::sleep_for(std::chrono::milliseconds(800));
    return {.body = R"({"token":"t"})"};
  });
  FakeHttp silent([](const FakeHttp::Question&) { return FakeHttp::Answer{.is_kept_back = true}; });
  const support::TemporaryFile user("me:password\n");
  auto settings = settings_of({etcd.url()});
  settings.user_file = user.path();
  settings.request_milliseconds_max = 400;
  settings.login_milliseconds_max = 60'000;
  SECTION("the only one") {}
  // With another endpoint, the wait for the first one is short.
  SECTION("the last one") { settings.endpoints = {silent.url(), etcd.url()}; }
  EtcdClient client(std::move(settings));
  const int64_t begun_us = monotonic_microseconds();
  CHECK(client.range({"a", "b"}));
  CHECK(monotonic_microseconds() - begun_us < 20'000'000);
}

TEST_CASE("an invalid user file is an error, and no request is sent") {
  FakeHttp etcd([](const FakeHttp::Question&) { return FakeHttp::Answer{.body = kEmptyRange}; });
  for (const char* text : {"", "\n", "no colon\n", ":password\n"}) {
    const support::TemporaryFile user(text);
    auto settings = settings_of({etcd.url()});
    settings.user_file = user.path();
    EtcdClient client(std::move(settings));
    const auto range = client.range({"a", "b"});
    REQUIRE_FALSE(range);
    CHECK(range.error().text.find(user.path()) != std::string::npos);
  }
  CHECK(etcd.questions().empty());
}

TEST_CASE("a watch reports changes, and then its end") {
  FakeHttp etcd([](const FakeHttp::Question&) {
    return FakeHttp::Answer{.body =
                                "{\"result\":{\"created\":true}}\n"
                                "{\"result\":{\"events\":[{}]}}\n"};
  });
  EtcdClient client(settings_of({etcd.url()}));
  client.watch({"a", "b"}, 3);
  CHECK_FALSE(*client.wait_for_change(10'000));  // it is created
  CHECK(*client.wait_for_change(10'000));
  CHECK_FALSE(client.wait_for_change(10'000));
  CHECK(*client.wait_for_change(1) == false);  // without a watch it only waits
  CHECK(etcd.questions()[0].body == encode_watch({"a", "b"}, 3));
}

TEST_CASE("a watch that etcd cancels ends with the reason") {
  FakeHttp etcd([](const FakeHttp::Question&) {
    return FakeHttp::Answer{.body = "{\"result\":{\"canceled\":true,\"cancel_reason\":\"why\"}}\n"};
  });
  EtcdClient client(settings_of({etcd.url()}));
  client.watch({"a", "b"}, 3);
  const auto change = client.wait_for_change(10'000);
  REQUIRE_FALSE(change);
  CHECK(change.error().text.ends_with("ended: why"));
}

TEST_CASE("wake ends a wait, even one that has not yet begun") {
  EtcdClient client(settings_of({dead_endpoint()}));
  client.wake();
  CHECK_FALSE(*client.wait_for_change(600'000));
  std::thread waking([&] { client.wake(); });
  CHECK_FALSE(*client.wait_for_change(600'000));
  waking.join();
}

}  // namespace
}  // namespace larder::server
