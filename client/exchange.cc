#include "client/exchange.h"

#include <poll.h>

#include <memory>
#include <string_view>
#include <vector>

namespace larder::client {
namespace {

constexpr size_t kReadSize = size_t{64} * 1024;
constexpr int kReadsMax = 16;  // from one server, before the others and the deadline are checked

void send_some(Exchange& exchange) {
  while (exchange.sent_size < exchange.requests.size()) {
    const std::string_view unsent = std::string_view(exchange.requests).substr(exchange.sent_size);
    const Result<size_t> sent = exchange.stream->write(unsent);
    if (!sent) exchange.error = sent.error();
    if (!sent || *sent == 0) return;
    exchange.sent_size += *sent;
  }
}

void read_some(Exchange& exchange, std::span<char> buffer) {
  for (int reads = 0; reads < kReadsMax && !exchange.is_over(); ++reads) {
    const Result<size_t> received = exchange.stream->read(buffer);
    if (!received) exchange.error = received.error();
    if (!received || *received == 0) return;
    const auto state = exchange.replies.feed({buffer.data(), *received});
    if (state == ReplyReader::State::Broken) {
      exchange.error = fail(ErrorCode::BadReply, "the server's reply does not match the request");
    }
    // A full buffer means that there may be more to read.
    if (*received < buffer.size()) return;
  }
}

// The file descriptors of the exchanges that have not ended.
std::vector<pollfd> watch(std::span<const Exchange> exchanges, std::vector<size_t>& places) {
  std::vector<pollfd> watched;
  places.clear();
  for (size_t i = 0; i < exchanges.size(); ++i) {
    const Exchange& exchange = exchanges[i];
    if (exchange.is_over()) continue;
    const bool has_unsent = exchange.sent_size < exchange.requests.size();
    const int events =
        exchange.stream->read_events() | (has_unsent ? exchange.stream->write_events() : 0);
    watched.push_back({exchange.stream->fd(), static_cast<short>(events), 0});
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
      const short ready = watched[i].revents;
      // With TLS, reading may wait until the socket is writable, and writing until it is readable.
      const bool may_read = (ready & (exchange.stream->read_events() | POLLERR | POLLHUP)) != 0;
      if ((ready & exchange.stream->write_events()) != 0) send_some(exchange);
      if (may_read) read_some(exchange, {buffer.get(), kReadSize});
    }
  }
}

}  // namespace larder::client
