#include "client/exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <vector>

namespace larder::client {
namespace {

constexpr size_t kReadSize = size_t{64} * 1024;
constexpr int kReadsMax = 16;  // of one server, before the others and the clock are looked at

void send_some(Exchange& exchange) {
  while (exchange.sent_size < exchange.requests.size()) {
    const ssize_t sent =
        ::send(exchange.socket, exchange.requests.data() + exchange.sent_size,
               exchange.requests.size() - exchange.sent_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      exchange.sent_size += static_cast<size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      exchange.error = base::fail_errno("cannot send");
      return;
    }
  }
}

void read_some(Exchange& exchange, std::span<char> buffer) {
  for (int reads = 0; reads < kReadsMax && !exchange.is_over(); ++reads) {
    const ssize_t received = ::recv(exchange.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received > 0) {
      const auto size = static_cast<size_t>(received);
      const auto state = exchange.replies.feed({buffer.data(), size});
      if (state == ReplyReader::State::Broken) {
        exchange.error = base::fail("what the server says is no answer to what it was asked");
      }
      // A full buffer is the sign that there is more.
      if (size < buffer.size()) return;
    } else if (received == 0) {
      exchange.error = base::fail("the server closed the connection");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      exchange.error = base::fail_errno("cannot read");
    }
  }
}

// Those that are not over.
std::vector<pollfd> watch(std::span<const Exchange> exchanges, std::vector<size_t>& places) {
  std::vector<pollfd> watched;
  places.clear();
  for (size_t i = 0; i < exchanges.size(); ++i) {
    const Exchange& exchange = exchanges[i];
    if (exchange.is_over()) continue;
    const bool has_unsent = exchange.sent_size < exchange.requests.size();
    const int events = has_unsent ? POLLIN | POLLOUT : POLLIN;
    watched.push_back({exchange.socket, static_cast<short>(events), 0});
    places.push_back(i);
  }
  return watched;
}

}  // namespace

void run(std::span<Exchange> exchanges, Deadline deadline) {
  for (Exchange& exchange : exchanges) send_some(exchange);

  const auto buffer = std::make_unique_for_overwrite<char[]>(kReadSize);
  std::vector<size_t> places;
  for (;;) {
    std::vector<pollfd> watched = watch(exchanges, places);
    if (watched.empty()) return;
    if (const auto ready = wait_for(watched, deadline); !ready) {
      for (const size_t place : places) exchanges[place].error = ready.error();
      return;
    }
    for (size_t i = 0; i < watched.size(); ++i) {
      Exchange& exchange = exchanges[places[i]];
      if ((watched[i].revents & POLLOUT) != 0) send_some(exchange);
      if ((watched[i].revents & ~POLLOUT) != 0) read_some(exchange, {buffer.get(), kReadSize});
    }
  }
}

}  // namespace larder::client
