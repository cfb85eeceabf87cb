#include <catch2/catch.hpp>

#include "protocol/watch_streams.h"
#include "tests/protocol/text_cases.h"

namespace larder::protocol {
namespace {

TEST_CASE("lru tune accepts two percentages and two factors") {
  const LruTune tune = TextCase("lru tune 10 25 0.1 2e0\r\n").get<LruTune>();
  CHECK(tune.hot_percent == 10);
  CHECK(tune.warm_percent == 25);
  CHECK(tune.hot_factor == 0.1);
  CHECK(tune.warm_factor == 2.0);
  CHECK(TextCase("lru t 40 40 1 1 and more\r\n").holds<LruTune>());
  CHECK(TextCase(" lru tune 10 25 1 1 noreply\r\n").request.style.silent);
}

TEST_CASE("lru tune refuses invalid percentages and factors") {
  CHECK(TextCase("lru tune 50 31 1 1\r\n").complains(Complaint::LruSharesTooLarge));
  CHECK(TextCase("lru tune 10 20 0 1\r\n").complains(Complaint::LruFactorsTooSmall));
  CHECK(TextCase("lru tune 10 20 1 -0.5\r\n").complains(Complaint::LruFactorsTooSmall));
  for (const char* line :
       {"lru tune 10 20 1\r\n", "lru tune x 20 1 1\r\n", "lru tune 10 -20 1 1\r\n",
        "lru tune 10 20 1x 1\r\n", "lru tune 10 20 1 1e999\r\n",
        "lru tune 10 20 1 0.0000000000000000000000000000001\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
}

TEST_CASE("lru mode and temp_ttl set one value each") {
  const auto turned = [](const char* line) { return TextCase(line).get<TurnKnob>(); };
  CHECK(turned("lru mode flat\r\n").knob == Knob::LruSegmented);
  CHECK(turned("lru mode flat\r\n").value == 0);
  CHECK(turned("lru m segm\r\n").value == 1);
  CHECK(turned("lru temp_ttl 30\r\n").knob == Knob::TemporaryTtl);
  CHECK(turned("lru temp_ttl 30\r\n").value == 30);
  CHECK(turned("lru te -1\r\n").value == -1);
  // Too few words for `lru tune`.
  CHECK(turned("lru t 5\r\n").knob == Knob::TemporaryTtl);
}

TEST_CASE("lru without a known subcommand is an error") {
  for (const char* line : {"lru\r\n", "lru mode\r\n", "lru mode x\r\n", "lru x y\r\n",
                           "lru temp_ttl\r\n", "lru temp_ttl x\r\n", "lru modes flat\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
  CHECK(TextCase("lru noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

TEST_CASE("slabs reassign names two classes") {
  const SlabReassign good = TextCase("slabs reassign -1 31\r\n").get<SlabReassign>();
  CHECK(good.from == -1);
  CHECK(good.to == 31);
  CHECK(good.complaint == Complaint::None);
  const TextCase bad("slabs r 1 x\r\n");
  CHECK(bad.get<SlabReassign>().complaint == Complaint::BadLineFormat);
  for (const char* line : {"slabs\r\n", "slabs reassign\r\n", "slabs reassign 1\r\n",
                           "slabs reassign 1 2 3\r\n", "slabs x 1 2\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
  CHECK(TextCase("slabs reassign 1 2 noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

TEST_CASE("slabs automove sets four values") {
  const auto turned = [](const char* line) { return TextCase(line).get<TurnKnob>(); };
  CHECK(turned("slabs automove 2\r\n").knob == Knob::AutomoveLevel);
  CHECK(turned("slabs automove 2\r\n").value == 2);
  CHECK(turned("slabs a ratio 0.5\r\n").knob == Knob::AutomoveRatio);
  CHECK(turned("slabs automove r -5\r\n").value == -5);
  CHECK(turned("slabs automove freeratio .25\r\n").knob == Knob::AutomoveFreeRatio);
  CHECK(turned("slabs automove window 1800\r\n").knob == Knob::AutomoveWindow);
  CHECK(turned("slabs automove w 3\r\n").value == 3);
  CHECK(TextCase("slabs automove 1 noreply\r\n").request.style.silent);
}

TEST_CASE("slabs automove has three different errors") {
  for (const char* line : {"slabs automove x\r\n", "slabs automove -1\r\n",
                           "slabs automove window\r\n", "slabs automove window x\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::BadLineFormat));
  }
  for (const char* line : {"slabs automove\r\n", "slabs automove 3\r\n", "slabs automove ratio\r\n",
                           "slabs automove freeratio x\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
  CHECK(TextCase("slabs automove window 2\r\n").complains(Complaint::BadAutomoveWindow));
  CHECK(TextCase("slabs automove window 1801\r\n").complains(Complaint::BadAutomoveWindow));
}

TEST_CASE("lru_crawler crawls or dumps some classes or all") {
  const TextCase some("lru_crawler crawl 1,,3,+255\r\n");
  CHECK(some.get<Crawl>().work == Crawl::Work::Reclaim);
  CHECK(some.get<Crawl>().classes.count() == 3);
  CHECK(some.get<Crawl>().classes[1]);
  CHECK(some.get<Crawl>().classes[3]);
  CHECK(some.get<Crawl>().classes[255]);
  CHECK(TextCase("lru_crawler c all\r\n").get<Crawl>().classes.all());
  CHECK(TextCase("lru_crawler m all\r\n").get<Crawl>().work == Crawl::Work::Metadump);
  CHECK(TextCase("lru_crawler metadump hash\r\n").get<Crawl>().classes.all());
  CHECK(TextCase("lru_crawler mg 1\r\n").get<Crawl>().work == Crawl::Work::Mgdump);
  CHECK(some.get<Crawl>().complaint == Complaint::None);
  CHECK_FALSE(some.request.style.silent);
}

TEST_CASE("lru_crawler reports invalid classes") {
  const auto complaint_of = [](const std::string& line) {
    return TextCase("lru_crawler " + line + "\r\n").get<Crawl>().complaint;
  };
  for (const char* list : {"0", "256", "x", "1,x", "1 ", "-1", "18446744073709551616", "allx"}) {
    CAPTURE(list);
    const Complaint complaint = complaint_of(std::string("crawl ") + list);
    CHECK(complaint ==
          (std::string_view(list) == "1 " ? Complaint::None : Complaint::BadCrawlClass));
  }
  CHECK(complaint_of("metadump ,") == Complaint::NothingToCrawl);
  CHECK(complaint_of("crawl hash") == Complaint::CrawlFailed);
  const TextCase silent("lru_crawler metadump noreply\r\n");
  CHECK(silent.get<Crawl>().complaint == Complaint::BadCrawlClass);
  CHECK(silent.request.style.silent);
}

TEST_CASE("lru_crawler sets three values") {
  const auto turned = [](const char* line) { return TextCase(line).get<TurnKnob>(); };
  CHECK(turned("lru_crawler enable\r\n").knob == Knob::CrawlerEnabled);
  CHECK(turned("lru_crawler enable\r\n").value == 1);
  CHECK(turned("lru_crawler d\r\n").value == 0);
  CHECK(turned("lru_crawler tocrawl 4294967295\r\n").knob == Knob::CrawlerToCrawl);
  CHECK(turned("lru_crawler tocrawl 4294967295\r\n").value == 4294967295.0);
  CHECK(turned("lru_crawler sleep 1000000\r\n").knob == Knob::CrawlerSleep);
  CHECK(TextCase("lru_crawler sleep 1000001\r\n").complains(Complaint::CrawlerSleepTooLong));
  CHECK(TextCase("lru_crawler sleep -1\r\n").complains(Complaint::BadLineFormat));
  CHECK(TextCase("lru_crawler tocrawl x\r\n").complains(Complaint::BadLineFormat));
}

TEST_CASE("lru_crawler checks the number of words before their contents") {
  for (const char* line :
       {"lru_crawler\r\n", "lru_crawler x\r\n", "lru_crawler crawl\r\n", "lru_crawler enable x\r\n",
        "lru_crawler metadump all all\r\n", "lru_crawler x 1\r\n"}) {
    CAPTURE(line);
    CHECK(TextCase(line).complains(Complaint::UnknownCommand));
  }
  CHECK(TextCase("lru_crawler enable noreply\r\n").complains_silently(Complaint::UnknownCommand));
}

TEST_CASE("watch names its streams, and fetchers is the default") {
  const auto events = [](const char* line) { return TextCase(line).get<Watch>().events; };
  CHECK(events("watch\r\n") == watch::kFetchers);
  CHECK(events("watch mutations evictions\r\n") == (watch::kMutations | watch::kEvictions));
  CHECK(events("watch connevents sysevents deletions\r\n") ==
        (watch::kConnections | watch::kSystem | watch::kDeletions));
  CHECK(events("watch r proxyreqs proxye proxyu\r\n") ==
        (watch::kRawCommands | watch::kProxyRequests | watch::kProxyEvents | watch::kProxyUser));
  CHECK(TextCase("watch fetchers\r\n").get<Watch>().complaint == Complaint::None);
  CHECK(TextCase("watch fetchers x\r\n").get<Watch>().complaint == Complaint::UnknownCommand);
  CHECK_FALSE(TextCase("watch noreply\r\n").request.style.silent);
  CHECK(TextCase(" watch\r\n").complains(Complaint::UnknownCommand));
}

TEST_CASE("refresh_certs is answered even with noreply") {
  for (const char* line : {"refresh_certs\r\n", "refresh_certs noreply\r\n"}) {
    const TextCase refresh(line);
    refresh.get<RefreshCerts>();
    CHECK_FALSE(refresh.request.style.silent);
  }
}

TEST_CASE("debugtime pauses, resumes and sets the clock") {
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
