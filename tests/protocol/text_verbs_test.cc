// Statistics and administration commands.
#include <catch2/catch.hpp>

#include "tests/protocol/text_cases.h"

using namespace larder::protocol;

namespace {

StatsTopic topic_of(const std::string& line) { return TextCase(line + "\r\n").get<Stats>().topic; }

}  // namespace

TEST_CASE("version and quit ignore the rest of the line") {
  CHECK(TextCase("version\r\n").holds<Version>());
  CHECK(TextCase("version x noreply\r\n").holds<Version>());
  CHECK(TextCase("quit\r\n").holds<Quit>());
  CHECK(TextCase("quit x\r\n").holds<Quit>());
}

TEST_CASE("stats without a topic requests the general statistics") {
  CHECK(topic_of("stats") == StatsTopic::General);
  CHECK(topic_of("stats   ") == StatsTopic::General);
}

TEST_CASE("stats has its topics") {
  CHECK(topic_of("stats settings") == StatsTopic::Settings);
  CHECK(topic_of("stats items") == StatsTopic::Items);
  CHECK(topic_of("stats slabs") == StatsTopic::Slabs);
  CHECK(topic_of("stats sizes") == StatsTopic::Sizes);
  CHECK(topic_of("stats conns") == StatsTopic::Connections);
  CHECK(topic_of("stats larder") == StatsTopic::Larder);
  CHECK(topic_of("stats latency") == StatsTopic::Latency);
  CHECK(topic_of("stats hotkeys") == StatsTopic::HotKeys);
  CHECK(topic_of("stats curve") == StatsTopic::Curve);
  CHECK(topic_of("stats reset") == StatsTopic::Reset);
  CHECK(topic_of("stats detail on") == StatsTopic::DetailOn);
  CHECK(topic_of("stats detail off") == StatsTopic::DetailOff);
  CHECK(topic_of("stats detail dump") == StatsTopic::DetailDump);
}

TEST_CASE("a topic of stats may be abbreviated") {
  CHECK(topic_of("stats r") == StatsTopic::Reset);
  CHECK(topic_of("stats s") == StatsTopic::Settings);
  CHECK(topic_of("stats se") == StatsTopic::Settings);
  CHECK(topic_of("stats co") == StatsTopic::Connections);
  CHECK(topic_of("stats d o") == StatsTopic::DetailOn);
  CHECK(topic_of("stats d of") == StatsTopic::DetailOff);
  CHECK(topic_of("stats d d") == StatsTopic::DetailDump);
  CHECK(topic_of("stats c 1 2") == StatsTopic::Cachedump);
}

