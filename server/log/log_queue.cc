#include "server/log/log_queue.h"

#include <poll.h>
#include <pthread.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <limits>
#include <mutex>
#include <utility>

#include "base/counter.h"
#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

constexpr int kPollMilliseconds = 50;

// The sink of the writer thread.  spdlog's own sinks block on a pipe that nobody reads.
class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit DescriptorSink(base::UniqueFd file) : file_(std::move(file)) {}

  void replace(base::UniqueFd file) {
    const std::lock_guard lock(next_mutex_);
    next_ = std::move(file);
  }
  void give_up_at(int64_t monotonic_us) noexcept { give_up_at_us_.store(monotonic_us); }

  base::OwnedCounter written;  // owned by the writer thread
  base::OwnedCounter lost;     // owned by the writer thread

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    take_next();
    const int fd = file_ ? file_.get() : STDERR_FILENO;
    std::string_view line(message.payload.data(), message.payload.size());
    if (is_torn_) is_torn_ = !write_whole(fd, "\n");
    (!is_torn_ && write_whole(fd, line) ? written : lost).add();
  }
  void flush_() override { take_next(); }

 private:
  void take_next() {
    const std::lock_guard lock(next_mutex_);
    if (!next_) return;
    file_ = std::move(next_);
    is_torn_ = false;
  }

  // Returns false if a write failed; is_torn_ is set if only a part was written.
  bool write_whole(int fd, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
      if (!has_room(fd)) return false;
      const ssize_t size = ::write(fd, bytes.data(), bytes.size());
      if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(size));
      is_torn_ = !bytes.empty();
    }
    return true;
  }

  // Waits until the descriptor is writable; returns false on an error or after give_up_at().
  bool has_room(int fd) noexcept {
    while (monotonic_microseconds() < give_up_at_us_.load()) {
      pollfd waiting{fd, POLLOUT, 0};
      const int count = ::poll(&waiting, 1, kPollMilliseconds);
      if (count > 0) return true;  // writable, or an error that write() will report
      if (count < 0 && errno != EINTR) return false;
    }
    return false;
  }

  base::UniqueFd file_;   // empty: standard error
  bool is_torn_ = false;  // the last line has no newline
  std::mutex next_mutex_;
  base::UniqueFd next_;  // guarded by next_mutex_
  std::atomic<int64_t> give_up_at_us_{std::numeric_limits<int64_t>::max()};
};

}  // namespace

struct LogQueue::Parts {
  explicit Parts(base::UniqueFd file) : sink(std::make_shared<DescriptorSink>(std::move(file))) {
    // Errors cannot be reported anywhere; lines that fail are counted in sink_it_().
    logger->set_error_handler([](const std::string&) {});
  }

  std::shared_ptr<DescriptorSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> threads =
      std::make_shared<spdlog::details::thread_pool>(
          kLinesMax, 1, [] { ::pthread_setname_np(::pthread_self(), "log"); });
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "larder", sink, threads, spdlog::async_overflow_policy::overrun_oldest);
};

LogQueue::LogQueue(base::UniqueFd file) : parts_(std::make_unique<Parts>(std::move(file))) {}

LogQueue::~LogQueue() {
  parts_->sink->give_up_at(monotonic_microseconds() + kStopMilliseconds * 1000);
  parts_->threads.reset();  // joins the thread after it has handled all queued lines
}

void LogQueue::push(std::string_view line) noexcept {
  parts_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void LogQueue::replace(base::UniqueFd file) {
  parts_->sink->replace(std::move(file));
  parts_->logger->flush();  // makes the thread close the old file even if no line follows
}

uint64_t LogQueue::written() const noexcept { return parts_->sink->written.get(); }

uint64_t LogQueue::dropped() const noexcept {
  return parts_->sink->lost.get() + parts_->threads->overrun_counter();
}

}  // namespace larder::server
