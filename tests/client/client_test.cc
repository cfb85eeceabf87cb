#include "client/client.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "tests/support/larder_process.h"
#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using support::LarderProcess;

Options options_of(const std::vector<Address>& addresses) {
  Options options;
  for (const Address& address : addresses) options.nodes.push_back({.address = address});
  options.connect_timeout = 5s;
  options.request_timeout = 10s;
  return options;
}

std::unique_ptr<Client> make(const Options& options) {
  auto client = Client::make(options);
  REQUIRE(client);
  return std::move(*client);
}

// One client for all tests that do not disturb it.
Client& shared_client() {
  static const LarderProcess larder({"-I", "8m"});
  static const std::unique_ptr<Client> client = make(options_of({larder.address()}));
  return *client;
}

// The value, or a text that says why there is none.
std::string value_of(const Result<std::optional<Item>>& item) {
  if (!item) return "error: " + item.error().text;
  return *item ? (*item)->value : "nothing";
}

TEST_CASE("get returns what set stored, with its flags") {
  Client& client = shared_client();
  REQUIRE(*client.set("set", "v\r\n\0"s, {.flags = 4294967295}) == WriteOutcome::Stored);
  const auto item = client.get("set");
  REQUIRE(item);
  REQUIRE(*item);
  CHECK((*item)->value == "v\r\n\0"s);
  CHECK((*item)->flags == 4294967295);
  CHECK((*item)->cas != 0);
  CHECK_FALSE((*item)->is_stale);
  CHECK(value_of(client.get("set-not")) == "nothing");
  REQUIRE(client.set("set", ""));
  CHECK(value_of(client.get("set")).empty());
}

TEST_CASE("keys may contain any bytes and have the maximum length") {
  Client& client = shared_client();
  std::set<std::string> keys;
  for (int byte = 0; byte < 256; ++byte) {
    keys.insert(std::string(1, static_cast<char>(byte)));
    keys.insert("k" + std::string(1, static_cast<char>(byte)) + "y");
  }
  for (size_t size = 1; size <= 186; ++size) keys.insert(std::string(size, ' '));
  keys.insert(std::string(250, 'k'));
  keys.insert("v f c O1");
  for (const std::string& key : keys) {
    REQUIRE(*client.set(key, "of " + key) == WriteOutcome::Stored);
  }
  for (const std::string& key : keys) CHECK(value_of(client.get(key)) == "of " + key);
  CHECK_FALSE(client.get(std::string(187, ' ')));
  CHECK_FALSE(client.get(""));
}

TEST_CASE("values may be large, and a too large one is an error that affects nothing else") {
  Client& client = shared_client();
  std::string large(7 << 20, 'x');
  for (size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>(i);
  REQUIRE(client.set("large", large));
  CHECK(value_of(client.get("large")) == large);
  const auto refused = client.set("large", std::string(9 << 20, 'x'));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("object too large for cache") != std::string::npos);
  CHECK(client.set("large", "small"));
}

TEST_CASE("add, replace, append and prepend depend on whether the item exists") {
  Client& client = shared_client();
  CHECK(*client.replace("mode", "x") == WriteOutcome::NotStored);
  CHECK(*client.append("mode", "x") == WriteOutcome::NotStored);
  CHECK(*client.prepend("mode", "x") == WriteOutcome::NotStored);
  CHECK(*client.add("mode", "b") == WriteOutcome::Stored);
  CHECK(*client.add("mode", "x") == WriteOutcome::NotStored);
  CHECK(*client.append("mode", "c") == WriteOutcome::Stored);
  CHECK(*client.prepend("mode", "a") == WriteOutcome::Stored);
  CHECK(value_of(client.get("mode")) == "abc");
  CHECK(*client.replace("mode", "d") == WriteOutcome::Stored);
  CHECK(value_of(client.get("mode")) == "d");
}

TEST_CASE("compare and set stores only if the value has not changed since it was read") {
  Client& client = shared_client();
  CHECK(*client.compare_and_set("cas", "x", 1) == WriteOutcome::NotFound);
  REQUIRE(client.set("cas", "a"));
  const uint64_t cas = (*client.get("cas"))->cas;
  CHECK(*client.compare_and_set("cas", "b", cas, {.flags = 5}) == WriteOutcome::Stored);
  CHECK(*client.compare_and_set("cas", "c", cas) == WriteOutcome::Exists);
  CHECK(value_of(client.get("cas")) == "b");
  CHECK((*client.get("cas"))->flags == 5);
}

TEST_CASE("counters are incremented and decremented") {
  Client& client = shared_client();
  CHECK(*client.increment("count") == std::nullopt);
  CHECK(*client.increment("count", 5, InitialCount{.value = 40}) == 40u);
  CHECK(*client.increment("count", 2) == 42u);
  CHECK(*client.decrement("count", 50) == 0u);
  CHECK(*client.increment("count", ~uint64_t{0}) == ~uint64_t{0});
  CHECK(*client.increment("count", 2) == 1u);
  REQUIRE(client.set("count", "many"));
  const auto refused = client.increment("count");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("non-numeric") != std::string::npos);
}

