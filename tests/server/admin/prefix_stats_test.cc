#include "server/admin/prefix_stats.h"

#include <catch2/catch.hpp>
#include <string>

namespace larder::server {
namespace {

TEST_CASE("a dump lists prefixes with the counts of their commands") {
  PrefixStats stats(':', true);
  stats.count_get("user:1", true);
  stats.count_get("user:2", false);
  stats.count_set("user:3");
  stats.count_delete("user:1");
  stats.count_set("item:7");
  CHECK(stats.dump() ==
        "PREFIX item get 0 hit 0 set 1 del 0\r\n"
        "PREFIX user get 2 hit 1 set 1 del 1\r\n"
        "END\r\n");
}

TEST_CASE("a prefix ends at the first delimiter and may be empty") {
  PrefixStats stats('/', true);
  stats.count_set("a/b/c");
  stats.count_set("/b");
  CHECK(stats.dump() ==
        "PREFIX  get 0 hit 0 set 1 del 0\r\n"
        "PREFIX a get 0 hit 0 set 1 del 0\r\n"
        "END\r\n");
}

TEST_CASE("a key without a delimiter is not counted") {
  PrefixStats stats(':', true);
  stats.count_get("plain", true);
  stats.count_set("other/delimiter");
  stats.count_set(std::string_view("nul\0then:delimiter", 18));
  CHECK(stats.dump() == "END\r\n");
}

TEST_CASE("a prefix and a longer one are counted separately") {
  PrefixStats stats(':', true);
  stats.count_set("ab:1");
  stats.count_set("abc:1");
  CHECK(stats.dump() ==
        "PREFIX ab get 0 hit 0 set 1 del 0\r\n"
        "PREFIX abc get 0 hit 0 set 1 del 0\r\n"
        "END\r\n");
}

TEST_CASE("new prefixes beyond the limit are not counted and known ones still are") {
  PrefixStats stats(':', true);
  for (size_t i = 0; i < PrefixStats::kPrefixesMax; ++i) stats.count_set(std::to_string(i) + ":x");
  stats.count_set("late:x");
  stats.count_get("7:y", true);
  const std::string dump = stats.dump();
  CHECK(dump.find("PREFIX late ") == std::string::npos);
  CHECK(dump.find("PREFIX 7 get 1 hit 1 set 1 del 0\r\n") != std::string::npos);

  stats.clear();
  CHECK(stats.dump() == "END\r\n");
  stats.count_set("late:x");
  CHECK(stats.dump() == "PREFIX late get 0 hit 0 set 1 del 0\r\nEND\r\n");
}

TEST_CASE("counting is enabled and disabled") {
  PrefixStats stats(':', false);
  CHECK_FALSE(stats.is_on());
  stats.turn(true);
  CHECK(stats.is_on());
}

}  // namespace
}  // namespace larder::server
