#include <catch2/catch.hpp>

#include "tests/protocol/text_cases.h"

namespace larder::protocol {
namespace {

TEST_CASE("debugtime stops the clock and lets it run or moves it") {
  CHECK(TextCase("debugtime p\r\n").get<DebugTime>().act == DebugTime::Act::Pause);
  CHECK(TextCase("debugtime r\r\n").get<DebugTime>().act == DebugTime::Act::Resume);
  const TextCase forwards("debugtime 30 noreply\r\n");
  CHECK(forwards.get<DebugTime>().act == DebugTime::Act::Advance);
  CHECK(forwards.get<DebugTime>().seconds == 30);
  CHECK(forwards.request.style.silent);
  CHECK(TextCase("debugtime -2\r\n").get<DebugTime>().seconds == -2);
  CHECK(TextCase(" debugtime 1\r\n").holds<DebugTime>());
}

TEST_CASE("debugtime is an error without a time") {
  for (const char* line : {"debugtime\r\n", "debugtime x\r\n", "debugtime pp\r\n",
                           "debugtime 1.5\r\n", "debugtime 2147483648\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
  CHECK(TextCase("debugtime noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

}  // namespace
}  // namespace larder::protocol
