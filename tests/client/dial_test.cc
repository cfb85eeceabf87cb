#include "client/dial.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <initializer_list>
#include <thread>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;

// A loopback address that is or was listening, and an addrinfo for it.
struct Place {
  explicit Place(int backlog) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    REQUIRE(::bind(fd.get(), to_sockaddr(), size) == 0);
    REQUIRE(::listen(fd.get(), backlog) == 0);
    REQUIRE(::getsockname(fd.get(), to_sockaddr(), &size) == 0);
    entry.ai_addr = to_sockaddr();
    entry.ai_addrlen = size;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  sockaddr* to_sockaddr() { return reinterpret_cast<sockaddr*>(&name); }

  base::UniqueFd fd;
  sockaddr_in name{};
  addrinfo entry{};
};

// Accepts no connections and has a full queue: further SYN packets are dropped.
struct BlackHole : Place {
  BlackHole() : Place(0) {
    for (int i = 0; i < 8; ++i) {
      auto caller = dial(to_sockaddr(), sizeof name, deadline_after(50ms));
      if (!caller) return;
      callers.push_back(std::move(*caller));
    }
    FAIL("everybody was let in");
  }

  std::vector<base::UniqueFd> callers;
};

void check_leads_to(const Place& place, const Result<base::UniqueFd>& fd) {
  REQUIRE(fd.has_value());
  sockaddr_in name{};
  socklen_t size = sizeof name;
  REQUIRE(::getpeername(fd->get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
  CHECK(name.sin_port == place.name.sin_port);
}

void chain(std::initializer_list<Place*> places) {
  Place* last = nullptr;
  for (Place* const place : places) {
    if (last != nullptr) last->entry.ai_next = &place->entry;
    last = place;
  }
}

TEST_CASE("an address that drops packets leaves time for the next one") {
  BlackHole first, second;
  Place third(8);
  chain({&first, &second, &third});
  check_leads_to(third, dial_first(&first.entry, deadline_after(600ms)));
}

TEST_CASE("the first address that accepts the connection is used") {
  Place refusing(8), first(8), second(8);
  refusing.fd.reset();
  chain({&refusing, &first, &second});
  check_leads_to(first, dial_first(&refusing.entry, deadline_after(10s)));
}

// A Unix socket with as many pending connections as its queue holds.
struct FullQueue {
  FullQueue() : listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    name.sun_family = AF_UNIX;
    directory.file("socket").copy(name.sun_path, sizeof(name.sun_path) - 1);
    REQUIRE(::bind(listener.get(), to_sockaddr(), sizeof name) == 0);
    REQUIRE(::listen(listener.get(), 0) == 0);
    for (auto caller = call(0ms); caller; caller = call(0ms)) callers.push_back(std::move(*caller));
    REQUIRE_FALSE(callers.empty());
  }

  sockaddr* to_sockaddr() { return reinterpret_cast<sockaddr*>(&name); }
  Result<base::UniqueFd> call(std::chrono::milliseconds time) {
    return dial(to_sockaddr(), sizeof name, deadline_after(time));
  }

  support::TemporaryDirectory directory;
  sockaddr_un name{};
  base::UniqueFd listener;
  std::vector<base::UniqueFd> callers;
};

TEST_CASE("connecting to a Unix socket waits while its queue is full") {
  FullQueue queue;
  SECTION("until the deadline") {
    const auto begun = std::chrono::steady_clock::now();
    CHECK_FALSE(queue.call(50ms).has_value());
    CHECK(std::chrono::steady_clock::now() - begun >= 50ms);
  }
  SECTION("until a connection is accepted") {
    std::thread accepting([&] {
      std::this_thread::sleep_for(30ms);
      base::UniqueFd(::accept4(queue.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    });
    CHECK(queue.call(20s).has_value());
    accepting.join();
  }
}

TEST_CASE("if no address accepts the error of the last one is returned") {
  BlackHole first;
  Place refusing(8);
  refusing.fd.reset();
  chain({&first, &refusing});
  const auto refused = dial_first(&first.entry, deadline_after(100ms));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text == "Connection refused");
  CHECK(dial_first(nullptr, deadline_after(100ms)).error().text == "the name has no address");
}

}  // namespace
}  // namespace larder::client
