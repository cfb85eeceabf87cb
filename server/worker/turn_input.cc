// The reading half of a turn, and taking up again what waited for a slow client.

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "server/command/first_byte.h"
#include "server/worker/turn.h"

namespace larder::server {
namespace {

constexpr size_t kReadSize = 16 << 10;        // of one connection, per turn
constexpr size_t kTailInBufferMax = 8 << 10;  // a longer tail stays where it is and grows there
static_assert(kReadSize + kTailInBufferMax <= kTurnBufferReserve);

constexpr uint32_t kTailGrowth = 64 << 10;
constexpr size_t kUploadPerTurnMax = 256 << 10;

// The watch is changed only if the session has to send before it can read, or had to.
ssize_t receive_by_tls(Connection& connection, char* to, size_t size) {
  TlsSession& tls = *connection.tls;
  const Interest awaited_before = tls.awaited();
  const ssize_t got = tls.read(to, size);
  const int error = errno;
  if (tls.awaited() != Interest::Readable || awaited_before != Interest::Readable) {
    connection.watch.change(tls.awaited());
  }
  errno = error;
  return got;
}

template <typename Read>
ssize_t retrying(Read read) {
  ssize_t got;
  do {
    got = read();
  } while (got < 0 && errno == EINTR);
  return got;
}

// Whether nothing more can come of reading.
bool is_done(const Connection& connection) { return connection.is_ending(); }

}  // namespace

// True when the backlog is gone and the connection may be served.
bool Turn::resume(Connection& connection) {
  Backlog& backlog = *connection.backlog;
  const Outbox& replies = backlog.replies;
  const Sent sent = send(connection, replies, OutboxMark{}, replies.mark(), backlog.sent);
  backlog.sent += sent.size;
  counters_.bytes_written.add(sent.size);
  counters_.backlog_bytes.subtract(sent.size);
  if (sent.size > 0 && connection.cut_request != nullptr) {
    connection.cut_request->moved_at = executor_.now();
  }
  switch (sent.outcome) {
    case SendOutcome::Blocked:
      // Who waited for a login was not watched until it was answered.
      if (connection.is_waiting_for_login() || connection.tls != nullptr) {
        connection.watch.change(connection.interest_of_backlog());
      }
      return false;
    case SendOutcome::Failed: finished_.push_back(&connection); return false;
    case SendOutcome::All: break;
  }
  connection.backlog.reset();
  connection.ready_at = began_at_;  // what was read before has waited for nobody but the client
  if (connection.is_ending() && connection.cut_request == nullptr) {
    finished_.push_back(&connection);
    return false;
  }
  connection.watch.change(Interest::Readable);
  return true;
}

// Sets part.input.  False if there is nothing to parse.
bool Turn::read_input(Part& part) {
  Connection& connection = *part.connection;
  ConnectionInput& input = connection.input;
  Tail& tail = input.tail;
  const bool has_unparsed = std::exchange(input.has_unparsed_tail, false);
  if (tail.size() > kTailInBufferMax) {
    if (!has_unparsed) {
      counters_.tail_bytes.subtract(tail.capacity());
      char* const end = tail.prepare(kTailGrowth);
      counters_.tail_bytes.add(tail.capacity());
      const ssize_t size = receive(connection, end, kTailGrowth);
      if (check_read(connection, size)) tail.grow(static_cast<uint32_t>(size));
    }
    part.input = tail.bytes();
    return !is_done(connection);
  }
  char* const begin = buffer_.get() + buffer_used_;
  size_t size = 0;
  bool has_read = has_unparsed;
  if (tail.size() == 0 && input.upload() != nullptr) {
    if (!read_into_upload(connection, {begin, kReadSize}, &size)) return false;
    // In binary nothing has to follow the value, and there may never be more to read.
    const Upload& upload = *input.upload();
    const bool is_all = upload.writer.is_full() && protocol::terminator_size(upload.style) == 0;
    if (is_all && size == 0) return true;
    has_read = has_read || size > 0;
  } else {
    size = tail.bytes().copy(begin, tail.size());
  }
  if (!has_read) {
    const ssize_t got = receive(connection, begin + size, kReadSize);
    if (check_read(connection, got)) size += static_cast<size_t>(got);
    part.may_read_on = got == static_cast<ssize_t>(kReadSize);
  }
  part.input = {begin, size};
  buffer_used_ += size;
  if (size == 0 || is_done(connection)) return false;
  if (input.dialect == ConnectionInput::Dialect::Unknown) {
    input.dialect = begins_binary(connection.protocol, *begin) ? ConnectionInput::Dialect::Binary
                                                               : ConnectionInput::Dialect::Text;
  }
  return true;
}

// When an upload has taken all of the input, and that was as much as is read at once: the rest of
// the value is most likely there.  True if there is something to parse.
bool Turn::read_on(Part& part) {
  const bool has_space = kTurnBufferSize - buffer_used_ >= kReadSize;
  if (!std::exchange(part.may_read_on, false) || !has_space) return false;
  char* const begin = buffer_.get() + buffer_used_;
  size_t size = 0;
  const bool is_to_parse = read_into_upload(*part.connection, {begin, kReadSize}, &size);
  buffer_used_ += size;
  part.input = {begin, size};
  part.parsed = 0;
  part.begins_with_request = false;
  return is_to_parse && !is_done(*part.connection);
}

// As read(2).
ssize_t Turn::receive(Connection& connection, char* to, size_t size) {
  if (connection.tls == nullptr) [[likely]]
    return retrying([&] { return ::read(connection.fd.get(), to, size); });
  return receive_by_tls(connection, to, size);
}

// The same of two places, the second of which may get nothing.
ssize_t Turn::receive(Connection& connection, std::span<char> to, std::span<char> then_to) {
  if (connection.tls != nullptr || then_to.empty()) {
    return receive(connection, to.data(), to.size());
  }
  const iovec places[] = {{to.data(), to.size()}, {then_to.data(), then_to.size()}};
  return retrying([&] { return ::readv(connection.fd.get(), places, 2); });
}

Sent Turn::send(Connection& connection, const Outbox& outbox, const OutboxMark& begin,
                const OutboxMark& end, size_t skip) {
  if (connection.tls != nullptr) [[unlikely]] {
    return send_between(*connection.tls, outbox, begin, end, skip);
  }
  return send_between(connection.fd.get(), outbox, begin, end, skip);
}

// Reads straight into the item, and to `behind` its last bytes, if they are few, and what has come
// behind it.  True if that, or more that may be waiting behind the value, is to be parsed.
bool Turn::read_into_upload(Connection& connection, std::span<char> behind, size_t* behind_size) {
  slab::ItemWriter& writer = connection.input.upload()->writer;
  for (size_t total = 0; total < kUploadPerTurnMax && !writer.is_full();) {
    const std::span<char> room = writer.room(executor_.now());
    if (room.empty()) return true;  // no memory: feed_upload() says so
    const bool is_near_end = writer.missing() - room.size() <= behind.size() / 2;
    const ssize_t got = receive(connection, room, is_near_end ? behind : std::span<char>());
    if (!check_read(connection, got)) return false;
    const size_t size = std::min(static_cast<size_t>(got), room.size());
    writer.advance(static_cast<uint32_t>(size));
    total += size;
    *behind_size = static_cast<size_t>(got) - size;
    if (size < room.size()) return false;
    if (*behind_size > 0) return true;
  }
  return writer.is_full();
}

// At the end of its input a client may still wait for the end of a long reply.
bool Turn::check_read(Connection& connection, ssize_t size) {
  if (size > 0) {
    counters_.bytes_read.add(static_cast<uint64_t>(size));
    return true;
  }
  if (size == 0) {
    connection.close_when_sent(CloseReason::Normal);
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    connection.lose();
  }
  return false;
}

}  // namespace larder::server
