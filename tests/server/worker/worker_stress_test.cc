// Workers and many clients with one store, while other threads read statistics; for the thread
// sanitizer.
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "server/server.h"
#include "tests/server/options/command_lines.h"
#include "tests/support/sockets.h"

namespace larder::server {
namespace {

constexpr int kClientCount = 4;
constexpr int kRoundCount = 150;
constexpr int kKeyCount = 20;

// A value names its key and its writer, and repeats that up to its end.
std::string value_of(int key, int writer, size_t size) {
  const std::string word = "<" + std::to_string(key) + " " + std::to_string(writer) + ">";
  std::string value;
  while (value.size() < size) value += word;
  return value;
}

bool is_value_of(int key, std::string_view value) {
  const std::string_view word = value.substr(0, value.find('>') + 1);
  if (!word.starts_with("<" + std::to_string(key) + " ")) return false;
  for (size_t at = 0; at < value.size(); at += word.size()) {
    if (value.substr(at, word.size()) != word) return false;
  }
  return true;
}

// A blocking connection of a client, which reads as much as needed.
class BlockingClient {
 public:
  explicit BlockingClient(uint16_t port) : fd_(support::connect_tcp(port)) {}

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }
  // Without its "\r\n"; "<closed>" at the end.
  std::string line() {
    size_t end;
    while ((end = received_.find("\r\n")) == std::string::npos) {
      if (!receive()) return "<closed>";
    }
    return take(end + 2).substr(0, end);
  }
  std::string bytes(size_t size) {
    while (received_.size() < size && receive()) {
    }
    return take(size);
  }

 private:
  bool receive() {
    char bytes[65536];
    const ssize_t size = ::read(fd_.get(), bytes, sizeof bytes);
    if (size > 0) received_.append(bytes, static_cast<size_t>(size));
    return size > 0;
  }
  std::string take(size_t size) {
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  base::UniqueFd fd_;
  std::string received_;
};

// Returns the number of invalid replies.
int converse(uint16_t port, int number) {
  std::mt19937 random(static_cast<uint32_t>(number));
  BlockingClient client(port);
  int wrong = 0;
  for (int round = 0; round < kRoundCount; ++round) {
    const int key = static_cast<int>(random() % kKeyCount);
    const std::string name = "k" + std::to_string(key);
    const size_t sizes[] = {10, 100, 1000, 3000, 6000, 50'000};
    const std::string value = value_of(key, number, sizes[random() % 6]);
    if (random() % 20 == 0) client.send("delete " + name + " noreply\r\nflush_all noreply\r\n");
    client.send("set " + name + " 0 0 " + std::to_string(value.size()) + "\r\n" + value + "\r\n");
    wrong += client.line() != "STORED";
    client.send("get " + name + " k0 " + name + "\r\n");
    for (std::string line; (line = client.line()) != "END";) {
      if (!line.starts_with("VALUE k")) return wrong + 1;
      const int hit_key = std::stoi(line.substr(7));
      const std::string body = client.bytes(std::stoul(line.substr(line.rfind(' '))) + 2);
      wrong += !is_value_of(hit_key, std::string_view(body).substr(0, body.size() - 2));
    }
  }
  return wrong;
}

// Requests statistics of all kinds, continuously.
int look_on(uint16_t port, const std::atomic<bool>& is_over) {
  int wrong = 0;
  while (!is_over) {
    BlockingClient client(port);
    for (const char* question : {"stats\r\n", "stats conns\r\n", "stats items\r\n",
                                 "stats slabs\r\n", "stats larder\r\n", "stats settings\r\n"}) {
      client.send(question);
      std::string line;
      while ((line = client.line()).starts_with("STAT ")) {
      }
      wrong += line != "END";
    }
  }
  return wrong;
}

TEST_CASE("clients of several workers read only values that were written") {
  const Options options = options_of("-l 127.0.0.1 -p -1 -t 2 -m 8 --log-level off");
  auto started = Server::start(options);
  const auto server = std::get<std::unique_ptr<Server>>(std::move(started));
  const uint16_t port = server->listeners().front().port();
  StopKind kind = StopKind::None;
  std::thread serving([&] { kind = server->run(); });

  std::atomic<int> wrong{0};
  std::atomic<bool> is_over{false};
  std::thread onlooker([&] { wrong += look_on(port, is_over); });
  std::vector<std::thread> clients;
  for (int i = 0; i < kClientCount; ++i) {
    clients.emplace_back([&, i] { wrong += converse(port, i); });
  }
  for (std::thread& client : clients) client.join();
  is_over = true;
  onlooker.join();
  server->request_stop(StopKind::Normal);
  serving.join();
  CHECK(wrong == 0);
  CHECK(kind == StopKind::Normal);
}

TEST_CASE("a server stops while clients are busy") {
  const Options options = options_of("-l 127.0.0.1 -p -1 -t 2 -m 8 --log-level off");
  auto started = Server::start(options);
  const auto server = std::get<std::unique_ptr<Server>>(std::move(started));
  const uint16_t port = server->listeners().front().port();
  std::thread serving([&] { server->run(); });
  std::atomic<int> ended_count{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kClientCount; ++i) {
    clients.emplace_back([&] {
      BlockingClient client(port);
      // Requests are answered until the connection ends, which must happen.
      do {
        client.send("get k\r\n");
      } while (client.line() == "END");
      ++ended_count;
    });
  }
  BlockingClient first(port);
  first.send("version\r\n");
  CHECK(first.line() == "VERSION 1.6.45");
  server->request_stop(StopKind::Graceful);
  serving.join();
  for (std::thread& client : clients) client.join();
  CHECK(ended_count == kClientCount);
}

}  // namespace
}  // namespace larder::server
