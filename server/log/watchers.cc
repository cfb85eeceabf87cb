#include "server/log/watchers.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "server/log/watch_line.h"

namespace larder::server {
namespace {

constexpr std::string_view kGreeting = "OK\r\n";
constexpr size_t kRecordsPerPassMax = 4096;  // before sockets are polled again
constexpr size_t kBusyRecordCount = 64;      // after so many in one pass the next follows at once
constexpr int kShortPauseMilliseconds = 1;

void notify(const base::UniqueFd& wakeup) noexcept {
  const uint64_t one = 1;
  (void)!::write(wakeup.get(), &one, sizeof one);  // fails only if a notification is pending
}

using Runs = std::array<std::string_view, 2>;

// Sends both runs, with the result of send(2).
ssize_t send_some(int fd, const Runs& runs) noexcept {
  std::array<iovec, 2> parts;
  for (size_t i = 0; i < runs.size(); ++i) {
    parts[i] = {const_cast<char*>(runs[i].data()), runs[i].size()};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t send_some(TlsSession& tls, const Runs& runs) noexcept {
  const std::string_view first = runs[0].empty() ? runs[1] : runs[0];
  return tls.write(first.substr(0, tls.record_size()));
}

}  // namespace

WatchRing& Watchers::make_ring() {
  const std::lock_guard lock(mutex_);
  rings_.push_back(std::make_unique<WatchRing>());
  if (has_memory_) has_memory_ = rings_.back()->open(ring_bytes_);
  return *rings_.back();
}

Watchers::Outcome Watchers::add(int fd, uint16_t streams, std::function<void()> on_left,
                                TlsSession* tls) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return Outcome::Failed;
  if (count_ >= kCountMax) return Outcome::TooMany;
  auto watcher = std::make_unique<Watcher>(fd, tls, streams, buffer_bytes_, std::move(on_left));
  if (!watcher->buffer.is_usable() || !start()) return Outcome::Failed;
  watcher->buffer.offer(kGreeting);
  arrivals_.push_back(std::move(watcher));
  ++count_;
  notify(wakeup_);
  return Outcome::Added;
}

// Allocates the rings and starts the thread, for the first watcher.  Called with mutex_ held.
// Returns false if the system lacks resources.
bool Watchers::start() {
  for (const auto& ring : rings_) {
    if (!ring->open(ring_bytes_)) return false;
  }
  has_memory_ = true;
  if (!wakeup_) wakeup_ = base::UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wakeup_) return false;
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread([this] {
      ::pthread_setname_np(::pthread_self(), "logger");
      run();
    });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

// Called by the logger thread, so that it knows the recipients of every record.
void Watchers::publish_streams() {
  uint16_t streams = 0;
  for (const auto& watcher : watchers_) streams |= watcher->streams;
  streams_.store(streams, std::memory_order_release);
}

void Watchers::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    count_ = 0;
    if (!thread_.joinable()) return;
    notify(wakeup_);
  }
  thread_.join();
}

WatchTotals Watchers::totals() const {
  WatchTotals totals{.watcher_sent = sent_.get(), .watcher_skipped = skipped_.get()};
  const std::lock_guard lock(mutex_);
  for (const auto& ring : rings_) {
    totals.worker_written += ring->written();
    totals.worker_dropped += ring->dropped();
  }
  totals.watcher_count = count_;
  return totals;
}

void Watchers::run() {
  int pause = kShortPauseMilliseconds;
  while (take_arrivals()) {
    const size_t count = drain();
    flush_all();
    pause = count > 0 ? kShortPauseMilliseconds : std::min(2 * pause, kPauseMilliseconds);
    const bool is_busy = count >= kBusyRecordCount;
    wait(watchers_.empty() ? -1 : is_busy ? 0 : pause);
    remove_departed();
  }
  drain();
  flush_all();
  watchers_.clear();
  publish_streams();
}

