#include "server/admin/stats_snapshot.h"

#include <catch2/catch.hpp>

#include "server/admin/stat_number.h"
#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

TEST_CASE("an answer is split into its rows") {
  const StatRows rows = rows_of_answer("STAT a 1\r\nSTAT b two words\r\nSTAT c \r\nEND\r\n");
  REQUIRE(rows.end() - rows.begin() == 3);
  CHECK(*rows.find("a") == "1");
  CHECK(*rows.find("b") == "two words");
  CHECK(rows.find("c")->empty());
  CHECK(rows.find("d") == nullptr);
  CHECK(rows_of_answer("").begin() == rows_of_answer("").end());
  CHECK(rows_of_answer("STAT a").find("a")->empty());
}

TEST_CASE("rows of classes are sorted by class") {
  StatRows rows;
  for (const char* name : {"1:size", "1:count", "12:size", "active", "x:size", "3size"}) {
    rows.add(name, name);
  }
  StatRows others;
  const auto classes = rows_by_class(rows, "", &others);
  REQUIRE(classes.size() == 2);
  CHECK(classes[0].id == 1);
  CHECK(*classes[0].rows.find("count") == "1:count");
  CHECK(classes[1].id == 12);
  CHECK(*classes[1].rows.find("size") == "12:size");
  CHECK(others.end() - others.begin() == 3);
  CHECK(rows_by_class(rows, "items:", nullptr).empty());
}

TEST_CASE("a row is parsed as an integer or as zero") {
  StatRows rows;
  rows.add("a", "18446744073709551615");
  rows.add("b", "none");
  CHECK(number_in(rows, "a") == 18'446'744'073'709'551'615u);
  CHECK(number_in(rows, "b") == 0);
  CHECK(number_in(rows, "c") == 0);
}

TEST_CASE("a snapshot contains the rows of the stats commands") {
  AdminFixture fixture;
  REQUIRE(fixture.put("key", "value") == slab::WriteOutcome::Stored);
  const StatsSnapshot snapshot = fixture.admin.snapshot(fixture.now);
  const auto same = [](const StatRows& rows, const AdminFixture::Rows& wanted) {
    return std::ranges::equal(rows, wanted, [](const StatRow& left, const auto& right) {
      const bool is_moving = left.name.starts_with("rusage_");
      return left.name == right.first && (is_moving || left.value == right.second);
    });
  };
  CHECK(same(snapshot.general, fixture.rows()));
  CHECK(same(snapshot.settings, fixture.rows(protocol::StatsTopic::Settings)));
  CHECK(same(snapshot.larder, fixture.rows(protocol::StatsTopic::Larder)));
  const auto id = fixture.shown_class_of("key", 5);
  REQUIRE(snapshot.items.size() == 1);
  CHECK(snapshot.items[0].id == id);
  CHECK(*snapshot.items[0].rows.find("number") == "1");
  REQUIRE(snapshot.slabs.size() == 1);
  CHECK(snapshot.slabs[0].id == id);
  CHECK(*snapshot.slab_totals.find("active_slabs") == "1");
  CHECK(snapshot.started_at_unix == kUnixStart);
  CHECK(snapshot.workers.size() == 2);
  CHECK(snapshot.balance.empty());
}

TEST_CASE("a snapshot contains evictions and ghosts") {
  AdminFixture fixture({}, size_t{2} << 20);
  for (int n = 0; n < 3000; ++n) fixture.put("key" + std::to_string(n), std::string(1000, 'v'));
  const StatsSnapshot snapshot = fixture.admin.snapshot(fixture.now);
  REQUIRE_FALSE(snapshot.balance.empty());
  CHECK(snapshot.balance[0].id == fixture.shown_class_of("key1000", 1000));
  CHECK(snapshot.balance[0].ghosts > 0);
}

}  // namespace
}  // namespace larder::server
