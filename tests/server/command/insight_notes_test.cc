#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "protocol/parse.h"
#include "server/command/executor.h"
#include "server/command/request_key.h"
#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

Options all_on() {
  Options options;
  options.worker_count = 1;
  options.counts_hot_keys = true;
  options.estimates_curve = true;
  return options;
}

// An executor that reports all executed requests to Insight.
struct ToldFixture : AdminFixture {
  ToldFixture() : AdminFixture(all_on()) {
    clock.tick(now);
    executor.begin_turn();
  }

  void run(std::string_view line, std::string_view value = "") {
    const std::string_view kept = lines.emplace_back(std::string(line) + "\r\n");
    protocol::Request request;
    REQUIRE(protocol::parse_text(kept, 0, &request).verdict == protocol::Verdict::Complete);
    uint64_t hash = 0;
    hash_key(request, executor, &hash);
    Outbox out(0);
    executor.execute(request, value, hash, out);
  }

  // The number of recorded requests per key.
  std::map<std::string, double> seen() {
    std::map<std::string, double> counts;
    for (const HotKey& hot : insight.hot_keys(now)) counts[hot.key] = hot.requests_per_second / 2;
    return counts;
  }
  double ratio() { return insight.curve().points.at(2).hit_ratio; }

  std::deque<std::string> lines;
  Insight insight{options, store, now};
  Executor executor{store, cache, workers[0], clock, admin, watchers, insight.of_worker(0)};
};

using Counts = std::map<std::string, double>;

TEST_CASE("each key of each command with keys is recorded once") {
  ToldFixture fixture;
  fixture.run("set a 0 0 1", "5\r\n");
  fixture.run("get a");
  fixture.run("get a b c");
  fixture.run("gat 0 b");
  fixture.run("incr a 1");
  fixture.run("touch a 0");
  fixture.run("mg a v");
  fixture.run("mg YQ== b v");  // base64 of "a"
  fixture.run("delete c");
  fixture.run("version");
  fixture.run("me a");
  CHECK(fixture.seen() == Counts{{"a", 7}, {"b", 2}, {"c", 2}});
}

TEST_CASE("a get that creates its item is a miss") {
  ToldFixture fixture;
  fixture.run("mg a v N30");
  CHECK(fixture.ratio() == 0);
  fixture.run("mg a v N30");
  CHECK(fixture.ratio() == 0.5);
}

TEST_CASE("every get counts for the curve and no other command does") {
  ToldFixture fixture;
  fixture.run("set a 0 0 1", "5\r\n");
  fixture.run("incr a 1");
  fixture.run("get a");
  CHECK(fixture.ratio() == 1);
  fixture.run("get a b");
  fixture.run("mg a v");
  CHECK(fixture.insight.curve().sampled_requests == 4);
  CHECK(fixture.ratio() == 0.75);
  fixture.run("delete a");
  for (int i = 0; i < 4; ++i) fixture.run("get a");
  CHECK(fixture.ratio() == 0.375);
}

TEST_CASE("the size and lifetime of an item come from the store") {
  ToldFixture fixture;
  fixture.run("set a 0 200 1", "5\r\n");
  fixture.run("touch a 20");
  fixture.run("get a");
  CHECK(fixture.ratio() == 1);
  fixture.now += 20;
  fixture.clock.tick(fixture.now);
  fixture.executor.begin_turn();
  fixture.run("get a");
  CHECK(fixture.ratio() == 0.5);
}

TEST_CASE("a value that arrives in parts is recorded when it is complete") {
  ToldFixture fixture;
  protocol::Request request;
  REQUIRE(protocol::parse_text("set big 0 0 10000\r\n", 0, &request).verdict ==
          protocol::Verdict::Complete);
  Upload upload =
      fixture.executor.begin_upload(std::get<protocol::Write>(request.command), request.style);
  CHECK(fixture.seen().empty());
  REQUIRE(upload.writer.append(std::string(10'000, 'v'), fixture.now));
  Outbox out(0);
  fixture.executor.end_upload(std::move(upload), true, out);
  CHECK(fixture.seen() == Counts{{"big", 1}});
  fixture.run("get big");
  CHECK(fixture.ratio() == 1);
}

}  // namespace
}  // namespace larder::server
