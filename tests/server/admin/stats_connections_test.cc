#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <sstream>

#include "server/net/listener.h"
#include "tests/server/admin/admin_fixture.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

using protocol::StatsTopic;

uint16_t local_port(const base::UniqueFd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  ASSERT(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

base::UniqueFd accept_from(int listener) {
  return base::UniqueFd(::accept(listener, nullptr, nullptr));
}

void show(AdminFixture& fixture, ConnectionInfo& info, const base::UniqueFd& fd) {
  info.descriptor = fd.get();
  info.last_request_at = fixture.now;
  fixture.lists[0].add(info);
}

Listener listen_on_loopback(const char* host) {
  auto listeners = Listener::bind_tcp({.host = host, .port = 0}, 16);
  ASSERT(listeners.has_value() && listeners->size() == 1);
  return std::move(listeners->front());
}

std::string dump(AdminFixture& fixture, uint32_t class_id, uint32_t limit = 0) {
  return fixture.ask(
      protocol::Stats{.topic = StatsTopic::Cachedump, .class_id = class_id, .item_limit = limit});
}

TEST_CASE("a TCP listener and its client show their addresses") {
  AdminFixture fixture;
  const Listener listener = listen_on_loopback("127.0.0.1");
  const base::UniqueFd client = support::connect_tcp(listener.port());
  const base::UniqueFd served = accept_from(listener.fd());
  REQUIRE(served);
  fixture.listening = {{listener.fd()}};
  fixture.now = base::Clock::kStartSeconds + 50;
  ConnectionInfo info;
  show(fixture, info, served);
  fixture.now += 7;
  REQUIRE(listener.fd() < served.get());
  CHECK(fixture.ask(StatsTopic::Connections) ==
        fmt::format("STAT {0}:addr tcp:127.0.0.1:{2}\r\n"
                    "STAT {0}:state conn_listening\r\n"
                    "STAT {0}:secs_since_last_cmd 57\r\n"
                    "STAT {1}:addr tcp:127.0.0.1:{3}\r\n"
                    "STAT {1}:listen_addr tcp:127.0.0.1:{2}\r\n"
                    "STAT {1}:state conn_read\r\n"
                    "STAT {1}:secs_since_last_cmd 7\r\n"
                    "END\r\n",
                    listener.fd(), served.get(), listener.port(), local_port(client)));
}

TEST_CASE("an IPv6 address is shown in brackets") {
  AdminFixture fixture;
  auto listeners = Listener::bind_tcp({.host = "::1", .port = 0}, 16);
  if (!listeners) return;  // a system without IPv6
  fixture.listening = {{listeners->front().fd()}};
  CHECK(fixture.value(fmt::format("{}:addr", listeners->front().fd()), StatsTopic::Connections) ==
        fmt::format("tcp6:[::1]:{}", listeners->front().port()));
}

TEST_CASE("a Unix socket shows its path and its client has no address") {
  AdminFixture fixture;
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("a-path-longer-than-an-internet-address.socket");
  auto listener = Listener::bind_unix(path, 0700, 16, WireProtocol::Auto);
  REQUIRE(listener.has_value());
  const base::UniqueFd client = support::connect_unix(path);
  const base::UniqueFd served = accept_from(listener->fd());
  REQUIRE(served);
  fixture.listening = {{listener->fd()}};
  ConnectionInfo info;
  show(fixture, info, served);
  const auto value = [&](int fd, const char* name) {
    return fixture.value(fmt::format("{}:{}", fd, name), StatsTopic::Connections);
  };
  CHECK(value(listener->fd(), "addr") == "unix:" + path);
  CHECK(value(listener->fd(), "listen_addr") == "<none>");
  CHECK(value(served.get(), "addr") == "unix:<AF 1>");
  CHECK(value(served.get(), "listen_addr") == "unix:" + path);
}

TEST_CASE("connections of all workers are sorted by descriptor") {
  AdminFixture fixture;
  const support::SocketPair pairs[] = {support::socket_pair(), support::socket_pair(),
                                       support::socket_pair()};
  ConnectionInfo infos[6];
  size_t count = 0;
  for (const auto& pair : pairs) {
    for (const base::UniqueFd* fd : {&pair.theirs, &pair.ours}) {
      infos[count].descriptor = fd->get();
      fixture.lists[count % 2].add(infos[count]);
      ++count;
    }
  }
  std::vector<int> descriptors;
  for (const auto& [name, value] : fixture.rows(StatsTopic::Connections)) {
    if (name.ends_with(":state")) descriptors.push_back(std::stoi(name));
  }
  CHECK(descriptors.size() == 6);
  CHECK(std::is_sorted(descriptors.begin(), descriptors.end()));
  fixture.lists[0].remove(infos[2]);
  CHECK(fixture.names(StatsTopic::Connections).size() == 5 * 4);
}

TEST_CASE("each state has memcached's name") {
  AdminFixture fixture;
  const support::SocketPair pair = support::socket_pair();
  ConnectionInfo info;
  show(fixture, info, pair.ours);
  const std::pair<ConnectionState, const char*> names[] = {
      {ConnectionState::ReadingCommand, "conn_read"},
      {ConnectionState::ReadingValue, "conn_nread"},
      {ConnectionState::Skipping, "conn_swallow"},
      {ConnectionState::Writing, "conn_mwrite"},
      {ConnectionState::Executing, "conn_parse_cmd"}};
  for (const auto& [state, name] : names) {
    info.state = state;
    CHECK(fixture.value(fmt::format("{}:state", pair.ours.get()), StatsTopic::Connections) == name);
  }
}

TEST_CASE("a request later than the time of the stats command counts as now") {
  AdminFixture fixture;
  const support::SocketPair pair = support::socket_pair();
  ConnectionInfo info;
  show(fixture, info, pair.ours);
  info.last_request_at = fixture.now + 1;
  CHECK(fixture.value(fmt::format("{}:secs_since_last_cmd", pair.ours.get()),
                      StatsTopic::Connections) == "0");
}

TEST_CASE("cachedump shows the items of a class") {
  AdminFixture fixture;
  const uint32_t id = fixture.shown_class_of("key1", 5);
  REQUIRE(fixture.put("key1", "12345") == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("key2", "abcde", fixture.now + 60) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("dead", "12345", fixture.now) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("other", std::string(500, 'v')) == slab::WriteOutcome::Stored);
  const std::string first = "ITEM key1 [5 b; 0 s]\r\n";
  const std::string second =
      fmt::format("ITEM key2 [5 b; {} s]\r\n", fixture.clock.unix_time(fixture.now + 60));
  const std::string all = dump(fixture, id);
  CHECK((all == first + second + "END\r\n" || all == second + first + "END\r\n"));
  CHECK(dump(fixture, id, 1) == all.substr(0, all.find('\n') + 1) + "END\r\n");
  CHECK(dump(fixture, id, 2) == all);
}

TEST_CASE("cachedump is limited to two megabytes") {
  AdminFixture fixture;
  const std::string tail(240, 'k');
  const uint32_t id = fixture.shown_class_of("100000" + tail, 1);
  constexpr int kItemCount = 10'000;
  for (int i = 0; i < kItemCount; ++i) {
    REQUIRE(fixture.put(std::to_string(100'000 + i) + tail, "v") == slab::WriteOutcome::Stored);
  }
  const std::string text = dump(fixture, id);
  const size_t line_size = text.find('\n') + 1;
  CHECK(line_size * kItemCount > size_t{2} << 20);
  CHECK(text.size() <= size_t{2} << 20);
  CHECK(text.size() + line_size > size_t{2} << 20);
  CHECK(text.ends_with(" s]\r\nEND\r\n"));
}

TEST_CASE("the ids 1 to 63 cover every item, whatever its size") {
  AdminFixture fixture;
  REQUIRE(fixture.store.classes().count() > 63);
  std::set<std::string> names;
  for (size_t size = 10; size < 300'000; size += size / 20 + 8) {
    const std::string name = "size" + std::to_string(size);
    REQUIRE(fixture.put(name, std::string(size, 'v')) == slab::WriteOutcome::Stored);
    names.insert(name);
  }
  uint64_t number = 0;
  std::set<std::string> found;
  for (uint32_t id = 1; id <= 63; ++id) {
    const std::string text = dump(fixture, id);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("ITEM ")) continue;
      const bool is_new = found.insert(line.substr(5, line.find(' ', 5) - 5)).second;
      CHECK(is_new);
      ++number;
    }
    const std::string row = "items:" + std::to_string(id) + ":number";
    const std::string count = fixture.value(row, StatsTopic::Items);
    CHECK(static_cast<uint64_t>(std::ranges::count(text, '[')) ==
          (count == "<none>" ? 0 : std::stoull(count)));
  }
  CHECK(found == names);
  CHECK(number == names.size());
}

TEST_CASE("a limit applies to all classes that share an id") {
  AdminFixture fixture;
  const auto& shown = fixture.store.shown_classes();
  size_t id = shown.count();  // large ones, which are far enough apart
  while (shown.classes_of(id).size() < 2) --id;
  // An item for each of two classes.
  for (const slab::ClassId inner : shown.classes_of(id).first(2)) {
    const size_t size = fixture.store.classes().chunk_size(inner) - 40;
    REQUIRE(fixture.store.sizes().class_of(3, 0, size) == inner);
    REQUIRE(fixture.put("k" + std::to_string(inner), std::string(size, 'v')) ==
            slab::WriteOutcome::Stored);
  }
  const auto count = [&](uint32_t limit) {
    return std::ranges::count(dump(fixture, static_cast<uint32_t>(id), limit), '[');
  };
  CHECK(count(0) == 2);
  CHECK(count(1) == 1);
  CHECK(count(2) == 2);
}

TEST_CASE("cachedump refuses ids that memcached cannot have") {
  AdminFixture fixture;
  CHECK(dump(fixture, 0) == "END\r\n");
  CHECK(dump(fixture, 1) == "END\r\n");
  CHECK(dump(fixture, 63) == "END\r\n");
  CHECK(dump(fixture, 64) == "CLIENT_ERROR Illegal slab id\r\n");
  CHECK(dump(fixture, 201) == "CLIENT_ERROR Illegal slab id\r\n");
  CHECK(dump(fixture, 4'294'967'295) == "CLIENT_ERROR Illegal slab id\r\n");
}

TEST_CASE("cachedump can be disabled") {
  Options options;
  options.has_dumps = false;
  AdminFixture fixture(options);
  CHECK(dump(fixture, 1) == "CLIENT_ERROR stats cachedump not allowed\r\n");
}

}  // namespace
}  // namespace larder::server
