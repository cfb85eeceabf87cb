// The lines that watchers get for each request: the same as in memcached 1.6.45.
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/log/watch_fixture.h"

namespace larder::server {
namespace {

using Lines = std::vector<std::string>;

std::string got(const std::string& key, const std::string& status, int class_id, int size) {
  return "item_get key=" + key + " status=" + status + " clsid=" + std::to_string(class_id) +
         " size=" + std::to_string(size);
}
std::string missed(const std::string& key) { return got(key, "not_found", 0, 0); }
std::string stored(const std::string& key, const std::string& how, int ttl, int class_id,
                   int size) {
  return "item_store key=" + key + " " + how + " ttl=" + std::to_string(ttl) +
         " clsid=" + std::to_string(class_id) + " size=" + std::to_string(size);
}
std::string deleted(const std::string& key, const std::string& command, int class_id, int size) {
  return "deleted key=" + key + " cmd=" + command + " clsid=" + std::to_string(class_id) +
         " size=" + std::to_string(size);
}

struct LogFixture : WatchFixture {
  explicit LogFixture(const std::string& streams = "fetchers mutations deletions",
                      const std::string& command_line = "")
      : WatchFixture(streams, command_line), client(connect()) {}

  Lines of(const std::string& request) { return told_of(client, request); }
  int class_of(const std::string& key, uint32_t flags, size_t size) {
    return store.shown_classes().id_of(store.sizes().class_of(key.size(), flags, size));
  }

