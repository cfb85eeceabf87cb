#include "client/exchange.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/support/sockets.h"

namespace larder::client {
namespace {

using namespace std::chrono_literals;

// Two ends of a stream; the client uses `ours`.
struct Pair {
  Pair() : Pair(support::socket_pair()) {}
  explicit Pair(support::SocketPair pair)
      : ours(std::move(pair.ours)), theirs(std::move(pair.theirs)) {}

  Stream ours;
  base::UniqueFd theirs;
};

Exchange exchange_on(Stream& stream, std::string requests, uint64_t opaque = 1) {
  return {&stream, std::move(requests), ReplyReader(opaque, 1)};
}

std::string read_exactly(const base::UniqueFd& fd, size_t size) {
  std::string text;
  while (text.size() < size) {
    pollfd waited{fd.get(), POLLIN, 0};
    if (::poll(&waited, 1, support::kPatienceMilliseconds) != 1) return text;
    char bytes[4096];
    const ssize_t got = ::recv(fd.get(), bytes, std::min(sizeof bytes, size - text.size()), 0);
    if (got <= 0) return text;
    text.append(bytes, static_cast<size_t>(got));
  }
  return text;
}

TEST_CASE("requests are sent to all nodes before any of them has replied") {
  Pair a;
  Pair b;
  std::string heard;
  std::thread nodes([&] {
    // Replies to the first request only after the second has been received.
    heard = read_exactly(b.theirs, 2) + read_exactly(a.theirs, 2);
    support::send_text(b.theirs, "HD O2\r\nMN\r\n");
    support::send_text(a.theirs, "HD O1\r\nMN\r\n");
  });
  std::vector<Exchange> exchanges;
  exchanges.push_back(exchange_on(a.ours, "a\n"));
  exchanges.push_back(exchange_on(b.ours, "b\n", 2));
  run(exchanges, deadline_after(20s));
  nodes.join();
  CHECK(heard == "b\na\n");
  for (const Exchange& exchange : exchanges) {
    CHECK_FALSE(exchange.error);
    CHECK(exchange.replies.state() == ReplyReader::State::Complete);
  }
}

TEST_CASE("a batch larger than both socket buffers is sent while replies are read") {
  Pair pair;
  const size_t size = 16 << 20;
  std::thread node([&] {
    // Sends more than the socket holds before it has read everything.
    const std::string value(4 << 20, 'x');
    const std::string reply = "VA " + std::to_string(value.size()) + " O1\r\n" + value + "\r\n";
    read_exactly(pair.theirs, 1 << 20);
    for (size_t at = 0; at < reply.size();) {
      pollfd writable{pair.theirs.get(), POLLOUT, 0};
      if (::poll(&writable, 1, support::kPatienceMilliseconds) != 1) return;
      const ssize_t sent =
          ::send(pair.theirs.get(), reply.data() + at, reply.size() - at, MSG_NOSIGNAL);
      if (sent > 0) at += static_cast<size_t>(sent);
    }
    if (read_exactly(pair.theirs, size - (1 << 20)).size() != size - (1 << 20)) return;
    support::send_text(pair.theirs, "MN\r\n");
  });
  std::vector<Exchange> exchanges;
  exchanges.push_back(exchange_on(pair.ours, std::string(size, 'r')));
  run(exchanges, deadline_after(20s));
  node.join();
  CHECK_FALSE(exchanges[0].error);
  CHECK(exchanges[0].replies.take({})[0]->value.size() == 4 << 20);
}

TEST_CASE("a silent node times out at the deadline and does not affect the others") {
  Pair silent;
  Pair good;
  support::send_text(good.theirs, "HD O2\r\nMN\r\n");
  std::vector<Exchange> exchanges;
  exchanges.push_back(exchange_on(silent.ours, "a\n"));
  exchanges.push_back(exchange_on(good.ours, "b\n", 2));
  const auto start = std::chrono::steady_clock::now();
  run(exchanges, deadline_after(50ms));
  CHECK(std::chrono::steady_clock::now() - start >= 50ms);
  REQUIRE(exchanges[0].error);
  CHECK(exchanges[0].error->text == "timed out");
  CHECK_FALSE(exchanges[1].error);
}

TEST_CASE("a node that closes or sends an invalid reply fails at once") {
  Pair pair;
  std::vector<Exchange> exchanges;
  exchanges.push_back(exchange_on(pair.ours, "a\n"));
  SECTION("closes") {
    Pair other;
    exchanges[0].stream = &other.ours;
    other.theirs.reset();
    run(exchanges, deadline_after(20s));
    CHECK(exchanges[0].error.has_value());
  }
  SECTION("closes in the middle of a reply") {
    Pair other;
    exchanges[0].stream = &other.ours;
    support::send_text(other.theirs, "HD O1");
    ::shutdown(other.theirs.get(), SHUT_WR);
    run(exchanges, deadline_after(20s));
    REQUIRE(exchanges[0].error);
    CHECK(exchanges[0].error->text == "the server closed the connection");
  }
  SECTION("sends an invalid reply") {
    support::send_text(pair.theirs, "SSH-2.0-OpenSSH_9.2\r\n");
    run(exchanges, deadline_after(20s));
    REQUIRE(exchanges[0].error);
  }
}

TEST_CASE("an exchange without requests ends at once") { run({}, deadline_after(20s)); }

}  // namespace
}  // namespace larder::client
