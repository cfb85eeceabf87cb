// The server log: server events, one line each, in a file or on standard error.  (The `watch`
// command is separate: see watchers.h.)
//
// An event has a fixed short name, a level, and a token bucket: a burst of 20 lines per event, then
// 10 per second; the next line says how many were suppressed.  docs/logs.md lists the events.
//
// The calling thread formats the line on its own stack and puts it into a queue without waiting
// (log_queue.h).  An event below the log level costs one comparison.
//
// Threads: any; reopen() from one at a time; created and destroyed by a thread that outlives the
// others.
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
  SettingChanged,
  SlabsReassigned,
  CrawlStarted,
  StatsReset,
  ConfigChanged,
  ClockChanged,
  ShutdownRequested,
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
inline constexpr size_t kEventCount = 34;

// The name in the log line: "slow_request".
std::string_view name_of(LogEvent event) noexcept;
LogLevel level_of(LogEvent event) noexcept;

struct LogTotals {
  uint64_t written = 0;
  uint64_t dropped = 0;     // the queue was full, or the write failed
  uint64_t suppressed = 0;  // exceeded the rate limit of their event
};

class Log {
 public:
  static constexpr int64_t kIntervalNanoseconds = 100'000'000;
  static constexpr int64_t kBurst = 20;
  static constexpr uint32_t kDebugVerbosity = 2;
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // A log that is off.
  Log();
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Fails if the log file cannot be opened for appending.
  static base::Result<std::unique_ptr<Log>> open(const LogOptions& options);

  bool wants(LogEvent event) const noexcept {
    return level_of(event) >= level_.load(std::memory_order_relaxed);
  }
  // For the command `verbosity`, with the meaning of -v: from kDebugVerbosity on everything is
  // logged; below that the level of the options applies.  A log that is off stays off.
  void set_verbosity(uint32_t verbosity) noexcept;
  // Requests that take longer than this are slow; kNever if slow requests are not logged.
  uint64_t slow_above_ns() const noexcept { return slow_above_ns_; }

  // `fill(LogLine&)` adds fields; it is called only if the line is written.
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

  // Reopens the log file by its path, for log rotation.  If that fails, logging continues in the
  // old file.
  void reopen();

  // Logs how many lines of an event were suppressed if the event has not happened again and its
  // bucket is full.  To be called regularly.
  void tell_suppressed(int64_t monotonic_ns) noexcept;

  LogTotals totals() const noexcept;

  // Applies the level and the rate limit.  Returns nullopt if the line is suppressed, otherwise how
  // many lines of the event were suppressed before it.  Public for tests, which pass a time.
  std::optional<uint64_t> admit(LogEvent event, int64_t monotonic_ns) noexcept;

 private:
  struct Kinds;

  static int64_t now_unix_us() noexcept;

  void write_suppressed(LogEvent event, uint64_t suppressed) noexcept;

  std::atomic<LogLevel> level_{LogLevel::Off};
  LogLevel quiet_level_ = LogLevel::Off;  // below kDebugVerbosity
  LogFormat format_ = LogFormat::Text;
  uint64_t slow_above_ns_ = kNever;
  std::string path_;  // empty: standard error
  std::unique_ptr<Kinds> kinds_;
  std::unique_ptr<LogQueue> queue_;  // null: Off
};

}  // namespace larder::server
