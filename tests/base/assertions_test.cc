#include "base/assertions.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>

namespace larder::base {
namespace {

struct Ending {
  int signal_number = 0;  // the signal that ended the child; 0 if it exited
  std::string error_text;
};

// Runs `action` in a child process and returns how it ended.
template <class Action>
Ending in_child(Action action) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGABRT, SIG_DFL);  // Catch2 has a handler of its own
    ::dup2(ends[1], STDERR_FILENO);
    action();
    ::_exit(0);
  }
  ::close(ends[1]);
  Ending ending;
  char buffer[512];
  for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof(buffer))) > 0;) {
    ending.error_text.append(buffer, static_cast<size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) ending.signal_number = WTERMSIG(status);
  return ending;
}

TEST_CASE("a failed assertion prints its text and location and aborts") {
  const Ending ending = in_child([] { ASSERT(2 + 2 == 5); });
  CHECK(ending.signal_number == SIGABRT);
  CHECK(ending.error_text.find("2 + 2 == 5") != std::string::npos);
  CHECK(ending.error_text.find("assertions_test.cc:") != std::string::npos);
}

TEST_CASE("an assertion that holds prints nothing and evaluates its condition once") {
  int evaluations = 0;
  ASSERT(++evaluations == 1);
  CHECK(evaluations == 1);
  const Ending ending = in_child([] { ASSERT(true); });
  CHECK(ending.signal_number == 0);
  CHECK(ending.error_text.empty());
}

TEST_CASE("executing UNREACHABLE aborts") {
  const Ending ending = in_child([] { UNREACHABLE(); });
  CHECK(ending.signal_number == SIGABRT);
}

TEST_CASE(
    "a failed debug assertion aborts in builds with debug assertions and is ignored in others") {
  const Ending ending = in_child([] { DEBUG_ASSERT(2 + 2 == 5); });
#ifdef LARDER_DEBUG_ASSERTS
  CHECK(ending.signal_number == SIGABRT);
#else
  CHECK(ending.signal_number == 0);
#endif
}

}  // namespace
}  // namespace larder::base
