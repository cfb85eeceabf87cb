// The administration commands of the text protocol.
//
// Like upstream, these parsers first check the number of words and then the command's second word,
// which may be abbreviated.
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/words.h"
#include "protocol/decimal.h"
#include "protocol/request.h"
#include "protocol/text_words.h"
#include "protocol/watch_streams.h"

namespace larder::protocol {
namespace {

constexpr uint32_t kLruPercentMax = 80;  // hot and warm together
constexpr uint32_t kCrawlerSleepMax = 1'000'000;
constexpr uint32_t kAutomoveWindowMin = 3;
constexpr uint32_t kAutomoveWindowMax = 1800;
constexpr uint32_t kAutomoveLevelMax = 2;
constexpr size_t kDecimalSizeMax = 31;

Parsed refuse(const TextLine& line, const Words& words, Complaint complaint) {
  return malformed(complaint, line, words.end_in_noreply());
}

Parsed accept(const TextLine& line, const Words& words, const Command& command, Request* request) {
  request->command = command;
  request->style.silent = words.end_in_noreply();
  return complete(line);
}

Parsed turn(const TextLine& line, const Words& words, Knob knob, double value, Request* request) {
  return accept(line, words, TurnKnob{knob, value}, request);
}

// Reads a whole word with strtod; white space may follow the number.
std::optional<double> read_double(std::string_view word) {
  char text[kDecimalSizeMax + 1] = {};
  if (word.size() > kDecimalSizeMax) return std::nullopt;
  word.copy(text, kDecimalSizeMax);
  char* end = nullptr;
  errno = 0;
  const double number = std::strtod(text, &end);
  if (errno == ERANGE || end == text) return std::nullopt;
  if (*end != '\0' && !detail::is_white(*end)) return std::nullopt;
  return number;
}

// lru tune <hot percent> <warm percent> <hot factor> <warm factor>
Parsed parse_lru_tune(const TextLine& line, const Words& words, Request* request) {
  const std::optional<uint32_t> hot_percent = read_u32(words[2]);
  const std::optional<uint32_t> warm_percent = read_u32(words[3]);
  const std::optional<double> hot_factor = read_double(words[4]);
  const std::optional<double> warm_factor = read_double(words[5]);
  if (!hot_percent || !warm_percent || !hot_factor || !warm_factor) {
    return refuse(line, words, Complaint::UnknownCommand);
  }
  if (*hot_percent + *warm_percent > kLruPercentMax) {
    return refuse(line, words, Complaint::LruSharesTooLarge);
  }
  if (*hot_factor <= 0 || *warm_factor <= 0) {
    return refuse(line, words, Complaint::LruFactorsTooSmall);
  }
  return accept(line, words, LruTune{*hot_percent, *warm_percent, *hot_factor, *warm_factor},
                request);
}

// lru tune|mode|temp_ttl
Parsed parse_lru(const TextLine& line, const Words& words, Request* request) {
  const std::string_view what = words.count() > 1 ? words[1] : "";
  if (abbreviates(what, "tune") && words.count() >= 6) {
    return parse_lru_tune(line, words, request);
  }
  if (words.count() < 3) return refuse(line, words, Complaint::UnknownCommand);
  if (abbreviates(what, "mode")) {
    const bool is_flat = abbreviates(words[2], "flat");
    if (is_flat || abbreviates(words[2], "segmented")) {
      return turn(line, words, Knob::LruSegmented, is_flat ? 0 : 1, request);
    }
  } else if (abbreviates(what, "temp_ttl")) {
    const std::optional<int32_t> seconds = read_i32(words[2]);
    if (seconds) return turn(line, words, Knob::TemporaryTtl, *seconds, request);
  }
  return refuse(line, words, Complaint::UnknownCommand);
}

// slabs automove <level> | ratio <number> | freeratio <number> | window <seconds>
Parsed parse_automove(const TextLine& line, const Words& words, Request* request) {
  const std::string_view what = words[2];
  const bool is_ratio = abbreviates(what, "ratio");
  if (is_ratio || abbreviates(what, "freeratio")) {
    const std::optional<double> ratio = words.count() < 4 ? std::nullopt : read_double(words[3]);
    if (!ratio) return refuse(line, words, Complaint::UnknownCommand);
    return turn(line, words, is_ratio ? Knob::AutomoveRatio : Knob::AutomoveFreeRatio, *ratio,
                request);
  }
  if (abbreviates(what, "window")) {
    const std::optional<uint32_t> seconds = words.count() < 4 ? std::nullopt : read_u32(words[3]);
    if (!seconds) return refuse(line, words, Complaint::BadLineFormat);
    if (*seconds < kAutomoveWindowMin || *seconds > kAutomoveWindowMax) {
      return refuse(line, words, Complaint::BadAutomoveWindow);
    }
    return turn(line, words, Knob::AutomoveWindow, *seconds, request);
  }
  const std::optional<uint32_t> level = read_u32(what);
  if (!level) return refuse(line, words, Complaint::BadLineFormat);
  if (*level > kAutomoveLevelMax) return refuse(line, words, Complaint::UnknownCommand);
  return turn(line, words, Knob::AutomoveLevel, *level, request);
}

// slabs reassign|automove
Parsed parse_slabs(const TextLine& line, const Words& words, Request* request) {
  const std::string_view what = words.count() > 1 ? words[1] : "";
  if (abbreviates(what, "reassign") && words.count() == 4) {
    const std::optional<int32_t> from = read_i32(words[2]);
    const std::optional<int32_t> to = read_i32(words[3]);
    const bool is_good = from && to;
    return accept(line, words,
                  SlabReassign{.from = from.value_or(0),
                               .to = to.value_or(0),
                               .complaint = is_good ? Complaint::None : Complaint::BadLineFormat},
                  request);
  }
  if (abbreviates(what, "automove") && words.count() >= 3) {
    return parse_automove(line, words, request);
  }
  return refuse(line, words, Complaint::UnknownCommand);
}

// all | hash | <id>,<id>...
void read_classes(std::string_view list, Crawl& crawl) {
  if (list == "hash" && crawl.work == Crawl::Work::Reclaim) {
    crawl.complaint = Complaint::CrawlFailed;
    return;
  }
  if (list == "all" || list == "hash") {
    crawl.classes.set();
    return;
  }
  while (!list.empty()) {
    const std::string_view word = base::take_word(list, ",");
    if (word.empty()) continue;
    const std::optional<uint32_t> id = read_flags(word);
    if (!id || *id == 0 || *id >= crawl.classes.size()) {
      crawl.complaint = Complaint::BadCrawlClass;
      return;
    }
    crawl.classes.set(*id);
  }
  if (crawl.classes.none()) crawl.complaint = Complaint::NothingToCrawl;
}

// lru_crawler crawl|metadump|mgdump <classes> | tocrawl <items> | sleep <microseconds>
Parsed parse_crawler_number(const TextLine& line, const Words& words, Request* request) {
  const std::string_view what = words[1];
  const auto begin = [&](Crawl::Work work) {
    Crawl crawl{.work = work};
    read_classes(words[2], crawl);
    return accept(line, words, crawl, request);
  };
  if (abbreviates(what, "crawl")) return begin(Crawl::Work::Reclaim);
  if (abbreviates(what, "metadump")) return begin(Crawl::Work::Metadump);
  if (abbreviates(what, "mgdump")) return begin(Crawl::Work::Mgdump);
  const bool is_count = abbreviates(what, "tocrawl");
  if (!is_count && !abbreviates(what, "sleep")) {
    return refuse(line, words, Complaint::UnknownCommand);
  }
  const std::optional<uint32_t> number = read_u32(words[2]);
  if (!number) return refuse(line, words, Complaint::BadLineFormat);
  if (is_count) return turn(line, words, Knob::CrawlerToCrawl, *number, request);
  if (*number > kCrawlerSleepMax) return refuse(line, words, Complaint::CrawlerSleepTooLong);
  return turn(line, words, Knob::CrawlerSleep, *number, request);
}

Parsed parse_lru_crawler(const TextLine& line, const Words& words, Request* request) {
  if (words.count() == 3) return parse_crawler_number(line, words, request);
  if (words.count() == 2) {
    const bool enables = abbreviates(words[1], "enable");
    if (enables || abbreviates(words[1], "disable")) {
      return turn(line, words, Knob::CrawlerEnabled, enables ? 1 : 0, request);
    }
  }
  return refuse(line, words, Complaint::UnknownCommand);
}

// debugtime p|r|<seconds>
Parsed parse_debugtime(const TextLine& line, const Words& words, Request* request) {
  const std::string_view what = words.count() > 1 ? words[1] : "";
  DebugTime debug_time;
  if (what == "p") {
    debug_time.act = DebugTime::Act::Pause;
  } else if (what == "r") {
    debug_time.act = DebugTime::Act::Resume;
  } else {
    const std::optional<int32_t> seconds = read_i32(what);
    if (!seconds) return refuse(line, words, Complaint::UnknownCommand);
    debug_time.seconds = *seconds;
  }
  return accept(line, words, debug_time, request);
}

// Upstream sends a reply even with noreply.
Parsed parse_refresh_certs(const TextLine& line, const Words&, Request* request) {
  request->command = RefreshCerts{};
  return complete(line);
}

struct Verb {
  std::string_view name;
  Parsed (*parse)(const TextLine& line, const Words& words, Request* request);
};

constexpr Verb kVerbs[] = {
    {"lru", parse_lru},
    {"lru_crawler", parse_lru_crawler},
    {"slabs", parse_slabs},
    {"refresh_certs", parse_refresh_certs},
    {"debugtime", parse_debugtime},
    {"config", parse_config},
};

struct WatchWord {
  std::string_view name;
  uint16_t event;
};

// The order decides what an abbreviation means.
constexpr WatchWord kWatchWords[] = {
    {"rawcmds", watch::kRawCommands},     {"evictions", watch::kEvictions},
    {"fetchers", watch::kFetchers},       {"mutations", watch::kMutations},
    {"sysevents", watch::kSystem},        {"connevents", watch::kConnections},
    {"proxyreqs", watch::kProxyRequests}, {"proxyevents", watch::kProxyEvents},
    {"proxyuser", watch::kProxyUser},     {"deletions", watch::kDeletions},
};

}  // namespace

// watch [<events>...]; noreply is not supported.
Parsed parse_watch(const TextLine& line, const Words& words, Request* request) noexcept {
  Watch asked{.events = words.count() == 1 ? watch::kFetchers : uint16_t{0}};
  for (size_t i = 1; i < words.count(); ++i) {
    uint16_t event = 0;
    for (const WatchWord& word : kWatchWords) {
      if (event == 0 && abbreviates(words[i], word.name)) event = word.event;
    }
    if (event == 0) asked.complaint = Complaint::UnknownCommand;
    asked.events |= event;
  }
  request->command = asked;
  return complete(line);
}

// These accept leading spaces.
std::optional<Parsed> parse_administration(const TextLine& line, const Words& words,
                                           Request* request) noexcept {
  for (const Verb& verb : kVerbs) {
    if (words[0] == verb.name) return verb.parse(line, words, request);
  }
  return std::nullopt;
}

}  // namespace larder::protocol
