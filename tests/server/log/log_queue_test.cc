// A queue that writes to a pipe without a reader, or to a full disk.
#include "server/log/log_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "server/support/clock_driver.h"

namespace larder::server {
namespace {

constexpr int kLines = 4000;

std::string line(int number) {
  const std::string text = std::to_string(number);
  return std::string(199 - text.size(), '.') + text + "\n";
}

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    reader = base::UniqueFd(ends[0]);
    writer = base::UniqueFd(ends[1]);
  }
  // The current contents.
  std::string read_all() const {
    std::string all(1 << 20, '\0');
    const ssize_t size = ::read(reader.get(), all.data(), all.size());
    all.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return all;
  }

  base::UniqueFd reader;
  base::UniqueFd writer;
};

TEST_CASE("a reader that has stopped blocks no writer, and lost lines are counted") {
  Pipe pipe;
  auto queue = std::make_unique<LogQueue>(std::move(pipe.writer));
  for (int i = 0; i < kLines; ++i) queue->push(line(i));
  CHECK(queue->written() < kLines);
  CHECK(queue->dropped() > 0);
  const int64_t begun_at = monotonic_microseconds();
  queue.reset();
  // Allows for scheduling delays.
  CHECK(monotonic_microseconds() - begun_at < 1000 * LogQueue::kStopMilliseconds + 5'000'000);
  const std::string all = pipe.read_all();
  CHECK(all.starts_with("."));
  CHECK(all.size() % line(0).size() == 0);  // no line is torn
}

TEST_CASE("a reader that resumes gets the newest lines") {
  Pipe pipe;
  auto queue = std::make_unique<LogQueue>(std::move(pipe.writer));
  for (int i = 0; i < kLines; ++i) queue->push(line(i));
  std::string all;
  for (int i = 0; i < 1000 && !all.ends_with(line(kLines - 1)); ++i) {
    all += pipe.read_all();
    ::usleep(10'000);
  }
  CHECK(all.ends_with(line(kLines - 1)));
  CHECK(queue->written() + queue->dropped() == kLines);
  CHECK(queue->written() == all.size() / line(0).size());
}

TEST_CASE("lines that cannot be written are counted") {
  auto queue =
      std::make_unique<LogQueue>(base::UniqueFd(::open("/dev/full", O_WRONLY | O_CLOEXEC)));
  for (int i = 0; i < 10; ++i) queue->push(line(i));
  while (queue->dropped() < 10) {
  }
  CHECK(queue->written() == 0);
}

}  // namespace
}  // namespace larder::server
