// Names the TEST_CASE that is about to run, for those that end the process: what a sanitizer finds,
// a time limit.  Of the others Catch2 itself says which one failed.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <cstdio>

namespace {

class RunningCase : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    // Who starts a test by hand has Catch2's own --durations yes.
    if (isatty(STDERR_FILENO) == 0) {
      std::fprintf(stderr, "running: %s\n", test.name.c_str());
    }
  }
};

CATCH_REGISTER_LISTENER(RunningCase)

}  // namespace
