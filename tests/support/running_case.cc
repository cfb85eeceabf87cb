// Prints the name of each TEST_CASE before it runs, because Catch2 does not name a case that ends
// the process, by a sanitizer's finding or a time limit.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <cstdio>

namespace {

class RunningCase : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo& test) override {
    // Not on a terminal, where Catch2's --durations yes is available.
    if (isatty(STDERR_FILENO) == 0) {
      std::fprintf(stderr, "running: %s\n", test.name.c_str());
    }
  }
};

CATCH_REGISTER_LISTENER(RunningCase)

}  // namespace