  Client& client;
};

TEST_CASE("every key of a get is reported as an item get") {
  LogFixture fixture;
  fixture.set(fixture.client, "a", "12345");
  fixture.told();
  const int id = fixture.class_of("a", 0, 5);
  CHECK(fixture.of("get a b a\r\n") ==
        Lines{got("a", "found", id, 5), missed("b"), got("a", "found", id, 5)});
  CHECK(fixture.of("gat 10 a\r\n") == Lines{got("a", "found", id, 5)});
  CHECK(fixture.of("touch a 10\r\n") == Lines{got("a", "found", id, 5)});
  CHECK(fixture.of("touch b 10\r\n") == Lines{missed("b")});
  CHECK(fixture.of("mg a v\r\n") == Lines{got("a", "found", id, 5)});
  CHECK(fixture.of("mg b v\r\n") == Lines{missed("b")});
  CHECK(fixture.of("mg YQ== b\r\n") == Lines{got("a", "found", id, 5)});
  CHECK(fixture.of("mg made N30\r\n") == Lines{missed("made")});
  CHECK(fixture.of("me a\r\n") == Lines{got("a", "found", id, 5)});
  CHECK(fixture.of("me b\r\n") == Lines{missed("b")});
  CHECK(fixture.of("version\r\nstats\r\nmn\r\nbogus\r\n").empty());
}

TEST_CASE("expired and flushed items are distinguished") {
  LogFixture fixture;
  fixture.ask(fixture.client, "set old 0 1 1\r\nx\r\nset flushed 0 0 1\r\nx\r\n");
  fixture.told();
  fixture.clock.tick(fixture.clock.now() + 5);
  CHECK(fixture.of("get old\r\n") == Lines{got("old", "expired", 0, 0)});
  CHECK(fixture.of("flush_all\r\nget flushed\r\n") == Lines{got("flushed", "flushed", 0, 0)});
  fixture.ask(fixture.client, "set old 0 1 1\r\nx\r\n");
  fixture.told();
  fixture.clock.tick(fixture.clock.now() + 5);
  const int id = fixture.class_of("old", 0, 2);
  CHECK(fixture.of("set old 0 0 2\r\nab\r\n") ==
        Lines{got("old", "expired", 0, 0), stored("old", "status=stored cmd=set", 0, id, 2)});
}

TEST_CASE("a write is reported as a get and a store, with the class, ttl and size") {
  LogFixture fixture;
  const auto look = [&](int size, uint32_t flags = 0) {
    return got("k", "found", fixture.class_of("k", flags, static_cast<size_t>(size)), size);
  };
  const auto store_of = [&](const std::string& how, int ttl, int size, uint32_t flags = 0) {
    return stored("k", how, ttl, fixture.class_of("k", flags, static_cast<size_t>(size)), size);
  };
  CHECK(fixture.of("replace k 0 0 1\r\nx\r\n") ==
        Lines{missed("k"), store_of("status=not_stored cmd=replace", 0, 1)});
  CHECK(fixture.of("append k 0 0 1\r\nx\r\n") ==
        Lines{missed("k"), store_of("status=not_stored cmd=append", 0, 1)});
  CHECK(fixture.of("cas k 0 0 1 5\r\nx\r\n") ==
        Lines{missed("k"), store_of("status=not_found cmd=cas", 0, 1)});
  CHECK(fixture.of("set k 0 100 3\r\nabc\r\n") ==
        Lines{missed("k"), store_of("status=stored cmd=set", 100, 3)});
  CHECK(fixture.of("add k 0 0 1\r\nx\r\n") ==
        Lines{look(3), store_of("status=not_stored cmd=add", 0, 1)});
  CHECK(fixture.of("set k 7 100 500\r\n" + std::string(500, 'x') + "\r\n") ==
        Lines{look(3), store_of("status=stored cmd=set", 100, 500, 7)});
  CHECK(fixture.of("append k 0 5 200\r\n" + std::string(200, 'x') + "\r\n") ==
        Lines{look(500, 7), store_of("status=stored cmd=append", 100, 700, 7)});
  CHECK(fixture.of("prepend k 0 5 1\r\nx\r\n") ==
        Lines{look(700, 7), store_of("status=stored cmd=prepend", 100, 701, 7)});
  CHECK(fixture.of("cas k 0 0 1 5\r\nx\r\n") ==
        Lines{look(701, 7), store_of("status=exists cmd=cas", 0, 1)});
  CHECK(fixture.of("ms k 2 T30\r\nxy\r\n") ==
        Lines{look(701, 7), store_of("status=stored cmd=set", 30, 2)});
  CHECK(fixture.of("ms k 2 C5\r\nxy\r\n") ==
        Lines{look(2), store_of("status=exists cmd=cas", 0, 2)});
  CHECK(fixture.of("ms new 2 MA N40\r\nxy\r\n") ==
        Lines{missed("new"),
              stored("new", "status=stored cmd=append", 40, fixture.class_of("new", 0, 2), 2)});
  // A value that arrives in parts and is read directly into its item.
  CHECK(fixture.of("set k 0 0 100000\r\n" + std::string(100'000, 'x') + "\r\n") ==
        Lines{look(2), store_of("status=stored cmd=set", 0, 100'000)});
  CHECK(fixture.of("set k 0 0 2\r\nxyz\r\n").empty());
}

TEST_CASE("a refused write is reported as a store, and also as a get if the old item is removed") {
  LogFixture fixture;
  fixture.set(fixture.client, "k", "123");
  fixture.told();
  const std::string large(2'000'000, 'x');
  const int id = fixture.class_of("k", 0, 3);
  CHECK(fixture.of("add k 0 0 2000000\r\n" + large + "\r\n") ==
        Lines{stored("k", "status=too_large cmd=add", 0, 0, 0)});
  CHECK(fixture.of("set k 0 0 2000000\r\n" + large + "\r\n") ==
        Lines{stored("k", "status=too_large cmd=set", 0, 0, 0), got("k", "found", id, 3)});
  CHECK(fixture.of("ms k 2000000 MA\r\n" + large + "\r\n") ==
        Lines{stored("k", "status=too_large cmd=append", 0, 0, 0), missed("k")});
}

TEST_CASE("a store without memory is reported") {
  LogFixture fixture("mutations", "-M -m 8");
  const std::string value(500'000, 'x');
  std::string last;
  for (int i = 0; i < 30 && last.find("no_memory") == std::string::npos; ++i) {
    const std::string name = "k" + std::to_string(i);
    const Lines lines = fixture.of("set " + name + " 0 0 500000\r\n" + value + "\r\n");
    REQUIRE(lines.size() == 1);
    last = lines[0];
    if (last.find("no_memory") != std::string::npos) {
      CHECK(last == stored(name, "status=no_memory cmd=set", 0, 0, 0));
    }
  }
  CHECK(last.find("no_memory") != std::string::npos);
}

TEST_CASE("a removal is reported as a get, and as a deletion if the item existed") {
  LogFixture fixture;
  const int id = fixture.class_of("k", 0, 4);
  const int empty_id = fixture.class_of("k", 0, 0);
  const auto set = [&] {
    fixture.set(fixture.client, "k", "1234");
    fixture.told();
  };
  CHECK(fixture.of("delete k\r\n") == Lines{missed("k")});
  set();
  CHECK(fixture.of("delete k\r\n") ==
        Lines{got("k", "found", id, 4), deleted("k", "delete", id, 4)});
  set();
  CHECK(fixture.of("md k q\r\n") == Lines{got("k", "found", id, 4), deleted("k", "md", id, 4)});
  CHECK(fixture.of("md k\r\n") == Lines{missed("k")});
  set();
  CHECK(fixture.of("md k C5\r\n") == Lines{got("k", "found", id, 4)});
  CHECK(fixture.of("md k I T30\r\n") == Lines{got("k", "found", id, 4)});
  CHECK(fixture.of("md k x\r\n") == Lines{got("k", "found", id, 4), got("k", "found", id, 4),
                                          stored("k", "status=stored cmd=set", 0, empty_id, 0),
                                          deleted("k", "md", empty_id, 0)});
  CHECK(fixture.of("md k x I T50\r\n") ==
        Lines{got("k", "found", empty_id, 0), got("k", "found", empty_id, 0),
              stored("k", "status=stored cmd=set", 50, empty_id, 0)});
}

TEST_CASE("a counter command is reported as a get, and as a store only for a new item") {
  LogFixture fixture;
  fixture.set(fixture.client, "n", "9");
  fixture.told();
  const int id = fixture.class_of("n", 0, 1);
  CHECK(fixture.of("incr n 1\r\n") == Lines{got("n", "found", id, 1)});
  CHECK(fixture.of("decr n 1\r\n") == Lines{got("n", "found", id, 2)});
  CHECK(fixture.of("incr no 1\r\n") == Lines{missed("no")});
  CHECK(fixture.of("ma n\r\n") == Lines{got("n", "found", id, 2)});
  CHECK(fixture.of("ma no\r\n") == Lines{missed("no")});
  CHECK(fixture.of("ma made N60 J123\r\n") ==
        Lines{missed("made"), missed("made"),
              stored("made", "status=stored cmd=add", 60, fixture.class_of("made", 0, 3), 3)});
}

TEST_CASE("only watched streams are written") {
  LogFixture fixture("deletions");
  CHECK(fixture.of("set k 0 0 1\r\nx\r\nget k\r\nincr k 1\r\nms k 1\r\nx\r\nmd k\r\nmg k\r\n") ==
        Lines{deleted("k", "md", fixture.class_of("k", 0, 1), 1)});
  CHECK(fixture.watchers.totals().worker_written == 1);
}

TEST_CASE("evictions are reported when they happen") {
  LogFixture fixture("evictions", "-m 4");
  const std::string value(1000, 'x');
  std::string requests;
  for (int i = 0; i < 6000; ++i) {
    requests += "set key" + std::to_string(i) + " 0 0 1000 noreply\r\n" + value + "\r\n";
    if (i % 20 == 19) {
      fixture.ask(fixture.client, requests);
      requests.clear();
      for (const std::string& line : fixture.told()) {
        REQUIRE(line.starts_with("eviction key=key"));
        REQUIRE(line.ends_with(
            " fetch=no ttl=-1 la=0 clsid=" + std::to_string(fixture.class_of("key1000", 0, 1000)) +
            " size=1000"));
      }
    }
  }
  uint64_t evicted = 0;
  for (size_t id = 1; id <= fixture.store.classes().count(); ++id) {
    evicted +=
        fixture.store.inspect().sum(static_cast<slab::ClassId>(id), &slab::ClassCounters::evicted);
  }
  CHECK(evicted > 100);
  CHECK(fixture.watchers.totals().worker_written == evicted);
}

}  // namespace
}  // namespace larder::server
