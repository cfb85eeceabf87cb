#include "server/server.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/sockets.h"

namespace larder::server {
namespace {

Options small_server() {
  Options options;
  options.listen_addresses = {{"127.0.0.1", 0, WireProtocol::Auto}};
  options.worker_count = 2;
  options.log_level = LogLevel::Off;
  return options;
}

std::unique_ptr<Server> started(const Options& options) {
  auto result = Server::start(options);
  REQUIRE(std::holds_alternative<std::unique_ptr<Server>>(result));
  return std::move(std::get<std::unique_ptr<Server>>(result));
}

TEST_CASE("a server replies to clients and closes their connections when it stops") {
  const auto server = started(small_server());
  const uint16_t port = server->listeners()[0].port();
  std::string text;
  std::thread client([&] {
    const base::UniqueFd fd = support::connect_tcp(port);
    support::send_text(fd, "set a 0 0 1\r\nx\r\nget a\r\n");
    for (const std::string wanted = "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n";
         text.size() < wanted.size();) {
      char bytes[100];
      const ssize_t got = ::read(fd.get(), bytes, sizeof(bytes));
      if (got <= 0) break;
      text.append(bytes, static_cast<size_t>(got));
    }
    server->request_stop(StopKind::Graceful);
    text += support::read_to_end(fd);
  });
  CHECK(server->run() == StopKind::Graceful);
  client.join();
  CHECK(text == "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
  CHECK_FALSE(support::connect_tcp(port));
}

TEST_CASE("the shutdown command stops a server if enabled") {
  Options options = small_server();
  options.has_shutdown_command = true;
  const auto server = started(options);
  std::thread client([&] {
    const base::UniqueFd fd = support::connect_tcp(server->listeners()[0].port());
    support::send_text(fd, "shutdown\r\n");
    support::read_to_end(fd);
  });
  CHECK(server->run() == StopKind::Normal);
  client.join();
}

TEST_CASE("a server that was started but never run stops cleanly") {
  const auto server = started(small_server());
  CHECK(support::connect_tcp(server->listeners()[0].port()));  // waits in the backlog
}

TEST_CASE("an address in use is refused with the system's status") {
  const auto server = started(small_server());
  Options second = small_server();
  second.listen_addresses[0].port = server->listeners()[0].port();
  const auto result = Server::start(second);
  REQUIRE(std::holds_alternative<UsageError>(result));
  CHECK(std::get<UsageError>(result).exit_status == 71);
  CHECK(std::get<UsageError>(result).line.find("Address already in use") != std::string::npos);
}

TEST_CASE("an HTTP address in use is refused with its name") {
  Options options = small_server();
  options.http_address = ListenAddress{"127.0.0.1", 0};
  const auto server = started(options);
  REQUIRE(server->http_listeners().size() == 1);
  Options second = small_server();
  second.http_address = ListenAddress{"127.0.0.1", server->http_listeners()[0].port()};
  const auto result = Server::start(second);
  REQUIRE(std::holds_alternative<UsageError>(result));
  CHECK(std::get<UsageError>(result).exit_status == 71);
  CHECK(std::get<UsageError>(result).line ==
        "failed to listen on --http 127.0.0.1:" + std::to_string(second.http_address->port) +
            ": Address already in use");
  CHECK(started(small_server())->http_listeners().empty());
}

// A client that does not read delays the end of its worker for a while.
TEST_CASE("HTTP reports that the server is draining until its workers have stopped") {
  Options options = small_server();
  options.worker_count = 1;
  options.item_bytes_max = 16 << 20;
  options.http_address = ListenAddress{"127.0.0.1", 0};
  const auto server = started(options);
  const auto ready = [&] {
    const base::UniqueFd fd = support::connect_tcp(server->http_listeners()[0].port());
    if (!fd) return std::string("refused");
    support::send_text(fd, "GET /readyz HTTP/1.0\r\n\r\n");
    const std::string reply = support::read_to_end(fd);
    return reply.substr(std::min(reply.find("\r\n\r\n") + 4, reply.size()));
  };
  std::string before, after;
  std::thread client([&] {
    const base::UniqueFd slow = support::connect_tcp(server->listeners()[0].port());
    const std::string value(8 << 20, 'x');
    std::string request = "set k 0 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n";
    for (int n = 0; n < 8; ++n) request += "get k\r\n";
    for (size_t sent = 0; sent < request.size();) {
      const ssize_t took = ::send(slow.get(), request.data() + sent, request.size() - sent, 0);
      if (took <= 0) break;
      sent += static_cast<size_t>(took);
    }
    char bytes[20];
    (void)!::recv(slow.get(), bytes, sizeof(bytes), MSG_WAITALL);
    before = ready();
    server->request_stop(StopKind::Normal);
    // By then the control thread has stopped, while the worker still tries to send.
    std::this_thread::sleep_for(std::chrono::milliseconds(Worker::kDrainMilliseconds / 5));
    after = ready();
  });
  CHECK(server->run() == StopKind::Normal);
  client.join();
  CHECK(before == "ok\n");
  CHECK(after == "draining\n");
}

TEST_CASE("the environment may request a port file, except with only a Unix socket") {
  const support::TemporaryDirectory directory;
  const std::string path = directory.file("ports");
  REQUIRE(::setenv("MEMCACHED_PORT_FILENAME", path.c_str(), 1) == 0);
  Options options = small_server();
  {
    const auto server = started(options);
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    CHECK(text.str() == "TCP INET: " + std::to_string(server->listeners()[0].port()) + "\n");
  }
  REQUIRE(::unlink(path.c_str()) == 0);
  options.unix_socket_path = directory.file("socket");
  {
    const auto server = started(options);
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    CHECK(text.str() == "TCP INET: " + std::to_string(server->listeners()[1].port()) + "\n");
  }
  REQUIRE(::unlink(path.c_str()) == 0);
  options.listen_addresses.clear();
  { const auto server = started(options); }
  struct stat status {};
  CHECK(::stat(path.c_str(), &status) != 0);
  ::unsetenv("MEMCACHED_PORT_FILENAME");
}

TEST_CASE("options are passed to the store") {
  Options options;
  const slab::Options defaults;
  CHECK(store_options(options).growth_factor == defaults.growth_factor);
  CHECK(store_options(options).chunk_payload_min == defaults.chunk_payload_min);
  CHECK(store_options(options).chunk_size_max == defaults.chunk_size_max);
  CHECK(store_options(options).hash_power == defaults.hash_power);

  options.memory_bytes_max = 128 << 20;
  options.item_bytes_max = 2 << 20;
  options.slab_growth_factor = 1.25;
  options.slab_chunk_bytes_min = 48;
  options.slab_chunk_bytes_max = 16 << 10;
  options.slab_sizes = {100, 200};
  options.hash_power_initial = 20;
  options.expands_hash = false;
  options.worker_count = 3;
  options.uses_cas = false;
  options.evicts = false;
  options.uses_large_pages = true;
  const slab::Options store = store_options(options);
  CHECK(store.memory_bytes_max == 128 << 20);
  CHECK(store.item_size_max == 2 << 20);
  CHECK(store.growth_factor == 1.25);
  CHECK(store.chunk_payload_min == 48);
  CHECK(store.chunk_size_max == 16 << 10);
  CHECK(store.chunk_sizes == options.slab_sizes);
  CHECK(store.hash_power == 20);
  CHECK_FALSE(store.index_grows);
  CHECK(store.thread_count_max == 5);  // workers, control, snapshots
  CHECK_FALSE(store.has_cas);
  CHECK_FALSE(store.evicts);
  CHECK(store.uses_huge_pages);
}

TEST_CASE("a large cache uses large pages by default, unless disabled") {
  const auto uses_them = [](uint64_t memory_bytes, bool asks, bool refuses) {
    Options options;
    options.memory_bytes_max = memory_bytes;
    options.uses_large_pages = asks;
    options.avoids_large_pages = refuses;
    return store_options(options).uses_huge_pages;
  };
  const uint64_t gigabyte = uint64_t{1} << 30;
  CHECK(uses_them(gigabyte, false, false));
  CHECK_FALSE(uses_them(gigabyte - 1, false, false));
  CHECK(uses_them(gigabyte - 1, true, false));
  CHECK_FALSE(uses_them(gigabyte, false, true));
}

TEST_CASE("two servers have different hash seeds") {
  CHECK(store_options(Options{}).hash_seed != store_options(Options{}).hash_seed);
}

}  // namespace
}  // namespace larder::server
