// Runs every transcript of tests/transcripts, against a turn in memory and against a server over
// TCP.
//
// LARDER_TRANSCRIPT_SERVER=127.0.0.1:11211 runs them against that server instead, such as
// memcached: those whose `$` line is LARDER_TRANSCRIPT_OPTIONS (or that have none), except for
// those that are specific to Larder.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "protocol/complaint.h"
#include "server/server.h"
#include "tests/server/worker/turn_fixture.h"
#include "tests/support/transcript_player.h"

namespace larder::server {
namespace {

using support::Peer;
using support::Player;
using support::Split;
using support::Transcript;

class TurnPeer : public Peer {
 public:
  explicit TurnPeer(const std::string& options) : fixture_(options) {}

  base::UniqueFd connect() override { return std::move(fixture_.connect().fd); }
  void settle() override { fixture_.settle(); }
  bool wait(int fd, short events) override {
    fixture_.settle();
    pollfd waited{fd, events, 0};
    return ::poll(&waited, 1, 0) == 1;
  }
  void pass_seconds(int seconds) override {
    fixture_.pass_seconds(static_cast<base::Time>(seconds));
  }

 private:
  TurnFixture fixture_;
};

class TcpPeer : public Peer {
 public:
  explicit TcpPeer(uint16_t port) : port_(port) {}

  base::UniqueFd connect() override {
    base::UniqueFd fd = support::connect_tcp(port_);
    if (fd) ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    return fd;
  }
  void settle() override {}
  bool wait(int fd, short events) override {
    pollfd waited{fd, events, 0};
    return ::poll(&waited, 1, support::kPatienceMilliseconds) == 1;
  }
  // The server's clock ticks once a second, so this also waits for its tick.
  void pass_seconds(int seconds) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(1100 * seconds + 1000));
  }

 private:
  const uint16_t port_;
};

