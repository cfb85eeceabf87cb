#include "server/command/executor.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

#include "protocol/parse.h"
#include "protocol/request.h"
#include "tests/server/admin/admin_fixture.h"
#include "tests/support/store_user.h"

namespace larder::server {
namespace {

using protocol::Complaint;

// An executor that gets lines and values in the way that a turn passes them.
struct ExecutorFixture : AdminFixture {
  explicit ExecutorFixture(Options chosen = {})
      : AdminFixture(std::move(chosen)),
        executor(store, cache, workers[0], clock, admin, watchers) {
    begin_turn();
  }

  void begin_turn() {
    clock.tick(now);
    executor.begin_turn();
  }

  // Parses a line into a request.
  protocol::Request request_of(std::string_view line) {
    protocol::Request request;
    const std::string_view kept = lines.emplace_back(std::string(line) + "\r\n");
    REQUIRE(protocol::parse_text(kept, 0, &request).verdict == protocol::Verdict::Complete);
    return request;
  }

  // The reply to a request whose first key is `key`.
  std::string run(std::string_view line, std::string_view key = "", std::string_view value = "") {
    Outbox out(0);
    protocol::Request request = request_of(line);
    progress = executor.execute(request, value, store.key(key).hash, out);
    return bytes_of(out);
  }

  static std::string bytes_of(const Outbox& out) {
    std::string bytes;
    size_t position = 0;
    for (const protocol::BorrowedRun& run : out.bytes().borrowed()) {
      bytes += out.bytes().owned().substr(position, run.owned_offset - position);
      bytes.append(run.data, run.size);
      position = run.owned_offset;
    }
    return bytes + std::string(out.bytes().owned().substr(position));
  }

  ClassTraffic& traffic(std::string_view key, size_t value_size) {
    return workers[0].classes[class_of(key, value_size)];
  }

