#include "server/cluster/discovery.h"

#include <catch2/catch.hpp>

#include "tests/server/worker/turn_fixture.h"
#include "tests/support/binary_frames.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

using support::big_endian;
using support::BinaryRequest;
using support::BinaryResponse;
using support::frame_of;

const std::string kKey(Discovery::kClusterKey);
const std::string kNodes = "--nodes a.x:1|10.0.0.1,b.x:2";
const std::string kList = "1700000000\na.x|10.0.0.1|1 b.x||2\n";

std::string config(const std::string& name, const std::string& value, int flags = 0) {
  return "CONFIG " + name + " " + std::to_string(flags) + " " + std::to_string(value.size()) +
         "\r\n" + value + "\r\n";
}

std::string set(const std::string& name, const std::string& value, const char* end = "\r\n") {
  return "config set " + name + " 0 " + std::to_string(value.size()) + "\r\n" + value + end;
}

// A client of a server with these options.
struct Asked {
  explicit Asked(const std::string& options) : fixture(options), client(fixture.connect()) {}
  std::string operator()(const std::string& bytes) { return fixture.ask(client, bytes); }
  std::vector<BinaryResponse> operator()(const BinaryRequest& request) {
    return support::responses_in((*this)(frame_of(request)));
  }
  TurnFixture fixture;
  TurnFixture::Client& client;
};

TEST_CASE("config get cluster replies with the list, byte for byte") {
  Asked ask(kNodes);
  for (const char* line :
       {"config get cluster\r\n", "config get cluster \r\n", "config get cluster\n"}) {
    CAPTURE(line);
    CHECK(ask(line) == "CONFIG cluster 0 33\r\n" + kList + "\r\nEND\r\n");
  }
  CHECK(ask("config get other\r\n") == "END\r\n");
  CHECK(ask.fixture.counters.config_get_commands.get() == 4);
}

TEST_CASE("an empty line after the command is answered as an empty command") {
  Asked ask(kNodes);
  CHECK(ask("config get cluster\r\n\r\nmn\r\n") ==
        config("cluster", kList) + "END\r\nCLIENT_ERROR bad command line format\r\nMN\r\n");
}

TEST_CASE("a reply is sent with one system call") {
  TurnFixture fixture(kNodes);
  auto& client = fixture.connect(0, SOCK_SEQPACKET);
  fixture.send_some(client, "config get cluster\r\n");
  fixture.settle();
  CHECK(fixture.receive_some(client) == config("cluster", kList) + "END\r\n");
}

TEST_CASE("without a list the cluster is the server that was asked") {
  Asked ask("");
  CHECK(ask("config get cluster\r\n") ==
        config("cluster", "1\n127.0.0.1|127.0.0.1|11211\n") + "END\r\n");
  ask.fixture.discovery.set_tcp_port(0);  // there is no port to report
  CHECK(ask("config get cluster\r\n") == "END\r\n");
}