TEST_CASE("items, slabs, sizes and larder may not be abbreviated") {
  for (const char* line :
       {"stats l\r\n", "stats larde\r\n", "stats i\r\n", "stats item\r\n", "stats sl\r\n",
        "stats slab\r\n", "stats si\r\n", "stats size\r\n", "stats itemsx\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
}

TEST_CASE("an unknown topic of stats is an error") {
  for (const char* line : {"stats x\r\n", "stats noreply\r\n", "stats resetx\r\n",
                           "stats RESET\r\n", "stats settingsx\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
}

TEST_CASE("stats detail without an argument shows its usage") {
  for (const char* line :
       {"stats detail\r\n", "stats detail x\r\n", "stats detail onn\r\n", "stats d ON\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).get<Stats>().complaint == Complaint::StatsDetailUsage);
  }
}

TEST_CASE("stats cachedump requires two numbers") {
  const TextCase parsed("stats cachedump 31 100\r\n");
  CHECK(parsed.get<Stats>().topic == StatsTopic::Cachedump);
  CHECK(parsed.get<Stats>().class_id == 31);
  CHECK(parsed.get<Stats>().item_limit == 100);
  CHECK(TextCase("stats cachedump\r\n").get<Stats>().complaint == Complaint::BadLine);
  CHECK(TextCase("stats cachedump 1\r\n").get<Stats>().complaint == Complaint::BadLine);
  CHECK(TextCase("stats cachedump x 1\r\n").get<Stats>().complaint == Complaint::BadLineFormat);
  CHECK(TextCase("stats cachedump 1 -1\r\n").get<Stats>().complaint == Complaint::BadLineFormat);
  CHECK(TextCase("stats cachedump 1 4294967296\r\n").get<Stats>().complaint ==
        Complaint::BadLineFormat);
}

TEST_CASE("flush_all accepts an optional delay") {
  CHECK(TextCase("flush_all\r\n").get<FlushAll>().delay == 0);
  CHECK(TextCase("flush_all 10\r\n").get<FlushAll>().delay == 10);
  CHECK(TextCase("flush_all -10\r\n").get<FlushAll>().delay == -10);
  CHECK(TextCase("flush_all 10 x\r\n").get<FlushAll>().delay == 10);
  CHECK_FALSE(TextCase("flush_all 10\r\n").request.style.silent);
}

TEST_CASE("flush_all accepts noreply with or without a delay") {
  const TextCase bare("flush_all noreply\r\n");
  CHECK(bare.get<FlushAll>().delay == 0);
  CHECK(bare.request.style.silent);
  const TextCase delayed("flush_all 10 noreply\r\n");
  CHECK(delayed.get<FlushAll>().delay == 10);
  CHECK(delayed.request.style.silent);
}

TEST_CASE("a valid flush_all, shutdown or stats gives no complaint") {
  CHECK(TextCase("flush_all 10\r\n").get<FlushAll>().complaint == Complaint::None);
  CHECK(TextCase("shutdown graceful\r\n").get<Shutdown>().complaint == Complaint::None);
  CHECK(TextCase("stats cachedump 1 0\r\n").get<Stats>().complaint == Complaint::None);
  CHECK(TextCase("stats detail on\r\n").get<Stats>().complaint == Complaint::None);
}

TEST_CASE("flush_all refuses an invalid delay") {
  CHECK(TextCase("flush_all x\r\n").get<FlushAll>().complaint == Complaint::BadExptime);
  CHECK(TextCase("flush_all 2147483648\r\n").get<FlushAll>().complaint == Complaint::BadExptime);
  CHECK(TextCase("flush_all x noreply\r\n").get<FlushAll>().complaint == Complaint::BadExptime);
  CHECK(TextCase("flush_all x noreply\r\n").request.style.silent);
  CHECK(TextCase("flush_all noreply noreply\r\n").get<FlushAll>().complaint ==
        Complaint::BadExptime);
  CHECK(TextCase("flush_all noreply noreply\r\n").request.style.silent);
}

TEST_CASE("a verbosity above the maximum is lowered to it") {
  CHECK(TextCase("verbosity 0\r\n").get<Verbosity>().level == 0);
  CHECK(TextCase("verbosity 2\r\n").get<Verbosity>().level == 2);
  CHECK(TextCase("verbosity 3\r\n").get<Verbosity>().level == kVerbosityMax);
  CHECK(TextCase("verbosity 4294967295\r\n").get<Verbosity>().level == kVerbosityMax);
  CHECK(TextCase("verbosity 1 x y\r\n").get<Verbosity>().level == 1);
  CHECK(TextCase("verbosity 1 noreply\r\n").request.style.silent);
}

TEST_CASE("verbosity refuses an invalid level") {
  CHECK(TextCase("verbosity x\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("verbosity -1\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("verbosity noreply\r\n").complains_silently(Complaint::BadLineFormat));
}

TEST_CASE("cache_memlimit has limits") {
  CHECK(TextCase("cache_memlimit 8\r\n").get<MemoryLimit>().megabytes == 8);
  CHECK(TextCase("cache_memlimit 1000000000\r\n").get<MemoryLimit>().megabytes == 1'000'000'000);
  CHECK(TextCase("cache_memlimit 64 noreply\r\n").request.style.silent);
  CHECK(TextCase("cache_memlimit 7\r\n").complains(Complaint::MemoryLimitTooSmall));
  CHECK(TextCase("cache_memlimit 1000000001\r\n").complains(Complaint::MemoryLimitInBytes));
  CHECK(
      TextCase("cache_memlimit 7 noreply\r\n").complains_silently(Complaint::MemoryLimitTooSmall));
}

TEST_CASE("cache_memlimit without a number is an error") {
  CHECK(TextCase("cache_memlimit\r\n").complains(Complaint::UnknownCommand));
  CHECK(TextCase("cache_memlimit x\r\n").complains(Complaint::UnknownCommand));
  CHECK(TextCase("cache_memlimit -64\r\n").complains(Complaint::UnknownCommand));
  CHECK(TextCase("cache_memlimit noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

TEST_CASE("shutdown is immediate, graceful or after a drain") {
  CHECK_FALSE(TextCase("shutdown\r\n").get<Shutdown>().graceful);
  CHECK(TextCase("shutdown graceful\r\n").get<Shutdown>().graceful);
  CHECK(TextCase("shutdown g\r\n").get<Shutdown>().graceful);
  CHECK_FALSE(TextCase("shutdown graceful\r\n").get<Shutdown>().drains);
  CHECK(TextCase("shutdown drain\r\n").get<Shutdown>().drains);
  CHECK_FALSE(TextCase("shutdown drain\r\n").get<Shutdown>().graceful);
  CHECK(TextCase("shutdown drain\r\n").get<Shutdown>().complaint == Complaint::None);
  CHECK(TextCase("shutdown drai\r\n").get<Shutdown>().complaint == Complaint::BadShutdownMode);
  CHECK(TextCase("shutdown drain x\r\n").get<Shutdown>().complaint == Complaint::BadShutdownMode);
  CHECK(TextCase("shutdown x\r\n").get<Shutdown>().complaint == Complaint::BadShutdownMode);
  CHECK(TextCase("shutdown graceful x\r\n").get<Shutdown>().complaint ==
        Complaint::BadShutdownMode);
  CHECK(TextCase("shutdown noreply\r\n").get<Shutdown>().complaint == Complaint::BadShutdownMode);
  CHECK(TextCase("shutdown noreply\r\n").request.style.silent);
}
