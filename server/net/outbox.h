// The output of a turn: replies to several connections one after the other in one buffer, and the
// pins that keep borrowed values alive until they are sent.
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

// A position in an outbox: separates the output appended before and after it.
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

  // Appends the output of `from` between the two marks, except for its first `skip` bytes: owned
  // bytes are copied; borrowed runs and pins are moved.
  void take_over(Outbox& from, const OutboxMark& begin, const OutboxMark& end, size_t skip);

 private:
  protocol::ReplyBuffer bytes_;
  std::vector<slab::ItemPin> pins_;
};

enum class SendOutcome : uint8_t { All, Blocked, Failed };

struct Sent {
  SendOutcome outcome;
  size_t size;  // number of bytes that the socket accepted
};

// Sends the output between the marks, except for its first `skip` bytes, until everything is sent
// or the socket would block.  Uses one send() if nothing is borrowed.
Sent send_between(int fd, const Outbox& outbox, const OutboxMark& begin, const OutboxMark& end,
                  size_t skip);

// The same over TLS, in records of the session's size.  After it was blocked, the next call must
// start with the same bytes and have at least as many.
Sent send_between(TlsSession& tls, const Outbox& outbox, const OutboxMark& begin,
                  const OutboxMark& end, size_t skip);

}  // namespace larder::server