TEST_CASE("changes and the list of configurations require the option config_set") {
  Asked ask(kNodes);
  const std::string refusal = "CLIENT_ERROR config set, delete and list are not enabled\r\n";
  CHECK(ask(set("k", "v")) == refusal);
  CHECK(ask("config set k 0 1 noreply\r\nv\r\n").empty());
  CHECK(ask("config delete k\r\n") == refusal);
  CHECK(ask("config get \r\n") == refusal);
  // A value of any size is skipped, also if it arrives slowly, and is not read as commands.
  std::string value;
  while (value.size() < 200'000) value += "mn\r\n";
  CHECK(ask(set("k", value) + "mn\r\n") == refusal + "MN\r\n");
  CHECK(ask("config set k 0 9\r\n123").empty());
  CHECK(ask("456789\r\nmn\r\n") == refusal + "MN\r\n");
  CHECK(ask.fixture.counters.config_set_commands.get() == 0);
}

TEST_CASE("a configuration is set, read, listed and deleted") {
  Asked ask("-o config_set " + kNodes);
  CHECK(ask("config get\r\n") == config("cluster", kList) + "END\r\n");
  CHECK(ask("config set b 7 3\r\nb\n\n\r\n") == "STORED\r\n");
  CHECK(ask(set("a", "")) == "STORED\r\n");
  CHECK(ask("config get b\r\n") == config("b", "b\n\n", 7) + "END\r\n");
  CHECK(ask("config get \r\n") ==
        config("cluster", kList) + config("a", "") + config("b", "b\n\n", 7) + "END\r\n");
  CHECK(ask("config set b 0 1 noreply\r\nc\r\nconfig get b\r\n") == config("b", "c") + "END\r\n");
  CHECK(ask("config delete b\r\n") == "DELETED\r\n");
  CHECK(ask("config delete b\r\n") == "NOT_FOUND\r\n");
  CHECK(ask("config delete a noreply\r\nconfig get a\r\n") == "END\r\n");
  CHECK(ask.fixture.counters.config_set_commands.get() == 3);
}

TEST_CASE("there are at most sixteen configurations, including the cluster") {
  Asked ask("-o config_set");
  for (int i = 1; i < 16; ++i) REQUIRE(ask(set("k" + std::to_string(i), "v")) == "STORED\r\n");
  CHECK(ask.fixture.discovery.entry_count() == 16);
  CHECK(ask(set("k16", "v")) == "SERVER_ERROR too many configurations\r\n");
  CHECK(ask(set("k15", "w")) == "STORED\r\n");
  CHECK(ask(set("cluster", "2\na.x||1\n")) == "STORED\r\n");
  CHECK(ask("config delete k1\r\n") == "DELETED\r\n");
  CHECK(ask(set("k16", "v")) == "STORED\r\n");
}

TEST_CASE("a configuration has up to 65536 bytes, and may arrive in any pieces") {
  Asked ask("-o config_set");
  const std::string largest(65536, 'v');
  CHECK(ask(set("k", largest)) == "STORED\r\n");
  CHECK(difference(ask("config get k\r\n"), config("k", largest) + "END\r\n") == "");
  std::string slowly = set("k", std::string(9000, 'w') + std::string(9000, '\n')) + "mn\r\n";
  std::string answer;
  for (size_t i = 0; i < slowly.size(); i += 1000) answer += ask(slowly.substr(i, 1000));
  CHECK(answer == "STORED\r\nMN\r\n");
  CHECK(ask(set("k", largest + "v") + "mn\r\n") ==
        "SERVER_ERROR object too large for cache\r\nMN\r\n");
}

TEST_CASE("a value without its line end is not stored as a configuration") {
  Asked ask("-o config_set");
  CHECK(ask("config set k 0 1\r\nvwx\r\n") ==
        "CLIENT_ERROR bad data chunk\r\nCLIENT_ERROR bad command line format\r\n");
  CHECK(ask("set k 0 0 1\r\nvwx\r\n") ==
        "CLIENT_ERROR bad data chunk\r\nCLIENT_ERROR bad command line format\r\n");
  CHECK(ask("config get k\r\n") == "END\r\n");
  CHECK(ask("config set k x 4\r\nmn\r\n\r\nmn\r\n") ==
        "CLIENT_ERROR bad command line format\r\nMN\r\n");
}

TEST_CASE("a cluster list from a client is validated") {
  Asked ask("-o config_set");
  CHECK(ask(set("cluster", "12\nb.x||1 a.x|10.0.0.1|1\n")) == "STORED\r\n");
  const std::string list = config("cluster", "12\na.x|10.0.0.1|1 b.x||1\n") + "END\r\n";
  CHECK(ask("config get cluster\r\n") == list);
  const std::string bad = "CLIENT_ERROR bad list of cluster nodes: see the log\r\n";
  CHECK(ask(set("cluster", "12\na.x||1\n")) ==
        "CLIENT_ERROR the version of the cluster must increase\r\n");
  CHECK(ask(set("cluster", "13\na_b.x||1\n")) == bad);
  CHECK(ask("config set cluster 1 11\r\n13\na.x||1 \n\r\n") == bad);
  CHECK(ask("config set cluster 1 10\r\n13\na.x||1\n\r\n") == bad);  // clients expect flags 0
  CHECK(ask("config get cluster\r\n") == list);
  CHECK(ask("config delete cluster\r\n") == "DELETED\r\n");
  CHECK(ask("config delete cluster\r\n") == "NOT_FOUND\r\n");
}

TEST_CASE("clients without config read the list as an item") {
  Asked ask(kNodes);
  CHECK(ask("get " + kKey + "\r\n") == hit(kKey, kList) + "END\r\n");
  CHECK(ask("get a " + kKey + " b\r\n") == hit(kKey, kList) + "END\r\n");
  CHECK(ask("gets " + kKey + "\r\n") ==
        "VALUE " + kKey + " 0 33 1700000000\r\n" + kList + "\r\nEND\r\n");
  CHECK(ask("mg " + kKey + " v k s c\r\n") ==
        "VA 33 k" + kKey + " s33 c1700000000\r\n" + kList + "\r\n");
  CHECK(ask("mg " + kKey + " s\r\n") == "HD s33\r\n");
  CHECK(ask("mg " + kKey + " v N30\r\n") == "VA 33\r\n" + kList + "\r\n");
  CHECK(ask.fixture.counters.config_get_commands.get() == 6);
  CHECK(ask.fixture.counters.get_misses.get() == 2);  // a and b
}

TEST_CASE("the key of the list cannot be written") {
  Asked ask(kNodes);
  const std::string refusal = "CLIENT_ERROR the key is reserved for the list of cluster nodes\r\n";
  for (const char* verb : {"set", "add", "replace", "append", "prepend"}) {
    CAPTURE(verb);
    CHECK(ask(verb + (" " + kKey) + " 0 0 1\r\nv\r\n") == refusal);
  }
  CHECK(ask("cas " + kKey + " 0 0 1 1700000000\r\nv\r\n") == refusal);
  CHECK(ask("set " + kKey + " 0 0 1 noreply\r\nv\r\n").empty());
  CHECK(ask("ms " + kKey + " 1\r\nv\r\n") == refusal);
  CHECK(ask("ma " + kKey + " N0\r\n") == refusal);
  CHECK(ask("incr " + kKey + " 1\r\n") == "NOT_FOUND\r\n");
  CHECK(ask("delete " + kKey + "\r\n") == "NOT_FOUND\r\n");
  const std::string large(100'000, 'v');
  CHECK(ask("set " + kKey + " 0 0 100000\r\n" + large + "\r\nmn\r\n") == refusal + "MN\r\n");
  CHECK(ask("get " + kKey + "\r\n") == hit(kKey, kList) + "END\r\n");
}

TEST_CASE("without a configured cluster the key is an ordinary item") {
  Asked ask("");
  CHECK(ask("get " + kKey + "\r\n") == hit(kKey, "1\n127.0.0.1|127.0.0.1|11211\n") + "END\r\n");
  ask.fixture.set(ask.client, kKey, "12\nstaged||1\n");
  CHECK(ask("get " + kKey + "\r\n") == hit(kKey, "12\nstaged||1\n") + "END\r\n");
}

TEST_CASE("binary clients read the list by its opcodes") {
  Asked ask(kNodes);
  const auto plain = ask(BinaryRequest{.opcode = 0x60, .key = "cluster"});
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].opcode == 0x60);
  CHECK(plain[0].status == 0);
  CHECK(plain[0].extras == big_endian(0, 4));
  CHECK(plain[0].key.empty());
  CHECK(plain[0].value == kList);
  CHECK(plain[0].opaque == 0xdeadbeef);
  const auto with_key = ask(BinaryRequest{.opcode = 0x63, .key = "cluster"});
  REQUIRE(with_key.size() == 1);
  CHECK(with_key[0].key == "cluster");
  CHECK(with_key[0].value == kList);
  for (const uint8_t opcode : std::initializer_list<uint8_t>{0x60, 0x62}) {
    const auto miss = ask(BinaryRequest{.opcode = opcode, .key = "other"});
    REQUIRE(miss.size() == 1);
    CHECK(miss[0].status == 1);
    CHECK(miss[0].key == (opcode == 0x62 ? "other" : ""));
  }
  CHECK(ask(BinaryRequest{.opcode = 0x61, .key = "other"}).empty());
  CHECK(ask(BinaryRequest{.opcode = 0x63, .key = "other"}).empty());
  const auto item = ask(BinaryRequest{.opcode = 0x0c, .key = kKey});
  REQUIRE(item.size() == 1);
  CHECK(item[0].key == kKey);
  CHECK(item[0].value == kList);
  CHECK(item[0].cas == 1'700'000'000);
  const auto stored =
      ask(BinaryRequest{.opcode = 0x01, .extras = std::string(8, '\0'), .key = kKey, .value = "v"});
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].status == 4);
  const auto counted =
      ask(BinaryRequest{.opcode = 0x05, .extras = std::string(20, '\0'), .key = kKey});
  REQUIRE(counted.size() == 1);
  CHECK(counted[0].status == 4);
}

