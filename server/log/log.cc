#include "server/log/log.h"

#include <fcntl.h>

#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "server/support/token_bucket.h"

namespace larder::server {
namespace {

struct EventRow {
  std::string_view name;
  LogLevel level;
};

constexpr EventRow kEventRows[] = {
    {"start", LogLevel::Info},
    {"ready", LogLevel::Info},
    {"slow_request", LogLevel::Warning},
    {"authentication_failed", LogLevel::Warning},
    {"connection_limit", LogLevel::Warning},
    {"accepting_paused", LogLevel::Warning},
    {"out_of_memory", LogLevel::Warning},
    {"pages_moved", LogLevel::Debug},
    {"tls_failed", LogLevel::Debug},
    {"flush_all", LogLevel::Info},
    {"memory_limit", LogLevel::Info},
    {"setting_changed", LogLevel::Info},
    {"slabs_reassigned", LogLevel::Info},
    {"crawl_started", LogLevel::Info},
    {"stats_reset", LogLevel::Info},
    {"config_changed", LogLevel::Info},
    {"clock_changed", LogLevel::Info},
    {"shutdown_requested", LogLevel::Info},
    {"passwords_read", LogLevel::Info},
    {"certificates_read", LogLevel::Info},
    {"files_not_read", LogLevel::Error},
    {"log_reopened", LogLevel::Info},
    {"log_not_reopened", LogLevel::Error},
    {"log_overrun", LogLevel::Warning},
    {"cluster_changed", LogLevel::Info},
    {"cluster_text_long", LogLevel::Warning},
    {"cluster_refused", LogLevel::Warning},
    {"cluster_state_not_written", LogLevel::Error},
    {"cluster_joined", LogLevel::Info},
    {"etcd_away", LogLevel::Warning},
    {"etcd_back", LogLevel::Info},
    {"leaving", LogLevel::Info},
    {"draining", LogLevel::Info},
    {"stopped", LogLevel::Info},
};
static_assert(std::size(kEventRows) == kEventCount);

constexpr mode_t kMode = 0640;

// O_NONBLOCK makes opening a pipe without a reader fail instead of block.
base::Result<base::UniqueFd> open_file(const std::string& path) {
  base::UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kMode));
  if (!file) return base::fail_errno("cannot open the log " + path);
  return file;
}

}  // namespace

struct Log::Kinds {
  struct Kind {
    TokenBucket bucket{kIntervalNanoseconds, kBurst};
    std::atomic<uint64_t> suppressed{0};  // since the last line of the event
  };
  std::array<Kind, kEventCount> of_event;
  std::atomic<uint64_t> suppressed{0};  // since the start
};

std::string_view name_of(LogEvent event) noexcept {
  return kEventRows[static_cast<size_t>(event)].name;
}

LogLevel level_of(LogEvent event) noexcept { return kEventRows[static_cast<size_t>(event)].level; }

Log::Log() = default;

// Logs the numbers of suppressed lines that are still unreported.
Log::~Log() { tell_suppressed(std::numeric_limits<int64_t>::max()); }

base::Result<std::unique_ptr<Log>> Log::open(const LogOptions& options) {
  auto log = std::make_unique<Log>();
  if (options.log_level == LogLevel::Off) return log;
  base::UniqueFd file;
  if (!options.log_file.empty()) {
    auto opened = open_file(options.log_file);
    if (!opened) return opened.error();
    file = std::move(*opened);
  }
  log->level_ = options.log_level;
  log->quiet_level_ = options.quiet_log_level;
  log->format_ = options.log_format;
  log->path_ = options.log_file;
  log->kinds_ = std::make_unique<Kinds>();
  log->queue_ = std::make_unique<LogQueue>(std::move(file));
  if (options.slow_milliseconds > 0 && log->wants(LogEvent::SlowRequest)) {
    log->slow_above_ns_ = static_cast<uint64_t>(options.slow_milliseconds) * 1'000'000;
  }
  return log;
}

std::optional<uint64_t> Log::admit(LogEvent event, int64_t monotonic_ns) noexcept {
  if (!wants(event)) return std::nullopt;
  Kinds::Kind& kind = kinds_->of_event[static_cast<size_t>(event)];
  if (kind.bucket.take(monotonic_ns)) {
    return kind.suppressed.exchange(0, std::memory_order_relaxed);
  }
  kind.suppressed.fetch_add(1, std::memory_order_relaxed);
  kinds_->suppressed.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

void Log::set_verbosity(uint32_t verbosity) noexcept {
  if (queue_ == nullptr) return;
  level_.store(verbosity >= kDebugVerbosity ? LogLevel::Debug : quiet_level_,
               std::memory_order_relaxed);
}

void Log::tell_suppressed(int64_t monotonic_ns) noexcept {
  if (kinds_ == nullptr) return;
  for (size_t i = 0; i < kEventCount; ++i) {
    Kinds::Kind& kind = kinds_->of_event[i];
    if (kind.suppressed.load(std::memory_order_relaxed) == 0) continue;
    if (!kind.bucket.is_full(monotonic_ns)) continue;
    const uint64_t suppressed = kind.suppressed.exchange(0, std::memory_order_relaxed);
    if (suppressed > 0) write_suppressed(static_cast<LogEvent>(i), suppressed);
  }
}

void Log::write_suppressed(LogEvent event, uint64_t suppressed) noexcept {
  LogLine line(format_, now_unix_us(), level_of(event), name_of(event),
               "Log lines were suppressed.");
  line.number("suppressed", suppressed);
  queue_->push(line.finish());
}

void Log::reopen() {
  if (queue_ == nullptr || path_.empty()) return;
  auto file = open_file(path_);
  if (!file) {
    return tell(LogEvent::LogNotReopened, "Failed to reopen the log file; the old one is kept.",
                [&](LogLine& line) { line.text("error", file.error().text); });
  }
  queue_->replace(std::move(*file));
  tell(LogEvent::LogReopened, "Log file reopened.",
       [&](LogLine& line) { line.text("file", path_); });
}

LogTotals Log::totals() const noexcept {
  if (queue_ == nullptr) return {};
  return {.written = queue_->written(),
          .dropped = queue_->dropped(),
          .suppressed = kinds_->suppressed.load(std::memory_order_relaxed)};
}

int64_t Log::now_unix_us() noexcept {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace larder::server