class ServerPeer : public TcpPeer {
 public:
  explicit ServerPeer(std::unique_ptr<Server> server)
      : TcpPeer(server->listeners().front().port()), server_(std::move(server)) {
    thread_ = std::thread([this] { server_->run(); });
  }
  ~ServerPeer() override {
    server_->request_stop(StopKind::Normal);
    thread_.join();
  }
  static std::unique_ptr<ServerPeer> start(const std::string& options) {
    const Options chosen = options_of("-l 127.0.0.1 -p -1 -t 2 --log-level off " + options);
    auto started = Server::start(chosen);
    return std::make_unique<ServerPeer>(std::get<std::unique_ptr<Server>>(std::move(started)));
  }

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

const std::vector<Transcript>& transcripts() {
  static const std::vector<Transcript> kAll = support::read_transcripts("tests/transcripts");
  return kAll;
}

uint32_t seed() {
  static const uint32_t kSeed = [] {
    const char* given = std::getenv("LARDER_TEST_SEED");
    return given != nullptr ? static_cast<uint32_t>(std::stoul(given)) : std::random_device{}();
  }();
  return kSeed;
}

void play_in_memory(Split split) {
  CAPTURE(seed());
  for (const Transcript& transcript : transcripts()) {
    if (!transcript.tcp_only.empty()) continue;
    INFO(transcript.name);
    TurnPeer peer(transcript.options);
    CHECK(Player(transcript, peer, split, seed()).play() == "");
  }
}

TEST_CASE("transcripts pass when requests arrive whole") { play_in_memory(Split::Whole); }

TEST_CASE("transcripts pass when requests arrive byte by byte") { play_in_memory(Split::Bytes); }

TEST_CASE("transcripts pass when requests arrive in random pieces") {
  play_in_memory(Split::Random);
}

TEST_CASE("transcripts pass over TCP") {
  const char* address = std::getenv("LARDER_TRANSCRIPT_SERVER");
  const char* given = std::getenv("LARDER_TRANSCRIPT_OPTIONS");
  const std::string options_there = given != nullptr ? given : "";
  CAPTURE(seed());
  for (const Transcript& transcript : transcripts()) {
    INFO(transcript.name);
    std::unique_ptr<Peer> peer;
    if (address != nullptr) {
      if (!transcript.larder_only.empty() || transcript.options != options_there) continue;
      const std::string text = address;
      const auto port = static_cast<uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
      peer = std::make_unique<TcpPeer>(port);
    } else {
      peer = ServerPeer::start(transcript.options);
    }
    CHECK(Player(transcript, *peer, Split::Whole, seed()).play() == "");
  }
}

// --- Coverage of error texts and commands -------------------------------------------------------

// Whether a transcript expects this line.
bool is_expected_somewhere(std::string_view line) {
  return std::ranges::any_of(transcripts(), [&](const Transcript& transcript) {
    return std::ranges::any_of(transcript.steps, [&](const support::Step& step) {
      return step.act == support::Act::ExpectLine && step.text == line;
    });
  });
}

TEST_CASE("every complaint is produced by a transcript") {
  constexpr auto kLast = static_cast<int>(protocol::Complaint::LineTooLong);
  for (int number = 1; number <= kLast; ++number) {
    const std::string_view text = text_of(static_cast<protocol::Complaint>(number));
    INFO(text);
    CHECK(is_expected_somewhere(text));
  }
}

TEST_CASE("every outcome is produced by a transcript") {
  for (const char* line : {"STORED", "NOT_STORED", "EXISTS", "NOT_FOUND", "DELETED", "TOUCHED",
                           "OK", "RESET", "END", "VERSION 1.6.45"}) {
    INFO(line);
    CHECK(is_expected_somewhere(line));
  }
}

TEST_CASE("every command has a transcript with its name") {
  for (const char* command :
       {"add",       "append",    "cache_memlimit", "cas",   "decr",        "delete",
        "flush_all", "gat",       "gats",           "get",   "gets",        "incr",
        "prepend",   "quit",      "replace",        "set",   "shutdown",    "stats",
        "touch",     "verbosity", "version",        "lru",   "lru_crawler", "slabs",
        "watch",     "debugtime", "refresh_certs",  "config"}) {
    INFO(command);
    CHECK(std::ranges::any_of(transcripts(), [&](const Transcript& transcript) {
      return transcript.name == std::string(command) + ".txt";
    }));
  }
}

// --- The language of transcripts ----------------------------------------------------------------

TEST_CASE("escapes and repetitions in a transcript are expanded to bytes") {
  const support::Names names{{"cas", "17"}};
  CHECK(support::expand("a\\r\\n\\t\\\\\\{\\x00b", names) == std::string("a\r\n\t\\{\0b", 8));
  CHECK(support::expand("{ab*3}-{x*0}-{cas}", names) == "ababab--17");
  CHECK(support::expand("get{8..11| k#}", names) == "get k8 k9 k10 k11");
  CHECK(support::expand("{#12}", names) == "1,2,3,4,5,6,");
  CHECK_THROWS(support::expand("{unknown}", names));
}

TEST_CASE("an expected line can capture numbers") {
  support::Names names;
  CHECK(support::matches("VALUE k 0 1 170", "VALUE k 0 1 {=cas}", names));
  CHECK(names["cas"] == "170");
  CHECK(support::matches("3 and 4", "{=a} and {=b}", names));
  CHECK(names["b"] == "4");
  CHECK_FALSE(support::matches("VALUE k 0 1 x", "VALUE k 0 1 {=cas}", names));
  CHECK_FALSE(support::matches("VALUE k 0 1 170 ", "VALUE k 0 1 {=cas}", names));
}

TEST_CASE("a failed transcript reports where and how") {
  const auto played = [](std::vector<support::Step> steps) {
    const Transcript transcript{.name = "t.txt", .steps = std::move(steps)};
    TurnPeer peer("");
    return Player(transcript, peer, Split::Whole, 1).play();
  };
  using support::Act;
  const support::Step ask{.act = Act::Send, .line = 1, .text = "get a\\r\\n"};
  CHECK(played({ask, {.act = Act::ExpectLine, .line = 2, .text = "END"}}) == "");
  CHECK(played({ask}) == "t.txt: at its end came \"END\\r\\n\"");
  CHECK(played({ask, {.act = Act::ExpectLine, .line = 2, .text = "OK"}}) ==
        "t.txt:2: expected \"OK\", came \"END\"");
  CHECK(played({{.act = Act::ExpectLine, .line = 2, .text = "OK"}}) ==
        "t.txt:2: expected \"OK\", came \"\"");
  CHECK(played({ask, {.act = Act::ExpectBytes, .line = 2, .text = "ENE"}}) ==
        "t.txt:2: expected \"ENE\", came \"END\"");
  CHECK(played({ask, {.act = Act::Closed, .line = 2}}) == "t.txt:2: came \"END\\r\\n\"");
  CHECK(played({{.act = Act::Closed, .line = 2}}) == "t.txt:2: the connection is open");
  CHECK(played({ask,
                {.act = Act::ExpectLine, .line = 2, .text = "END"},
                {.act = Act::Stat, .line = 3, .text = "get_misses 2"}}) ==
        "t.txt:3: get_misses is 1 and not 2");
}

}  // namespace
}  // namespace larder::server