// Returns false when the thread should end.
bool Watchers::take_arrivals() {
  const std::lock_guard lock(mutex_);
  for (size_t i = sources_.size(); i < rings_.size(); ++i) {
    sources_.emplace_back(*rings_[i]);
  }
  for (auto& watcher : arrivals_) {
    watcher->last_gid = gid_.load(std::memory_order_relaxed);
    watchers_.push_back(std::move(watcher));
  }
  if (!arrivals_.empty()) publish_streams();
  arrivals_.clear();
  return !is_stopping_;
}

// Delivers the records of all rings, ordered by gid as far as they have arrived.  Returns their
// number.
size_t Watchers::drain() {
  size_t count = 0;
  for (; count < kRecordsPerPassMax; ++count) {
    Source* first = nullptr;
    for (Source& source : sources_) {
      if (!source.fill()) continue;
      if (first == nullptr || source.record.gid < first->record.gid) first = &source;
    }
    if (first == nullptr) break;
    deliver(*first);
    first->has_record = false;
  }
  return count;
}

void Watchers::deliver(const Source& source) {
  const WatchRecord& record = source.record;
  const uint16_t stream = stream_of(record.kind);
  std::array<char, kLogLineSizeMax> line;
  size_t size = 0;
  for (const auto& watcher : watchers_) {
    if ((watcher->streams & stream) == 0 || record.gid <= watcher->last_gid) continue;
    if (size == 0) size = format_watch_line(record, {source.text, record.text_size}, line.data());
    if (!watcher->buffer.has_room(size) && !watcher->is_blocked) flush(*watcher);
    (watcher->buffer.offer({line.data(), size}) ? sent_ : skipped_).add();
  }
}

void Watchers::flush(Watcher& watcher) noexcept {
  while (!watcher.is_blocked && !watcher.has_left && watcher.buffer.size() > 0) {
    const auto runs = watcher.buffer.runs();
    const ssize_t sent =
        watcher.tls != nullptr ? send_some(*watcher.tls, runs) : send_some(watcher.fd, runs);
    if (sent >= 0) {
      watcher.buffer.consume(static_cast<size_t>(sent));
      watcher.buffer.tell_skipped();
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      watcher.is_blocked = true;
      // Nothing is read from watchers, so a TLS session that waits for input is finished.
      if (watcher.tls != nullptr && watcher.tls->awaited() == Interest::Readable) {
        watcher.has_left = true;
      }
    } else if (errno != EINTR) {
      watcher.has_left = true;
    }
  }
}

void Watchers::flush_all() noexcept {
  for (const auto& watcher : watchers_) flush(*watcher);
}

// Nothing is read from watchers; their input stays in the kernel's socket buffer.
void Watchers::wait(int milliseconds) {
  std::array<pollfd, kCountMax + 1> polled;
  nfds_t count = 0;
  polled[count++] = {wakeup_.get(), POLLIN, 0};
  for (const auto& watcher : watchers_) {
    const int events = POLLRDHUP | (watcher->is_blocked ? POLLOUT : 0);
    polled[count++] = {watcher->fd, static_cast<short>(events), 0};
  }
  if (::poll(polled.data(), count, milliseconds) <= 0) return;
  uint64_t notices;
  if (polled[0].revents != 0) (void)!::read(wakeup_.get(), &notices, sizeof notices);
  for (size_t i = 0; i < watchers_.size(); ++i) {
    const short events = polled[i + 1].revents;
    if ((events & POLLOUT) != 0) watchers_[i]->is_blocked = false;
    if ((events & ~POLLOUT) != 0) watchers_[i]->has_left = true;
  }
}

void Watchers::remove_departed() {
  for (size_t i = 0; i < watchers_.size();) {
    if (!watchers_[i]->has_left) {
      ++i;
      continue;
    }
    const std::unique_ptr<Watcher> departed = std::move(watchers_[i]);
    watchers_.erase(watchers_.begin() + static_cast<ptrdiff_t>(i));
    publish_streams();
    {
      const std::lock_guard lock(mutex_);
      if (!is_stopping_) --count_;
    }
    departed->on_left();
  }
}

}  // namespace larder::server
