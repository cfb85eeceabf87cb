#include "server/worker/turn_input.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "server/command/first_byte.h"

namespace larder::server {
namespace {

constexpr size_t kReadSize = 16 << 10;  // from one connection, per turn
// A longer tail stays in its own memory and grows there.
constexpr size_t kTailInBufferMax = 8 << 10;
static_assert(kReadSize + kTailInBufferMax <= TurnInput::kBufferReserve);

constexpr uint32_t kTailGrowth = 64 << 10;
constexpr size_t kUploadPerTurnMax = 256 << 10;

// Changes the watch only if the session must write before it can read, or no longer has to.
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

// Like read(2).
ssize_t receive(Connection& connection, char* to, size_t size) {
  if (connection.tls == nullptr) [[likely]]
    return retrying([&] { return ::read(connection.fd.get(), to, size); });
  return receive_by_tls(connection, to, size);
}

// The same for two buffers, of which the second may get nothing.
ssize_t receive(Connection& connection, std::span<char> to, std::span<char> then_to) {
  if (connection.tls != nullptr || then_to.empty()) {
    return receive(connection, to.data(), to.size());
  }
  const iovec places[] = {{to.data(), to.size()}, {then_to.data(), then_to.size()}};
  return retrying([&] { return ::readv(connection.fd.get(), places, 2); });
}

}  // namespace

TurnInput::TurnInput(WorkerCounters& counters)
    : counters_(counters), buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {}

bool TurnInput::read(TurnPart& part, base::Time now) {
  Connection& connection = *part.connection;
  ConnectionInput& input = connection.input;
  Tail& tail = input.tail;
  const bool has_unparsed = std::exchange(input.has_unparsed_tail, false);
  if (tail.size() > kTailInBufferMax) {
    if (!has_unparsed) read_into_tail(connection);
    part.input = tail.bytes();
    return !connection.is_ending();
  }
  char* const begin = buffer_.get() + used_;
  size_t size = 0;
  bool has_read = has_unparsed;
  if (tail.size() == 0 && input.upload() != nullptr) {
    if (!read_into_upload(connection, {begin, kReadSize}, &size, now)) return false;
    // In the binary protocol the value has no terminator, so there may be nothing more to read.
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
  used_ += size;
  if (size == 0 || connection.is_ending()) return false;
  if (input.dialect == ConnectionInput::Dialect::Unknown) {
    input.dialect = begins_binary(connection.protocol, *begin) ? ConnectionInput::Dialect::Binary
                                                               : ConnectionInput::Dialect::Text;
  }
  return true;
}

bool TurnInput::read_on(TurnPart& part, base::Time now) {
  const bool has_space = kBufferSize - used_ >= kReadSize;
  if (!std::exchange(part.may_read_on, false) || !has_space) return false;
  char* const begin = buffer_.get() + used_;
  size_t size = 0;
  const bool is_to_parse = read_into_upload(*part.connection, {begin, kReadSize}, &size, now);
  used_ += size;
  part.input = {begin, size};
  part.parsed = 0;
  part.begins_with_request = false;
  return is_to_parse && !part.connection->is_ending();
}

// Reads directly into the item; a short end of the value, and what follows it, goes to `behind`.
// Returns true if this or further bytes after the value are to be parsed.
bool TurnInput::read_into_upload(Connection& connection, std::span<char> behind,
                                 size_t* behind_size, base::Time now) {
  slab::ItemWriter& writer = connection.input.upload()->writer;
  for (size_t total = 0; total < kUploadPerTurnMax && !writer.is_full();) {
    const std::span<char> room = writer.room(now);
    if (room.empty()) return true;  // no memory: TurnUpload::feed() reports it
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

// A client that has closed its sending side may still wait for the end of a long reply.
bool TurnInput::check_read(Connection& connection, ssize_t size) {
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

void TurnInput::read_into_tail(Connection& connection) {
  Tail& tail = connection.input.tail;
  counters_.tail_bytes.subtract(tail.capacity());
  char* const end = tail.prepare(kTailGrowth);
  counters_.tail_bytes.add(tail.capacity());
  const ssize_t size = receive(connection, end, kTailGrowth);
  if (check_read(connection, size)) tail.grow(static_cast<uint32_t>(size));
}

void TurnInput::keep(Connection& connection, std::string_view rest) {
  Tail& tail = connection.input.tail;
  const bool had_tail = tail.capacity() != 0;
  if (!had_tail && rest.empty()) return;
  counters_.tail_bytes.subtract(tail.capacity());
  if (had_tail) counters_.tail_count.subtract();
  tail.assign(rest);
  counters_.tail_bytes.add(tail.capacity());
  if (tail.capacity() != 0) counters_.tail_count.add();
}

}  // namespace larder::server