TEST_CASE("touch, get and touch, and remove") {
  Client& client = shared_client();
  CHECK_FALSE(*client.touch("touch", 60s));
  CHECK_FALSE(*client.remove("touch"));
  CHECK(value_of(client.get_and_touch("touch", 60s)) == "nothing");
  REQUIRE(client.set("touch", "v"));
  CHECK(*client.touch("touch", 60s));
  CHECK(value_of(client.get_and_touch("touch", 60s)) == "v");
  CHECK(*client.touch("touch", -1s));
  CHECK(value_of(client.get("touch")) == "nothing");
  REQUIRE(client.set("touch", "v"));
  CHECK(*client.remove("touch"));
  CHECK(value_of(client.get("touch")) == "nothing");
}

TEST_CASE("an item expires after its time to live, also after one set by a touch") {
  Client& client = shared_client();
  REQUIRE(client.set("ttl-set", "v", {.ttl = 1s}));
  REQUIRE(client.set("ttl-touched", "v"));
  REQUIRE(*client.touch("ttl-touched", 1s));
  REQUIRE(client.set("ttl-got", "v"));
  REQUIRE(*client.get_and_touch("ttl-got", 1s));
  REQUIRE(client.set("ttl-long", "v", {.ttl = 24h * 60}));
  std::this_thread::sleep_for(2200ms);
  CHECK(value_of(client.get("ttl-set")) == "nothing");
  CHECK(value_of(client.get("ttl-touched")) == "nothing");
  CHECK(value_of(client.get("ttl-got")) == "nothing");
  CHECK(value_of(client.get("ttl-long")) == "v");
}

TEST_CASE("a get of many keys returns one result for each key, over all nodes") {
  const LarderProcess a;
  const LarderProcess b;
  const LarderProcess c;
  const auto client = make(options_of({a.address(), b.address(), c.address()}));
  std::vector<std::string> keys;
  std::vector<std::string> values;
  std::vector<Client::Entry> entries;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back("key " + std::to_string(i));
    values.push_back(std::string(static_cast<size_t>(i) * 7 % 5000, 'v') + std::to_string(i));
  }
  for (size_t i = 0; i < keys.size(); i += 2) entries.push_back({keys[i], values[i]});
  for (const auto& outcome : client->set_many(entries)) CHECK(*outcome == WriteOutcome::Stored);
  const auto items = client->get_many(keys);
  REQUIRE(items.size() == keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    CHECK(value_of(items[i]) == (i % 2 == 0 ? values[i] : "nothing"));
  }
}

TEST_CASE("the first reader of an invalidated item gets a miss and the others get it stale") {
  Client& client = shared_client();
  CHECK_FALSE(*client.invalidate("stale", 30s));
  REQUIRE(client.set("stale", "old"));
  CHECK(*client.invalidate("stale", 30s));
  CHECK(value_of(client.get("stale")) == "nothing");
  const auto item = client.get("stale");
  CHECK(value_of(item) == "old");
  CHECK((*item)->is_stale);
  REQUIRE(client.set("stale", "new"));
  CHECK(value_of(client.get("stale")) == "new");
  CHECK_FALSE((*client.get("stale"))->is_stale);
}

TEST_CASE("a touch does not consume the recomputation of a stale item") {
  Client& client = shared_client();
  REQUIRE(client.set("stale-touched", "old"));
  REQUIRE(*client.invalidate("stale-touched", 30s));
  CHECK(*client.touch("stale-touched", 60s));
  CHECK(value_of(client.get("stale-touched")) == "nothing");
  CHECK(value_of(client.get("stale-touched")) == "old");
  // Another client already has the claim, and keeps it.
  CHECK(*client.touch("stale-touched", 60s));
  CHECK(value_of(client.get("stale-touched")) == "old");
}

TEST_CASE("invalidate refuses an unlimited or negative time to live") {
  Client& client = shared_client();
  REQUIRE(client.set("stale-ever", "v"));
  for (const auto ttl : {0s, -1s}) {
    const auto refused = client.invalidate("stale-ever", ttl);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text.find("time to live") != std::string::npos);
  }
  CHECK(value_of(client.get("stale-ever")) == "v");
}

TEST_CASE("jump hashing and ejection cannot be combined") {
  Options options = options_of({*parse_address("127.0.0.1:1")});
  options.ring = RingKind::Jump;
  const auto refused = Client::make(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text.find("use Strict") != std::string::npos);
  options.failure_mode = FailureMode::Strict;
  CHECK(Client::make(options));
}