  std::deque<std::string> lines;
  Executor executor;
  Progress progress = Progress::Done;
};

TEST_CASE("commands are counted in the class of the item") {
  ExecutorFixture fixture;
  fixture.run("set k 0 0 1", "k", "5\r\n");
  fixture.run("get k", "k");
  fixture.run("touch k 0", "k");
  fixture.run("gat 0 k", "k");
  fixture.run("incr k 1", "k");
  fixture.run("decr k 1", "k");
  fixture.run("cas k 0 0 1 0", "k", "5\r\n");
  fixture.run("delete k", "k");
  const ClassTraffic& traffic = fixture.traffic("k", 1);
  CHECK(traffic.sets.get() == 1);
  CHECK(traffic.get_hits.get() == 1);
  CHECK(traffic.touch_hits.get() == 1);
  CHECK(traffic.incr_hits.get() == 1);
  CHECK(traffic.decr_hits.get() == 1);
  CHECK(traffic.cas_bad_values.get() == 1);
  CHECK(traffic.delete_hits.get() == 1);
}

TEST_CASE("misses are counted without a class") {
  ExecutorFixture fixture;
  fixture.run("get k", "k");
  fixture.run("gat 0 k", "k");
  fixture.run("touch k 0", "k");
  fixture.run("incr k 1", "k");
  fixture.run("decr k 1", "k");
  fixture.run("cas k 0 0 1 1", "k", "5\r\n");
  fixture.run("delete k", "k");
  const WorkerCounters& counters = fixture.workers[0];
  CHECK(counters.get_misses.get() == 1);
  CHECK(counters.touch_misses.get() == 1);
  CHECK(counters.touching_get_misses.get() == 1);
  CHECK(counters.incr_misses.get() == 1);
  CHECK(counters.decr_misses.get() == 1);
  CHECK(counters.cas_misses.get() == 1);
  CHECK(counters.delete_misses.get() == 1);
}

TEST_CASE("a miss of an expired or flushed item is also counted as such") {
  ExecutorFixture fixture;
  fixture.run("set expired 0 10 1", "expired", "a\r\n");
  fixture.run("set flushed 0 0 1", "flushed", "a\r\n");
  fixture.now += 20;
  fixture.begin_turn();
  fixture.run("get expired", "expired");
  fixture.run("flush_all");
  fixture.run("get flushed", "flushed");
  const WorkerCounters& counters = fixture.workers[0];
  CHECK(counters.get_misses.get() == 2);
  CHECK(counters.get_expired.get() == 1);
  CHECK(counters.get_flushed.get() == 1);
  CHECK(counters.flush_commands.get() == 1);
}

TEST_CASE("time is constant within a turn") {
  ExecutorFixture fixture;
  fixture.run("set k 0 10 1", "k", "a\r\n");
  fixture.now += 20;
  fixture.clock.tick(fixture.now);
  CHECK(fixture.run("get k", "k") == "VALUE k 0 1\r\na\r\nEND\r\n");
  fixture.begin_turn();
  CHECK(fixture.run("get k", "k") == "END\r\n");
}

TEST_CASE("a value that is too large removes the item that a set would have replaced") {
  ExecutorFixture fixture;
  const std::string value(2 << 20, 'v');
  const std::string size = std::to_string(value.size());
  for (const std::string verb : {"add", "replace", "append", "prepend", "set"}) {
    CAPTURE(verb);
    fixture.run("set k 0 0 1", "k", "a\r\n");
    CHECK(fixture.run(verb + " k 0 0 " + size, "k", value + "\r\n") ==
          "SERVER_ERROR object too large for cache\r\n");
    CHECK(fixture.has("k") == (verb != "set"));
  }
  CHECK(fixture.workers[0].store_too_large.get() == 5);
}

TEST_CASE("small values are copied and larger ones are borrowed") {
  ExecutorFixture fixture;
  for (const size_t size : {size_t{slab::kCopiedValueSizeMax},
                            size_t{slab::kCopiedValueSizeMax + 1}, size_t{300'000}}) {
    CAPTURE(size);
    const std::string value = support::pattern(1, size);
    fixture.run("set k 0 0 " + std::to_string(size), "k", value + "\r\n");
    Outbox out(0);
    protocol::Request request = fixture.request_of("get k");
    fixture.executor.execute(request, {}, fixture.store.key("k").hash, out);
    CHECK((fixture.bytes_of(out) ==
           "VALUE k 0 " + std::to_string(size) + "\r\n" + value + "\r\nEND\r\n"));
    CHECK(out.bytes().borrowed().empty() == (size <= slab::kCopiedValueSizeMax));
  }
}

TEST_CASE("a long reply is generated in portions that together are complete") {
  ExecutorFixture fixture;
  // Eight of these are slightly more than a portion; sixteen keys are looked up together.
  const std::string value = support::pattern(1, 4096);
  std::string line = "get";
  std::string expected;
  const int count = GENERATE(7, 8, 9, 16, 17, 18, 100);
  CAPTURE(count);
  for (int i = 0; i < count; ++i) {
    const std::string key = "key" + std::to_string(i);
    fixture.put(key, value);
    line += " " + key;
    expected += "VALUE " + key + " 0 4096\r\n" + value + "\r\n";
  }
  protocol::Request request = fixture.request_of(line);
  std::string came;
  int portions = 0;
  for (Progress progress = Progress::MoreToAnswer; progress == Progress::MoreToAnswer; ++portions) {
    Outbox out(0);
    const std::string_view first = std::get<protocol::Get>(request.command).key;
    progress = fixture.executor.execute(request, {}, fixture.store.key(first).hash, out);
    CHECK(out.bytes().size() < (64 << 10));
    came += fixture.bytes_of(out);
  }
  CHECK((came == expected + "END\r\n"));
  CHECK(portions == (count + 7) / 8);
}

TEST_CASE("a portion ends with the value that exceeds its size") {
  ExecutorFixture fixture;
  const std::string value = support::pattern(1, 200'000);
  fixture.put("k", value);
  const std::string hit = "VALUE k 0 200000\r\n" + value + "\r\n";
  protocol::Request request = fixture.request_of("get k k none k");
  for (const int number : {1, 2, 3}) {
    CAPTURE(number);
    Outbox out(0);
    const std::string_view first = std::get<protocol::Get>(request.command).key;
    const Progress progress =
        fixture.executor.execute(request, {}, fixture.store.key(first).hash, out);
    CHECK((fixture.bytes_of(out) == hit + (number == 3 ? "END\r\n" : "")));
    CHECK(progress == (number == 3 ? Progress::Done : Progress::MoreToAnswer));
  }
}

TEST_CASE("a long list of missing keys is looked up in portions") {
  ExecutorFixture fixture;
  const int count = GENERATE(4096, 4097, 10'000);
  CAPTURE(count);
  std::string line = "get";
  for (int i = 0; i < count; ++i) line += " none";
  protocol::Request request = fixture.request_of(line);
  int portions = 0;
  std::string came;
  for (Progress progress = Progress::MoreToAnswer; progress == Progress::MoreToAnswer; ++portions) {
    Outbox out(0);
    progress = fixture.executor.execute(request, {}, fixture.store.key("none").hash, out);
    came += fixture.bytes_of(out);
  }
  CHECK(came == "END\r\n");
  CHECK(portions == (count + 4095) / 4096);
  CHECK(fixture.workers[0].get_misses.get() == static_cast<uint64_t>(count));
}

// --- Uploads ---------------------------------------------------------------------------------

Upload begin(ExecutorFixture& fixture, std::string_view line) {
  const protocol::Request request = fixture.request_of(line);
  return fixture.executor.begin_upload(std::get<protocol::Write>(request.command), request.style);
}

TEST_CASE("an upload is stored when it is complete and not before") {
  ExecutorFixture fixture;
  Upload upload = begin(fixture, "set k 7 0 10000");
  REQUIRE(upload.writer);
  CHECK(upload.key() == "k");
  REQUIRE(upload.writer.append(std::string(10'000, 'v'), fixture.now));
  CHECK_FALSE(fixture.has("k"));
  Outbox out(0);
  fixture.executor.end_upload(std::move(upload), true, out);
  CHECK(out.bytes().owned() == "STORED\r\n");
  CHECK(fixture.has("k"));
  CHECK(fixture.traffic("k", 10'000).sets.get() == 1);
}

TEST_CASE("an upload with an invalid end is not stored") {
  ExecutorFixture fixture;
  fixture.put("k", "old");
  Upload upload = begin(fixture, "set k 0 0 10000");
  REQUIRE(upload.writer.append(std::string(10'000, 'v'), fixture.now));
  Outbox out(0);
  fixture.executor.end_upload(std::move(upload), false, out);
  CHECK(out.bytes().owned() == "CLIENT_ERROR bad data chunk\r\n");
  CHECK(fixture.run("get k", "k") == "VALUE k 0 3\r\nold\r\nEND\r\n");
  fixture.store.verify();
}

TEST_CASE("a silent upload is never answered") {
  ExecutorFixture fixture;
  Upload good = begin(fixture, "set k 0 0 10000 noreply");
  REQUIRE(good.writer.append(std::string(10'000, 'v'), fixture.now));
  Upload bad = begin(fixture, "set l 0 0 10000 noreply");
  REQUIRE(bad.writer.append(std::string(10'000, 'v'), fixture.now));
  Outbox out(0);
  fixture.executor.end_upload(std::move(good), true, out);
  fixture.executor.end_upload(std::move(bad), false, out);
  CHECK(out.is_empty());
  CHECK(fixture.has("k"));
  CHECK(begin(fixture, "set k 0 0 10000000 noreply").style.silent);
}

TEST_CASE("a refused upload has no writer and returns the reason") {
  ExecutorFixture fixture;
  fixture.put("k", "old");
  const Upload upload = begin(fixture, "set k 0 0 10000000");
  CHECK_FALSE(upload.writer);
  CHECK(upload.refusal == Complaint::ValueTooLarge);
  CHECK_FALSE(fixture.has("k"));
}

TEST_CASE("an abandoned set removes the existing item and other abandoned writes do not") {
  ExecutorFixture fixture;
  fixture.put("k", "old");
  CHECK(fixture.executor.abandon_upload(begin(fixture, "append k 0 0 10000")) ==
        Complaint::OutOfMemoryReading);
  CHECK(fixture.has("k"));
  CHECK(fixture.executor.abandon_upload(begin(fixture, "set k 0 0 10000")) ==
        Complaint::OutOfMemoryReading);
  CHECK_FALSE(fixture.has("k"));
  CHECK(fixture.workers[0].store_no_memory.get() == 2);
  fixture.store.verify();
}

// --- Requests that close the connection ---------------------------------------------------------

TEST_CASE("quit and an enabled shutdown close the connection and a refused shutdown does not") {
  Options options;
  ExecutorFixture refusing(options);
  CHECK(refusing.run("shutdown") == "SERVER_ERROR: shutdown not enabled\r\n");
  CHECK(refusing.progress == Progress::Done);
  CHECK_FALSE(refusing.stop);
  CHECK(refusing.run("quit") == "");
  CHECK(refusing.progress == Progress::Close);

  options.has_shutdown_command = true;
  ExecutorFixture allowing(options);
  CHECK(allowing.run("shutdown drain") == "OK\r\n");
  CHECK(allowing.progress == Progress::Done);
  CHECK_FALSE(allowing.stop);
  CHECK(allowing.run("shutdown graceful") == "");
  CHECK(allowing.progress == Progress::Close);
  CHECK(allowing.stop == true);
}

TEST_CASE("reads, writes and removals are counted for prefixes") {
  Options options;
  options.counts_prefixes = true;
  ExecutorFixture fixture(options);
  fixture.run("set a:1 0 0 1", "a:1", "x\r\n");
  fixture.run("get a:1", "a:1");
  fixture.run("get a:2", "a:2");
  fixture.run("delete a:1", "a:1");
  CHECK(fixture.ask(protocol::StatsTopic::DetailDump) ==
        "PREFIX a get 2 hit 1 set 1 del 1\r\nEND\r\n");
}

}  // namespace
}  // namespace larder::server
