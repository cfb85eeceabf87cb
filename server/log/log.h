// Larder's own log: what happens to the server, as lines in a file or on standard error.  (What
// clients `watch` is another thing: see watchers.h.)
//
// An event has a short name that does not change, a level, and a token bucket: 20 lines of a kind
// at once, then 10 a second; the next line says how many were left out.  docs/logs.md shows each.
//
// Whoever tells an event makes the line on its own stack, and leaves it in a queue without waiting
// for anybody (log_queue.h).  An event that is not wanted costs a comparison.
//
// Threads: any; reopen() from one at a time; made and destroyed by one that outlives the others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/log/log_line.h"
#include "server/log/log_queue.h"
#include "server/options/log_options.h"
#include "server/support/clock_driver.h"

namespace larder::server {

enum class LogEvent : uint8_t {
  Start,
  Ready,
  SlowRequest,
  AuthenticationFailed,
  ConnectionLimit,
  AcceptingPaused,
  OutOfMemory,
  PagesMoved,
  TlsFailed,
  FlushAll,
  MemoryLimit,
  PasswordsRead,
  CertificatesRead,
  FilesNotRead,
  LogReopened,
  LogNotReopened,
  LogOverrun,
  ClusterChanged,
  ClusterTextLong,
  ClusterRefused,
  ClusterStateNotWritten,
  ClusterJoined,
  EtcdAway,
  EtcdBack,
  Leaving,
  Draining,
  Stopped,
};
inline constexpr size_t kEventCount = 27;

// As it stands in the line: "slow_request".
std::string_view name_of(LogEvent event) noexcept;
LogLevel level_of(LogEvent event) noexcept;

struct LogTotals {
  uint64_t written = 0;
  uint64_t dropped = 0;     // found the queue full, or could not be written
  uint64_t suppressed = 0;  // were too many of their kind
};

class Log {
 public:
  static constexpr int64_t kIntervalNanoseconds = 100'000'000;
  static constexpr int64_t kBurst = 20;
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // Writes nothing.
  Log();
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // As the options say; fails if there is a file that cannot be appended to.
  static base::Result<std::unique_ptr<Log>> open(const LogOptions& options);

  bool wants(LogEvent event) const noexcept { return level_of(event) >= level_; }
  // Above that many nanoseconds a request is slow; kNever if nobody wants to know.
  uint64_t slow_above_ns() const noexcept { return slow_above_ns_; }

  // `fill(LogLine&)` adds fields; it is called only if there is to be a line.
  template <class Fill>
  void tell(LogEvent event, std::string_view message, Fill fill) noexcept {
    const std::optional<uint64_t> suppressed = admit(event, monotonic_nanoseconds());
    if (!suppressed) return;
    LogLine line(format_, now_unix_us(), level_of(event), name_of(event), message);
    fill(line);
    if (*suppressed > 0) line.number("suppressed", *suppressed);
    queue_->push(line.finish());
  }
  void tell(LogEvent event, std::string_view message) noexcept {
    tell(event, message, [](LogLine&) {});
  }

  // Opens the file again, which may have been renamed; what it says goes to the new one, or to the
  // old one if there is none.
  void reopen();

  LogTotals totals() const noexcept;

  // For tell(), and for tests, which have a time of their own: nothing if there is to be no line,
  // or how many of its kind were left out before it.
  std::optional<uint64_t> admit(LogEvent event, int64_t monotonic_ns) noexcept;

 private:
  struct Kinds;

  static int64_t now_unix_us() noexcept;

  LogLevel level_ = LogLevel::Off;
  LogFormat format_ = LogFormat::Text;
  uint64_t slow_above_ns_ = kNever;
  std::string path_;  // empty: standard error
  std::unique_ptr<Kinds> kinds_;
  std::unique_ptr<LogQueue> queue_;  // null: Off
};

}  // namespace larder::server