TEST_CASE("a failed node is ejected, its keys move to other nodes, and it returns") {
  LarderProcess a;
  const LarderProcess b;
  Options options = options_of({a.address(), b.address()});
  options.health = {.failures_max = 2, .backoff_min = 300ms, .backoff_max = 300ms, .jitter = 0};
  const auto client = make(options);
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("key" + std::to_string(i));
  const auto failed_count = [&] {
    size_t count = 0;
    for (const std::string& key : keys) count += !client->set(key, "v").has_value();
    return count;
  };
  CHECK(failed_count() == 0);
  a.kill();
  CHECK(failed_count() == 2);  // failures_max of them
  CHECK(client->nodes()[0].is_ejected);
  CHECK(failed_count() == 0);
  a.restart();
  std::this_thread::sleep_for(300ms);
  CHECK(failed_count() == 0);
  CHECK_FALSE(client->nodes()[0].is_ejected);
  CHECK(client->nodes()[0].failures == 0);
}

TEST_CASE("without ejection the keys of a failed node fail until it returns") {
  LarderProcess a;
  const LarderProcess b;
  Options options = options_of({a.address(), b.address()});
  options.failure_mode = FailureMode::Strict;
  options.health = {.failures_max = 1, .backoff_min = 300ms, .backoff_max = 300ms, .jitter = 0};
  const auto client = make(options);
  std::vector<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.push_back("key" + std::to_string(i));
  const auto failed_count = [&] {
    size_t count = 0;
    for (const std::string& key : keys) count += !client->set(key, "v").has_value();
    return count;
  };
  CHECK(failed_count() == 0);
  a.kill();
  const size_t its_count = failed_count();
  CHECK(its_count > 10);
  CHECK(its_count < 90);
  a.restart();
  std::this_thread::sleep_for(300ms);
  CHECK(failed_count() == 0);
}

TEST_CASE("requests to a stopped server time out and later ones get the right replies") {
  LarderProcess larder;
  Options options = options_of({larder.address()});
  options.request_timeout = 100ms;
  options.health.failures_max = 0;
  const auto client = make(options);
  REQUIRE(client->set("a", "of a"));
  REQUIRE(client->set("b", "of b"));
  larder.pause();
  const auto item = client->get("a");
  larder.resume();
  REQUIRE_FALSE(item);
  CHECK(item.error().text.find("timed out") != std::string::npos);
  // The first request may still time out, because the process has just been resumed.
  std::string value;
  for (int i = 0; i < 100 && value != "of b"; ++i) {
    value = value_of(client->get("b"));
    CHECK((value == "of b" || value.starts_with("error: ")));
  }
  CHECK(value == "of b");
}

std::string config(const std::string& text) {
  return "CONFIG cluster 0 " + std::to_string(text.size()) + "\r\n" + text + "\r\nEND\r\n";
}

std::string node_text(const Address& address) {
  return "localhost|127.0.0.1|" + std::to_string(address.port);
}

TEST_CASE("the client follows the list of nodes that discovery reports") {
  const LarderProcess a;
  const LarderProcess b;
  std::atomic<int> version = 3;
  support::ScriptedServer seed([&](support::ScriptedPeer& peer) {
    if (peer.line() != "config get cluster") return;
    const std::string list = version >= 5 ? node_text(a.address()) + " " + node_text(b.address())
                                          : node_text(a.address());
    peer.say(config(std::to_string(version) + "\n" + list + "\n"));
  });
  Options options = options_of({seed.address()});
  options.discovery.emplace();
  const auto client = make(options);
  CHECK(client->cluster_version() == 3);
  REQUIRE(client->nodes().size() == 1);
  CHECK(client->nodes()[0].address == a.address());
  CHECK(client->set("k", "v"));

  CHECK_FALSE(*client->poll());
  version = 2;
  CHECK_FALSE(*client->poll());
  CHECK(client->cluster_version() == 3);
  version = 5;
  CHECK(*client->poll());
  CHECK(client->nodes().size() == 2);
  for (int i = 0; i < 100; ++i) CHECK(client->set("key" + std::to_string(i), "v"));
}

TEST_CASE("discovery fails without an announcing server, and may use host names") {
  std::string answer = "ERROR\r\n";
  support::ScriptedServer seed([&](support::ScriptedPeer& peer) {
    peer.line();
    peer.say(answer);
  });
  Options options = options_of({seed.address()});
  options.discovery = DiscoveryOptions{.uses_ip = false};
  SECTION("no server announces a list") {
    const auto client = Client::make(options);
    REQUIRE_FALSE(client);
    CHECK(client.error().text.find("ERROR") != std::string::npos);
  }
  SECTION("host names") {
    answer = config("1\nlocalhost|127.0.0.1|21000\n");
    CHECK(make(options)->nodes()[0].address.host == "localhost");
  }
  SECTION("no discovery") {
    options.discovery.reset();
    CHECK_FALSE(make(options)->poll());
  }
}

}  // namespace
}  // namespace larder::client
