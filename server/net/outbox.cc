#include "server/net/outbox.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace larder::server {
namespace {

constexpr size_t kRunsPerSendMax = 64;

// Calls visit(std::string_view) -> bool for the non-empty runs between the marks in order, except
// for the first `skip` bytes, until it returns false.
template <class Visit>
void for_each_run(const Outbox& outbox, const OutboxMark& begin, const OutboxMark& end, size_t skip,
                  Visit visit) {
  const auto visit_rest = [&](std::string_view run) {
    const size_t skipped = std::min(skip, run.size());
    skip -= skipped;
    run.remove_prefix(skipped);
    return run.empty() || visit(run);
  };
  const std::string_view owned = outbox.bytes().owned();
  size_t position = begin.owned;
  for (size_t i = begin.borrowed; i < end.borrowed; ++i) {
    const protocol::BorrowedRun& run = outbox.bytes().borrowed()[i];
    if (!visit_rest(owned.substr(position, run.owned_offset - position))) return;
    position = run.owned_offset;
    if (!visit_rest({run.data, run.size})) return;
  }
  visit_rest(owned.substr(position, end.owned - position));
}

Sent outcome_of_errno(size_t size) {
  const bool is_blocked = errno == EAGAIN || errno == EWOULDBLOCK;
  return {is_blocked ? SendOutcome::Blocked : SendOutcome::Failed, size};
}

// Collects runs into full TLS records; one record per run would produce records of a few bytes.
class RecordWriter {
 public:
  explicit RecordWriter(TlsSession& tls) : tls_(tls) {}

  // False if not everything was written; errno has the reason.
  bool add(std::string_view run) {
    while (!run.empty()) {
      const size_t room = tls_.record_size() - gathered_;
      const std::string_view part = run.substr(0, room);
      if (part.size() == tls_.record_size()) {  // fills a record on its own, so no copy is needed
        if (!write(part)) return false;
      } else {
        part.copy(bytes_ + gathered_, part.size());
        gathered_ += part.size();
        if (gathered_ == tls_.record_size() && !flush()) return false;
      }
      run.remove_prefix(part.size());
    }
    return true;
  }

  bool flush() { return write({bytes_, std::exchange(gathered_, 0)}); }

  size_t sent() const noexcept { return sent_; }

 private:
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = tls_.write(bytes);
      if (size < 0) return false;
      sent_ += static_cast<size_t>(size);
      bytes.remove_prefix(static_cast<size_t>(size));
    }
    return true;
  }

  TlsSession& tls_;
  size_t sent_ = 0;
  size_t gathered_ = 0;
  char bytes_[TlsSession::kRecordSizeMax];
};

}  // namespace

void Outbox::take_over(Outbox& from, const OutboxMark& begin, const OutboxMark& end, size_t skip) {
  const std::string_view owned = from.bytes().owned();
  const auto is_borrowed = [&](const char* data) {
    return data < owned.data() || data >= owned.data() + owned.size();
  };
  for_each_run(from, begin, end, skip, [&](std::string_view run) {
    is_borrowed(run.data()) ? bytes_.append_borrowed(run) : bytes_.append(run);
    return true;
  });
  for (size_t i = begin.pins; i < end.pins; ++i) pins_.push_back(std::move(from.pins_[i]));
}

Sent send_between(int fd, const Outbox& outbox, const OutboxMark& begin, const OutboxMark& end,
                  size_t skip) {
  if (begin.borrowed == end.borrowed) {
    const size_t wanted = end.owned - begin.owned - skip;
    size_t sent = 0;
    while (sent < wanted) {
      const ssize_t size = ::send(fd, outbox.bytes().owned().data() + begin.owned + skip + sent,
                                  wanted - sent, MSG_NOSIGNAL);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return outcome_of_errno(sent);
      sent += static_cast<size_t>(size);
    }
    return {SendOutcome::All, sent};
  }
  size_t sent = 0;
  for (;;) {
    iovec runs[kRunsPerSendMax];
    size_t count = 0;
    for_each_run(outbox, begin, end, skip + sent, [&](std::string_view run) {
      runs[count++] = {const_cast<char*>(run.data()), run.size()};
      return count < kRunsPerSendMax;
    });
    if (count == 0) return {SendOutcome::All, sent};
    msghdr message{};
    message.msg_iov = runs;
    message.msg_iovlen = count;
    const ssize_t size = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return outcome_of_errno(sent);
    sent += static_cast<size_t>(size);
  }
}

Sent send_between(TlsSession& tls, const Outbox& outbox, const OutboxMark& begin,
                  const OutboxMark& end, size_t skip) {
  RecordWriter writer(tls);
  bool is_taken = true;
  for_each_run(outbox, begin, end, skip,
               [&](std::string_view run) { return is_taken = writer.add(run); });
  if (is_taken && writer.flush()) return {SendOutcome::All, writer.sent()};
  return outcome_of_errno(writer.sent());
}

}  // namespace larder::server
