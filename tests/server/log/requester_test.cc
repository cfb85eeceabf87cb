// The origin that a log line of a change names.
#include "server/log/requester.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

namespace larder::server {
namespace {

nlohmann::json fields_of(const Requester& by) {
  LogLine line(LogFormat::Json, 0, LogLevel::Info, "flush_all", "A client flushes all items.");
  add_requester(line, by);
  return nlohmann::json::parse(line.finish());
}

PeerAddress local_address() {
  PeerAddress peer{.port = 4000, .family = PeerAddress::Family::Inet};
  peer.host = {127, 0, 0, 1};
  return peer;
}

TEST_CASE("a client is identified by address, dialect, and user if logged in") {
  Client client{.descriptor = 7, .peer = local_address(), .user = nullptr};
  const nlohmann::json stranger = fields_of({&client, protocol::Dialect::Binary});
  CHECK(stranger["client"] == "127.0.0.1:4000");
  CHECK(stranger["dialect"] == "binary");
  CHECK_FALSE(stranger.contains("user"));
  client.user = std::make_unique<const std::string>("an\"na");
  const nlohmann::json known = fields_of({&client, protocol::Dialect::Text});
  CHECK(known["user"] == "an\"na");
  CHECK(known["dialect"] == "text");
  CHECK(fields_of({&client, protocol::Dialect::Meta})["dialect"] == "meta");
}

TEST_CASE("a client of a Unix socket has no address") {
  const Client client;
  CHECK(fields_of({&client, protocol::Dialect::Text})["client"] == "unix");
}

TEST_CASE("a signal has neither a user nor a dialect") {
  const nlohmann::json fields = fields_of({});
  CHECK(fields["client"] == "signal");
  CHECK_FALSE(fields.contains("user"));
  CHECK_FALSE(fields.contains("dialect"));
}

}  // namespace
}  // namespace larder::server
