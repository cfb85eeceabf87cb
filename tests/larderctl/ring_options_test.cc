#include "larderctl/ring_options.h"

#include <catch2/catch.hpp>

namespace larder::ctl {
namespace {

std::string reason(const Words& words) {
  const auto options = parse_ring_options(words);
  return options ? "" : options.error().text;
}

std::string texts(const std::vector<client::RingNode>& nodes) {
  std::string text;
  for (const auto& node : nodes) text += node.text() + " ";
  return text;
}

TEST_CASE("--servers is the only required option") {
  const auto options = parse_ring_options({"--servers", "a:1,b:2:3"});
  REQUIRE(options);
  CHECK(options->kind == client::RingKind::Ketama);
  CHECK(options->servers[1].weight == 3);
  CHECK_FALSE(options->changes_nodes());
  CHECK(texts(options->servers_after()) == "a:1 b:2 ");
  CHECK(options->sample.key_count == 1'000'000);
  CHECK(options->sample.seed == 1);
}

TEST_CASE("servers are removed by name, and added ones are appended") {
  const auto options =
      parse_ring_options({"--add", "x:1:2", "--remove", "b:1:9", "--add", "[::1]:1", "--servers",
                          "a:1,b:1,c:1", "--hash", "jump", "--sample", "10", "--seed", "3"});
  REQUIRE(options);
  CHECK(options->changes_nodes());
  CHECK(texts(options->servers_after()) == "a:1 c:1 x:1 [::1]:1 ");
  CHECK(options->kind == client::RingKind::Jump);
  CHECK(options->sample.key_count == 10);
  CHECK(options->sample.seed == 3);
}

TEST_CASE("an invalid command line is refused with a reason") {
  CHECK(reason({}) == "--servers is missing");
  CHECK(reason({"--servers", "a"}) == "--servers: bad address 'a': expected host:port or /a/path");
  CHECK(reason({"--servers", "a:1", "--hash", "modula"}) == "unknown --hash modula");
  CHECK(reason({"--servers", "a:1", "--remove", "a:2"}) ==
        "--remove: a:2 is not one of the servers");
  CHECK(reason({"--servers", "a:1", "--add", "b:1:0"}) ==
        "--add: bad node 'b:1:0': the weight must be a number from 1 to 4294967295");
  CHECK(reason({"--servers", "a:1", "--plot", "ring.png"}) ==
        "--plot: the file name must end in .svg: ring.png");
  CHECK(reason({"--servers", "a:1", "--keys", ""}) == "--keys needs a file's name");
  CHECK(reason({"--servers", "a:1", "--sample", "0"}) ==
        "--sample needs a number from 1 to 1000000000, not '0'");
  for (const Words& more : {Words{"--add", "b:1"}, {"--remove", "a:1"}, {"--plot", "a.svg"}}) {
    Words words = {"--servers", "a:1", "--keys", "-"};
    words.insert(words.end(), more.begin(), more.end());
    CHECK(reason(words) == "--keys can only be combined with --hash and --servers");
  }
}

TEST_CASE("--help takes precedence over every other argument and error") {
  CHECK(parse_ring_options({"--help"})->help);
  CHECK(parse_ring_options({"--keys", "-", "--plot", "x", "--help"})->help);
}

TEST_CASE("the help names every kind of ring and its lines are short enough") {
  const std::string help = ring_help();
  for (const char* kind :
       {"ketama ", "ketama-plain ", "twemproxy ", "spymemcached ", "rendezvous ", "jump "}) {
    CHECK(help.find(std::string("  ") + kind) != std::string::npos);
  }
  for (size_t start = 0, end; (end = help.find('\n', start)) != std::string::npos;
       start = end + 1) {
    CHECK(end - start <= 100);
  }
}

}  // namespace
}  // namespace larder::ctl
