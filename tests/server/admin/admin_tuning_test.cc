#include <catch2/catch.hpp>
#include <string>

#include "tests/server/admin/admin_fixture.h"

namespace larder::server {
namespace {

using protocol::Complaint;
using protocol::Crawl;
using protocol::Knob;
using protocol::StatsTopic;

std::string setting(AdminFixture& fixture, const char* name) {
  return fixture.value(name, StatsTopic::Settings);
}

Options with(bool Options::*field, bool value) {
  Options options;
  options.*field = value;
  return options;
}

Crawl crawl_of(Crawl::Work work, std::initializer_list<size_t> ids) {
  Crawl crawl{.work = work};
  for (const size_t id : ids) crawl.classes.set(id);
  return crawl;
}

TEST_CASE("stats settings shows the values set by tuning commands") {
  AdminFixture fixture;
  const auto shows = [&](Knob knob, double value, const char* name) {
    CHECK(fixture.admin.turn({.knob = knob, .value = value}, {}) == Complaint::None);
    return setting(fixture, name);
  };
  CHECK(shows(Knob::LruSegmented, 0, "lru_segmented") == "no");
  CHECK(setting(fixture, "lru_maintainer_thread") == "yes");
  CHECK(shows(Knob::LruSegmented, 1, "lru_segmented") == "yes");
  CHECK(shows(Knob::TemporaryTtl, 30, "temporary_ttl") == "30");
  CHECK(setting(fixture, "temp_lru") == "yes");
  CHECK(shows(Knob::TemporaryTtl, -1, "temp_lru") == "no");
  CHECK(setting(fixture, "temporary_ttl") == "30");
  CHECK(shows(Knob::CrawlerEnabled, 0, "lru_crawler") == "no");
  CHECK(shows(Knob::CrawlerEnabled, 1, "lru_crawler") == "yes");
  CHECK(shows(Knob::CrawlerSleep, 500, "lru_crawler_sleep") == "500");
  CHECK(shows(Knob::CrawlerToCrawl, 4294967295.0, "lru_crawler_tocrawl") == "4294967295");
  CHECK(shows(Knob::AutomoveLevel, 2, "slab_automove") == "2");
  CHECK(shows(Knob::AutomoveWindow, 30, "slab_automove_window") == "30");
  CHECK(shows(Knob::AutomoveRatio, 0.25, "slab_automove_ratio") == "0.25");
  CHECK(fixture.admin.turn({.knob = Knob::AutomoveFreeRatio, .value = 0.5}, {}) == Complaint::None);

  fixture.admin.tune({.hot_percent = 1, .warm_percent = 2, .hot_factor = 3, .warm_factor = 4.5},
                     {});
  CHECK(setting(fixture, "hot_lru_pct") == "1");
  CHECK(setting(fixture, "warm_lru_pct") == "2");
  CHECK(setting(fixture, "hot_max_factor") == "3.00");
  CHECK(setting(fixture, "warm_max_factor") == "4.50");
}

TEST_CASE("LRU modes are refused without the maintainer") {
  AdminFixture fixture(with(&Options::has_lru_maintainer, false));
  CHECK(fixture.admin.turn({.knob = Knob::LruSegmented, .value = 1}, {}) ==
        Complaint::UnknownCommand);
  CHECK(fixture.admin.turn({.knob = Knob::TemporaryTtl, .value = 1}, {}) ==
        Complaint::UnknownCommand);
  CHECK(setting(fixture, "lru_segmented") == "no");
  CHECK(setting(fixture, "temp_lru") == "no");
}

TEST_CASE("a running crawler is not started again") {
  AdminFixture fixture;
  CHECK(fixture.admin.turn({.knob = Knob::CrawlerEnabled, .value = 1}, {}) ==
        Complaint::CrawlerNotStarted);
  CHECK(fixture.admin.turn({.knob = Knob::CrawlerEnabled, .value = 0}, {}) == Complaint::None);
  CHECK(fixture.admin.turn({.knob = Knob::CrawlerEnabled, .value = 0}, {}) == Complaint::None);
  CHECK(fixture.value("lru_crawler_running") == "<none>");
}

TEST_CASE("a requested crawl is visible in stats and executed by maintenance") {
  AdminFixture fixture;
  REQUIRE(fixture.put("dead", "x", fixture.now + 1) == slab::WriteOutcome::Stored);
  REQUIRE(fixture.put("alive", "x") == slab::WriteOutcome::Stored);
  fixture.now += 1;
  CHECK(fixture.value("lru_crawler_running") == "0");
  Crawl crawl = crawl_of(Crawl::Work::Reclaim, {fixture.shown_class_of("dead", 1)});
  CHECK(fixture.admin.crawl(crawl, {}) == Complaint::None);
  CHECK(fixture.admin.crawl(crawl, {}) == Complaint::CrawlerBusy);
  CHECK(fixture.value("lru_crawler_running") == "1");
  CHECK(fixture.value("curr_items") == "2");
  fixture.admin.maintain(fixture.cache, fixture.now);
  CHECK(fixture.value("lru_crawler_running") == "0");
  CHECK(fixture.value("lru_crawler_starts") == "1");
  CHECK(fixture.value("curr_items") == "1");
  CHECK(fixture.value("crawler_reclaimed") == "1");
  CHECK(fixture.value("crawler_items_checked") == "2");
  const std::string prefix =
      "items:" + std::to_string(fixture.shown_class_of("alive", 1)) + ":crawler_";
  CHECK(fixture.value(prefix + "reclaimed", StatsTopic::Items) == "1");
  CHECK(fixture.value(prefix + "items_checked", StatsTopic::Items) == "2");
}

TEST_CASE("disabling the crawler stops the crawl in progress") {
  AdminFixture fixture;
  REQUIRE(fixture.put("dead", "x", fixture.now + 1) == slab::WriteOutcome::Stored);
  fixture.now += 1;
  CHECK(fixture.admin.crawl(crawl_of(Crawl::Work::Reclaim, {1, 2, 3}), {}) == Complaint::None);
  CHECK(fixture.admin.turn({.knob = Knob::CrawlerEnabled, .value = 0}, {}) == Complaint::None);
  fixture.admin.maintain(fixture.cache, fixture.now + 1000);
  CHECK(fixture.value("curr_items") == "1");
}

TEST_CASE("crawls and dumps report the most important of several errors") {
  Crawl bad{.work = Crawl::Work::Metadump, .complaint = Complaint::BadCrawlClass};
  bad.is_pipelined = true;
  Options options;
  options.has_lru_crawler = false;
  options.has_dumps = false;
  AdminFixture disabled(options);
  CHECK(disabled.admin.refusal_of(bad) == Complaint::CrawlerDisabled);
  options.has_lru_crawler = true;
  AdminFixture denied(options);
  CHECK(denied.admin.refusal_of(bad) == Complaint::MetadumpDenied);
  AdminFixture fixture;
  CHECK(fixture.admin.refusal_of(bad) == Complaint::PipelinedMetadump);
  bad.is_pipelined = false;
  CHECK(fixture.admin.refusal_of(bad) == Complaint::BadCrawlClass);

  bad.work = Crawl::Work::Mgdump;
  CHECK(denied.admin.refusal_of(bad) == Complaint::MgdumpDenied);
  bad.is_pipelined = true;
  CHECK(fixture.admin.refusal_of(bad) == Complaint::PipelinedMgdump);

  bad.work = Crawl::Work::Reclaim;
  CHECK(denied.admin.crawl(bad, {}) == Complaint::BadCrawlClass);
  CHECK(fixture.admin.crawl(bad, {}) == Complaint::BadCrawlClass);
}

TEST_CASE("class ids up to memcached's maximum are accepted") {
  AdminFixture fixture;
  REQUIRE(fixture.store.classes().count() > 63);
  const auto refusal = [&](size_t id) {
    return fixture.admin.refusal_of(crawl_of(Crawl::Work::Metadump, {1, id}));
  };
  CHECK(refusal(63) == Complaint::None);
  CHECK(refusal(64) == Complaint::BadCrawlClass);
  CHECK(refusal(255) == Complaint::BadCrawlClass);
  Crawl all{.work = Crawl::Work::Metadump};
  all.classes.set();
  CHECK(fixture.admin.refusal_of(all) == Complaint::None);
}

TEST_CASE("watch reports the most important of several errors") {
  protocol::Watch watch{.complaint = Complaint::UnknownCommand, .is_pipelined = true};
  AdminFixture denied(with(&Options::has_watch, false));
  CHECK(denied.admin.refusal_of(watch) == Complaint::WatchDenied);
  AdminFixture fixture;
  CHECK(fixture.admin.refusal_of(watch) == Complaint::PipelinedWatch);
  watch.is_pipelined = false;
  CHECK(fixture.admin.refusal_of(watch) == Complaint::UnknownCommand);
  watch.complaint = Complaint::None;
  watch.events = protocol::watch::kFetchers | protocol::watch::kProxyUser;
  CHECK(fixture.admin.refusal_of(watch) == Complaint::WatchWithoutProxy);
  watch.events = protocol::watch::kFetchers;
  CHECK(fixture.admin.refusal_of(watch) == Complaint::None);
}

TEST_CASE("a page is taken from a class that can spare one") {
  AdminFixture fixture;
  const std::string value(1'000, 'x');
  for (int i = 0; i < 500; ++i) {
    REQUIRE(fixture.put("k" + std::to_string(i), value) == slab::WriteOutcome::Stored);
  }
  REQUIRE(fixture.put("small", "x") == slab::WriteOutcome::Stored);
  const slab::ClassId full = fixture.class_of("k100", 1'000);
  const slab::ClassId poor = fixture.class_of("small", 1);
  const int32_t most = 63;
  const auto shown = [&](int32_t id) {
    return id <= 0 || id > most
               ? id
               : int32_t{fixture.store.shown_classes().id_of(static_cast<slab::ClassId>(id))};
  };
  const auto answer = [&](int32_t source, int32_t target) {
    return fixture.admin.reassign({.from = shown(source), .to = shown(target)}, fixture.cache,
                                  fixture.now, {});
  };
  const size_t before = fixture.store.inspect().usage_of(full).page_count;
  CHECK(answer(full, poor) == Complaint::None);
  CHECK(fixture.store.inspect().usage_of(full).page_count == before - 1);
  CHECK(fixture.store.inspect().usage_of(poor).page_count == 2);
  CHECK(answer(-1, poor) == Complaint::None);
  CHECK(fixture.store.inspect().usage_of(poor).page_count == 3);
  CHECK(fixture.value("slabs_moved") == "2");
  CHECK(answer(full, full) == Complaint::SameReassignClass);
  CHECK(answer(0, full) == Complaint::NoSparePages);
  CHECK(answer(-2, full) == Complaint::BadReassignClass);
  CHECK(answer(most + 1, full) == Complaint::BadReassignClass);
  CHECK(answer(full, most + 1) == Complaint::BadReassignClass);
  CHECK(answer(full, -1) == Complaint::BadReassignClass);
  CHECK(fixture.admin.reassign({.complaint = Complaint::BadLineFormat}, fixture.cache, fixture.now,
                               {}) == Complaint::BadLineFormat);

  AdminFixture denied(with(&Options::reassigns_slabs, false));
  CHECK(denied.admin.reassign({.complaint = Complaint::BadLineFormat}, denied.cache, denied.now,
                              {}) == Complaint::ReassignDisabled);
}

TEST_CASE("a class with one page spares none") {
  AdminFixture fixture;
  REQUIRE(fixture.put("small", "x") == slab::WriteOutcome::Stored);
  const slab::ClassId poor = fixture.class_of("small", 1);
  const auto answer = [&](int32_t source, int32_t target) {
    return fixture.admin.reassign({.from = source, .to = target}, fixture.cache, fixture.now, {});
  };
  CHECK(answer(poor, 10) == Complaint::NoSparePages);
  CHECK(answer(-1, 10) == Complaint::BadReassignClass);
  CHECK(fixture.value("slabs_moved") == "0");
}

}  // namespace
}  // namespace larder::server
