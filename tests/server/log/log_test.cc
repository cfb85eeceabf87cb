// Which events are logged, where, and how many.
#include "server/log/log.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/server/options/command_lines.h"
#include "tests/support/temporary_file.h"

namespace larder::server {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::unique_ptr<Log> log_of(const std::string& options) {
  return std::move(*Log::open(options_of(options)));
}

std::vector<nlohmann::json> lines_of(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST_CASE("a level admits events of the same or a higher severity") {
  const support::TemporaryFile file("");
  const struct {
    const char* level;
    bool pages_moved, start, slow_request, files_not_read;
  } rows[] = {
      {"debug", true, true, true, true},     {"info", false, true, true, true},
      {"warning", false, false, true, true}, {"error", false, false, false, true},
      {"off", false, false, false, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.level);
    const auto log = log_of("--log-file " + file.path() + " --log-level " + row.level);
    CHECK(log->wants(LogEvent::PagesMoved) == row.pages_moved);
    CHECK(log->wants(LogEvent::Start) == row.start);
    CHECK(log->wants(LogEvent::SlowRequest) == row.slow_request);
    CHECK(log->wants(LogEvent::FilesNotRead) == row.files_not_read);
    CHECK(log->admit(LogEvent::Start, kSecond).has_value() == row.start);
  }
}

TEST_CASE("a request is slow only if a threshold is set and the event would be written") {
  const support::TemporaryFile file("");
  const std::string to_file = "--log-file " + file.path();
  CHECK(Log().slow_above_ns() == Log::kNever);
  CHECK(log_of(to_file)->slow_above_ns() == Log::kNever);
  CHECK(log_of(to_file + " --slow-ms 3")->slow_above_ns() == 3'000'000);
  CHECK(log_of(to_file + " --slow-ms 3 --log-level error")->slow_above_ns() == Log::kNever);
  CHECK(log_of("--slow-ms 3 --log-level off")->slow_above_ns() == Log::kNever);
}

TEST_CASE("each kind of event has its own rate limit, and reports suppressed events") {
  const support::TemporaryFile file("");
  const auto log = log_of("--log-file " + file.path());
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += log->admit(LogEvent::SlowRequest, kSecond) ? 1 : 0;
  CHECK(admitted == Log::kBurst);
  CHECK(log->admit(LogEvent::AuthenticationFailed, kSecond) == 0u);
  CHECK(log->admit(LogEvent::SlowRequest, kSecond + Log::kIntervalNanoseconds) ==
        100u - Log::kBurst);
  CHECK(log->admit(LogEvent::SlowRequest, 100 * kSecond) == 0u);
  CHECK(log->totals().suppressed == 100u - Log::kBurst);
}

TEST_CASE("suppressed events are reported even if the event does not recur") {
  const support::TemporaryFile file("");
  const std::string options = "--log-format json --log-file " + file.path();
  {
    const auto log = log_of(options);
    for (int i = 0; i < Log::kBurst + 5; ++i) {
      const auto admitted = log->admit(LogEvent::FlushAll, kSecond);
      CHECK(admitted.has_value() == (i < Log::kBurst));
    }
    log->tell_suppressed(kSecond + Log::kBurst * Log::kIntervalNanoseconds - 1);  // not full yet
    CHECK(log->totals().written == 0);
    log->tell_suppressed(kSecond + Log::kBurst * Log::kIntervalNanoseconds);
    log->tell_suppressed(100 * kSecond);  // nothing new
    CHECK(log->admit(LogEvent::FlushAll, 200 * kSecond) == 0u);
  }
  {
    const auto log = log_of(options);  // ends before its bucket is full
    for (int i = 0; i < Log::kBurst + 3; ++i) {
      [[maybe_unused]] const auto admitted = log->admit(LogEvent::SlowRequest, kSecond);
    }
  }
  const auto lines = lines_of(file.path());
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "flush_all");
  CHECK(lines[0]["suppressed"] == 5);
  CHECK(lines[1]["event"] == "slow_request");
  CHECK(lines[1]["suppressed"] == 3);
}

TEST_CASE("verbosity lowers the level to debug and restores the configured one") {
  const support::TemporaryFile file("");
  const std::string to_file = "--log-file " + file.path();
  const auto levels = [&](const std::string& options, uint32_t verbosity) {
    const auto log = log_of(to_file + options);
    log->set_verbosity(verbosity);
    return std::pair(log->wants(LogEvent::PagesMoved), log->wants(LogEvent::Start));
  };
  CHECK(levels("", 0) == std::pair(false, true));
  CHECK(levels("", 1) == std::pair(false, true));
  CHECK(levels("", 2) == std::pair(true, true));
  CHECK(levels(" -vv", 0) == std::pair(false, true));
  CHECK(levels(" --log-level error", 2) == std::pair(true, true));
  CHECK(levels(" --log-level error", 1) == std::pair(false, false));
  CHECK(levels(" --log-level debug", 0) == std::pair(true, true));
  CHECK(levels(" --log-level off", 2) == std::pair(false, false));
}

TEST_CASE("all lines are in the file, in order, when the log is destroyed") {
  const support::TemporaryFile file("");
  {
    const auto log = log_of("--log-format json --log-file " + file.path());
    log->tell(LogEvent::Start, "one");
    log->tell(LogEvent::PagesMoved, "not this", [](LogLine&) { FAIL("filled for nobody"); });
    log->tell(LogEvent::FilesNotRead, "two", [](LogLine& line) { line.text("error", "no \x80"); });
  }
  const auto lines = lines_of(file.path());
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "start");
  CHECK(lines[0]["level"] == "info");
  CHECK(lines[1]["event"] == "files_not_read");
  CHECK(lines[1]["level"] == "error");
  CHECK(lines[1]["error"] == "no \u0080");
}

TEST_CASE("after a rename the log continues in a new file") {
  const support::TemporaryFile file("");
  const std::string old = file.path() + ".1";
  {
    const auto log = log_of("--log-format json --log-file " + file.path());
    log->tell(LogEvent::Start, "before");
    while (log->totals().written < 1) {
    }
    REQUIRE(std::rename(file.path().c_str(), old.c_str()) == 0);
    log->reopen();
    log->tell(LogEvent::Ready, "after");
  }
  const auto before = lines_of(old);
  const auto after = lines_of(file.path());
  std::remove(old.c_str());
  REQUIRE(before.size() == 1);
  REQUIRE(after.size() == 2);
  CHECK(after[0]["event"] == "log_reopened");
  CHECK(after[1]["event"] == "ready");
}

TEST_CASE("a file that cannot be opened is refused") {
  const auto log = Log::open(options_of("--log-file /nonexistent/directory/log"));
  REQUIRE(!log);
  CHECK(log.error().text ==
        "cannot open the log /nonexistent/directory/log: No such file or directory");
}

}  // namespace
}  // namespace larder::server
