// Many threads use one client while nodes die, come back and are replaced.
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "client/background_poller.h"
#include "client/client.h"
#include "tests/support/larder_process.h"
#include "tests/support/scripted_server.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;
using support::LarderProcess;

constexpr int kThreads = 4;
constexpr int kKeys = 50;

std::string key_of(int i) { return "key" + std::to_string(i); }

// A value names its key and repeats a pattern, so that values of other keys and mixed-up parts are
// detected.
std::string value_of(int key, int version) {
  const std::string mark = key_of(key) + "/" + std::to_string(version) + ";";
  std::string value;
  while (value.size() < static_cast<size_t>(key) * 100 % 3000 + 1) value += mark;
  return value;
}

bool is_of(int key, const std::string& value) {
  const std::string mark = value.substr(0, value.find(';') + 1);
  if (!mark.starts_with(key_of(key) + "/")) return false;
  for (size_t at = 0; at < value.size(); at += mark.size()) {
    if (value.compare(at, mark.size(), mark) != 0) return false;
  }
  return true;
}

struct Tally {
  std::atomic<int> wrong{0};
  std::atomic<int> right{0};
  std::atomic<int> failed{0};
};

void use(Client& client, unsigned seed, const std::atomic<bool>& is_over, Tally& tally) {
  std::minstd_rand random(seed);
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back(key_of(i));
  while (!is_over) {
    const int key = static_cast<int>(random() % kKeys);
    switch (random() % 4) {
      case 0:
        tally.failed += !client.set(keys[key], value_of(key, static_cast<int>(random())));
        break;
      case 1: (void)client.remove(keys[key]); break;
      case 2: {
        const auto item = client.get(keys[key]);
        if (item && *item) ++(is_of(key, (*item)->value) ? tally.right : tally.wrong);
        break;
      }
      default: {
        const auto items = client.get_many(keys);
        for (int i = 0; i < kKeys; ++i) {
          if (items[i] && *items[i]) ++(is_of(i, (*items[i])->value) ? tally.right : tally.wrong);
        }
      }
    }
  }
}

TEST_CASE("no thread reads the value of another key while nodes fail and return") {
  LarderProcess a;
  const LarderProcess b;
  const LarderProcess c;
  std::atomic<int> version = 1;
  const auto text_of = [](const Address& address) {
    return "localhost|127.0.0.1|" + std::to_string(address.port);
  };
  support::ScriptedServer seed([&](support::ScriptedPeer& peer) {
    peer.line();
    const int now = ++version;
    std::string list = text_of(a.address()) + " " + text_of(b.address());
    if (now % 2 == 0) list += " " + text_of(c.address());
    const std::string text = std::to_string(now) + "\n" + list + "\n";
    peer.say("CONFIG cluster 0 " + std::to_string(text.size()) + "\r\n" + text + "\r\nEND\r\n");
  });
  Options options;
  options.nodes = {{.address = seed.address()}};
  options.discovery.emplace();
  options.connect_timeout = 2s;
  options.request_timeout = 100ms;  // so that some requests time out
  options.connections_max = 3;      // so that some threads wait for a connection
  options.idle_connections_max = 2;
  options.health = {.failures_max = 2, .backoff_min = 5ms, .backoff_max = 20ms};
  auto made = Client::make(options);
  REQUIRE(made);
  Client& client = **made;

  Tally tally;
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { use(client, i + 1, is_over, tally); });
  }
  {
    const BackgroundPoller poller(client, 20ms);
    for (int round = 0; round < 10; ++round) {
      std::this_thread::sleep_for(100ms);
      a.pause();
      std::this_thread::sleep_for(150ms);
      a.resume();
      if (round % 4 == 3) a.restart();
    }
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(tally.wrong == 0);
  CHECK(tally.right > 100);
  CHECK(client.cluster_version() > 3);
}

TEST_CASE("of many threads that request a key one computes it, for each of many keys") {
  const LarderProcess larder;
  Options options;
  options.nodes = {{.address = larder.address()}};
  options.connect_timeout = 5s;
  options.request_timeout = 10s;
  auto client = Client::make(options);
  REQUIRE(client);
  std::atomic<int> compute_count = 0;
  std::atomic<int> wrong_count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int key = 0; key < kKeys; ++key) {
        const auto got = (*client)->get_or_compute(key_of(key), [&] {
          ++compute_count;
          std::this_thread::sleep_for(2ms);
          return Result<std::string>(value_of(key, 1));
        });
        wrong_count += !got || got->value != value_of(key, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(compute_count == kKeys);
  CHECK(wrong_count == 0);
}

}  // namespace
}  // namespace larder::client
