#include "server/cluster/etcd_json.h"

#include <catch2/catch.hpp>

namespace larder::server {
namespace {

// "a" is YQ==, "b" is Yg==.

TEST_CASE("the range of a prefix ends before the next prefix") {
  const EtcdKeys keys = keys_under("/larder/x/");
  CHECK(keys.begin == "/larder/x/");
  CHECK(keys.end == "/larder/x0");
}

TEST_CASE("requests have base64 keys and values, and large numbers as strings") {
  CHECK(encode_range({"a", "b"}) == R"({"key":"YQ==","range_end":"Yg=="})");
  CHECK(encode_grant(5) == R"({"TTL":"5"})");
  CHECK(encode_lease(-7) == R"({"ID":"-7"})");
  CHECK(encode_watch({"a", "b"}, 12) ==
        R"({"create_request":{"key":"YQ==","range_end":"Yg==","start_revision":"12"}})");
}

TEST_CASE("a transaction compares revisions and then applies its operations") {
  CHECK(encode_transaction({.unchanged = {{"a", 0}}, .puts = {{"a", "b"}}, .removed = {"b"}}) ==
        R"({"compare":[{"key":"YQ==","mod_revision":"0","result":"EQUAL","target":"MOD"}],)"
        R"("success":[{"request_put":{"key":"YQ==","value":"Yg=="}},)"
        R"({"request_delete_range":{"key":"Yg=="}}]})");
  CHECK(encode_transaction({.unchanged = {},
                            .puts = {{.key = "a", .value = {}, .lease = 7587862900000000001}},
                            .removed = {}}) ==
        R"({"compare":[],)"
        R"("success":[{"request_put":{"key":"YQ==","lease":"7587862900000000001","value":""}}]})");
}

TEST_CASE("a login is encoded with any password") {
  CHECK(encode_login("u", "p\"\\\n") == R"({"name":"u","password":"p\"\\\n"})");
  CHECK_FALSE(encode_login("u", "\xff\xfe").empty());
}

TEST_CASE("fields that etcd omits from a range have default values") {
  const auto range = decode_range(
      R"({"header":{"revision":"42"},"kvs":[{"key":"YQ==","mod_revision":"7","value":"Yg==",)"
      R"("lease":"9"},{"key":"Yg=="}],"count":"2"})");
  REQUIRE(range);
  CHECK(range->revision == 42);
  REQUIRE(range->pairs.size() == 2);
  CHECK(range->pairs[0] == EtcdKeyValue{"a", "b", 7, 9});
  CHECK(range->pairs[1] == EtcdKeyValue{"b", "", 0, 0});
  const auto none = decode_range(R"({"header":{"revision":"1"}})");
  REQUIRE(none);
  CHECK(none->pairs.empty());
}

TEST_CASE("a failed transaction is recognized by a missing field") {
  CHECK(*decode_transaction(R"({"header":{},"succeeded":true})"));
  CHECK_FALSE(*decode_transaction(R"({"header":{}})"));
}

TEST_CASE("a lease has the granted time, and an expired one has none left") {
  const auto lease = decode_grant(R"({"header":{},"ID":"7587862900000000001","TTL":"2"})");
  REQUIRE(lease);
  CHECK(lease->id == 7587862900000000001);
  CHECK(lease->ttl_seconds == 2);
  CHECK(*decode_keep_alive(R"({"result":{"header":{},"ID":"1","TTL":"5"}})") == 5);
  CHECK(*decode_keep_alive(R"({"result":{"header":{},"ID":"1"}})") == 0);
  CHECK(*decode_keep_alive(R"({"result":{"header":{},"ID":"1","TTL":"-1"}})") == 0);
}

TEST_CASE("the lines of a watch report its creation, changes and its end") {
  const auto created = decode_watch_line(R"({"result":{"header":{},"created":true}})");
  REQUIRE(created);
  CHECK(created->is_created);
  CHECK_FALSE(created->has_events);
  const auto changed = decode_watch_line(
      R"({"result":{"header":{},"events":[{"type":"DELETE","kv":{"key":"YQ=="}}]}})");
  REQUIRE(changed);
  CHECK(changed->has_events);
  const auto canceled = decode_watch_line(R"({"result":{"canceled":true,"compact_revision":"9"}})");
  REQUIRE(canceled);
  CHECK(canceled->is_canceled);
  CHECK(canceled->reason == "the revision is compacted");
  const auto failed = decode_watch_line(R"({"error":{"grpc_code":14,"message":"no leader"}})");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().text == "etcd: no leader");
}

TEST_CASE("a malformed reply is an error and never an exception") {
  for (const char* body :
       {"", "{", "[]", "1", "null", "\"x\"", "<html>", "{\"kvs\":[]}",
        "{\"result\":1,\"header\":1,\"ID\":[],\"token\":{}}", "{\"header\":[],\"kvs\":\"x\"}",
        "{\"header\":{},\"kvs\":[1,null,[]]}", "{\"error\":\"x\"}", "{\"error\":{}}", "\xff\xfe"}) {
    CAPTURE(body);
    std::ignore = decode_range(body);
    std::ignore = decode_transaction(body);
    std::ignore = decode_grant(body);
    std::ignore = decode_keep_alive(body);
    std::ignore = decode_watch_line(body);
    std::ignore = decode_login(body);
    std::ignore = decode_refusal(body);
  }
  CHECK_FALSE(decode_range("{}"));
  CHECK_FALSE(decode_transaction("<html>"));
  CHECK_FALSE(decode_grant(R"({"header":{}})"));
  CHECK_FALSE(decode_grant(R"({"header":{},"ID":"7"})"));
  CHECK_FALSE(decode_grant(R"({"header":{},"ID":"x","TTL":"2"})"));
  CHECK_FALSE(decode_login("{}"));
  const auto long_one = decode_range(std::string(10'000, 'x'));
  REQUIRE_FALSE(long_one);
  CHECK(long_one.error().text.size() < 300);
}

TEST_CASE("refusals are parsed in both forms") {
  const EtcdRefusal plain =
      decode_refusal(R"({"error":"invalid auth token","code":16,"message":"invalid auth token"})");
  CHECK(plain.code == EtcdRefusal::kUnauthenticated);
  CHECK(plain.message == "invalid auth token");
  const EtcdRefusal streamed =
      decode_refusal(R"({"error":{"grpc_code":7,"http_code":403,"message":"permission denied"}})");
  CHECK(streamed.code == 7);
  CHECK(streamed.message == "permission denied");
  CHECK(decode_refusal("404 page not found").code == 0);
}

}  // namespace
}  // namespace larder::server