TEST_CASE("binary changes without permission are refused as unknown") {
  Asked ask(kNodes);
  const std::string flags(4, '\0');
  for (const BinaryRequest& request :
       {BinaryRequest{.opcode = 0x64, .extras = flags, .key = "k", .value = "v"},
        BinaryRequest{.opcode = 0x65, .extras = flags, .key = "k", .value = "v"},
        BinaryRequest{
            .opcode = 0x64, .extras = flags, .key = "k", .value = std::string(100'000, 'v')},
        BinaryRequest{.opcode = 0x66, .key = "k"}, BinaryRequest{.opcode = 0x67, .key = "k"},
        BinaryRequest{.opcode = 0x68}}) {
    CAPTURE(int{request.opcode});
    const auto refused = ask(request);
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].opcode == request.opcode);
    CHECK(refused[0].status == 0x81);
    CHECK(refused[0].value == "config set, delete and list are not enabled");
  }
}

TEST_CASE("binary clients set, list and delete") {
  Asked ask("-o config_set " + kNodes);
  const auto status_of = [&](const BinaryRequest& request) {
    const auto responses = ask(request);
    REQUIRE(responses.size() == 1);
    CHECK(responses[0].extras.empty());
    CHECK(responses[0].key.empty());
    return responses[0].status;
  };
  const std::string flags = big_endian(7, 4);
  const std::string large(60'000, 'v');
  CHECK(status_of({.opcode = 0x64, .extras = flags, .key = "k", .value = large}) == 0);
  CHECK(ask(BinaryRequest{.opcode = 0x65, .extras = flags, .key = "q", .value = "w"}).empty());
  CHECK(status_of({.opcode = 0x65, .extras = flags, .key = "q", .value = large + large}) == 3);
  CHECK(status_of({.opcode = 0x65, .extras = flags, .key = "cluster", .value = "2\na.x||1\n"}) ==
        4);
  const auto list = ask(BinaryRequest{.opcode = 0x68});
  REQUIRE(list.size() == 4);
  CHECK(list[0].key == "cluster");
  CHECK(list[0].value == kList);
  CHECK(list[1].key == "k");
  CHECK(list[1].extras == flags);
  CHECK(list[1].value == large);
  CHECK(list[1].cas == 0);
  CHECK(list[2].key == "q");
  CHECK(list[3].extras + list[3].key + list[3].value == "");
  for (const BinaryResponse& response : list) CHECK(response.opcode == 0x68);
  CHECK(status_of({.opcode = 0x66, .key = "k"}) == 0);
  CHECK(status_of({.opcode = 0x67, .key = "k"}) == 1);
  CHECK(ask(BinaryRequest{.opcode = 0x67, .key = "q"}).empty());
  CHECK(ask(BinaryRequest{.opcode = 0x68}).size() == 2);
}

TEST_CASE("unauthenticated clients cannot read the cluster") {
  const support::TemporaryFile users("user:secret\n");
  Asked ask(kNodes + " -o config_set -Y " + users.path());
  for (const char* line : {"config get cluster\r\n", "config delete k\r\n"}) {
    CAPTURE(line);
    CHECK(ask(line) == "CLIENT_ERROR unauthenticated\r\n");
  }
  CHECK(ask("set x 0 0 11\r\nuser secret\r\n") == "STORED\r\n");
  CHECK(ask("config get cluster\r\n") == config("cluster", kList) + "END\r\n");
}

}  // namespace
}  // namespace larder::server
