#include "client/stream.h"

#include <poll.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "tests/support/sockets.h"

namespace larder::client {
namespace {

struct Pair {
  Pair() : Pair(support::socket_pair()) {}
  explicit Pair(support::SocketPair pair)
      : ours(std::move(pair.ours)), theirs(std::move(pair.theirs)) {}

  Stream ours;
  base::UniqueFd theirs;
};

TEST_CASE("a read returns available bytes, nothing if there are none, and an error at the end") {
  Pair pair;
  std::string buffer(Stream::kReadSizeMin, '\0');
  auto received = pair.ours.read(buffer);
  REQUIRE(received);
  CHECK(*received == 0);
  CHECK(pair.ours.read_events() == POLLIN);
  CHECK(pair.ours.is_quiet());

  support::send_text(pair.theirs, "HD\r\n");
  CHECK_FALSE(pair.ours.is_quiet());
  received = pair.ours.read(buffer);
  REQUIRE(received);
  CHECK(buffer.substr(0, *received) == "HD\r\n");

  pair.theirs.reset();
  CHECK_FALSE(pair.ours.is_quiet());
  received = pair.ours.read(buffer);
  REQUIRE_FALSE(received);
  CHECK(received.error().code == ErrorCode::ConnectionLost);
  CHECK(received.error().text == "the server closed the connection");
}

TEST_CASE("a write sends what fits, and returns an error, not a signal, when the peer has closed") {
  Pair pair;
  const std::string bytes(1 << 20, 'x');
  size_t total = 0;
  for (;;) {
    const auto sent = pair.ours.write(bytes);
    REQUIRE(sent);
    if (*sent == 0) break;
    total += *sent;
  }
  CHECK(total > 0);
  CHECK(pair.ours.write_events() == POLLOUT);
  pair.theirs.reset();
  const auto sent = pair.ours.write(bytes);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == ErrorCode::ConnectionLost);
}

TEST_CASE("a stream can be moved with its socket") {
  Pair pair;
  Stream moved(std::move(pair.ours));
  CHECK_FALSE(pair.ours);
  REQUIRE(moved);
  const base::UniqueFd socket = moved.release_socket();
  CHECK_FALSE(moved);
  support::send_text(socket, "x");
  char byte = 0;
  CHECK(::recv(pair.theirs.get(), &byte, 1, 0) == 1);
}

}  // namespace
}  // namespace larder::client
