// What goes to the clients of a turn: replies of several connections one after the other in one
// buffer, and the pins that keep borrowed values alive until they are sent.
//
// Threads: one owner, the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/reply_buffer.h"
#include "server/net/tls_session.h"
#include "slab/item_pin.h"

namespace larder::server {

// A place in an outbox: what was appended before it and after it can be told apart.
struct OutboxMark {
  size_t owned = 0;
  size_t borrowed = 0;  // number of borrowed runs
  size_t pins = 0;

  bool operator==(const OutboxMark&) const = default;
};

class Outbox {
 public:
  explicit Outbox(size_t capacity) : bytes_(capacity) {}

  protocol::ReplyBuffer& bytes() noexcept { return bytes_; }
  const protocol::ReplyBuffer& bytes() const noexcept { return bytes_; }
  void keep(slab::ItemPin pin) { pins_.push_back(std::move(pin)); }

  OutboxMark mark() const noexcept {
    return {bytes_.owned().size(), bytes_.borrowed().size(), pins_.size()};
  }
  bool is_empty() const noexcept { return bytes_.empty(); }
  void clear() {
    bytes_.clear();
    pins_.clear();
  }

  // Appends what `from` has between the two marks, less its first `skip` bytes: owned bytes are
  // copied, borrowed runs and pins taken over.
  void take_over(Outbox& from, const OutboxMark& begin, const OutboxMark& end, size_t skip);

 private:
  protocol::ReplyBuffer bytes_;
  std::vector<slab::ItemPin> pins_;
};

enum class SendOutcome : uint8_t { All, Blocked, Failed };

struct Sent {
  SendOutcome outcome;
  size_t size;  // bytes the socket took
};

// Sends what lies between the marks, less its first `skip` bytes, until all is taken or the socket
// blocks.  One send() if nothing is borrowed.
Sent send_between(int fd, const Outbox& outbox, const OutboxMark& begin, const OutboxMark& end,
                  size_t skip);

// The same by way of TLS, in records of the session's size.  When it goes on after it was blocked,
// what there is to send begins with the same bytes and has not become less.
Sent send_between(TlsSession& tls, const Outbox& outbox, const OutboxMark& begin,
                  const OutboxMark& end, size_t skip);

}  // namespace larder::server
