// Text commands without a key, and unknown commands.  The administration commands are in
// text_administration.cc.
#include <algorithm>
#include <optional>
#include <string_view>

#include "protocol/decimal.h"
#include "protocol/request.h"
#include "protocol/text_words.h"

namespace larder::protocol {
namespace {

Parsed parse_version(const TextLine& line, const Words&, Request* request) {
  request->command = Version{};
  return complete(line);
}

Parsed parse_quit(const TextLine& line, const Words&, Request* request) {
  request->command = Quit{};
  return complete(line);
}

Parsed parse_stats_detail(const TextLine& line, const Words& words, Request* request) {
  Stats stats{.topic = StatsTopic::DetailDump};
  const std::string_view wanted = words.count() < 3 ? "?" : words[2];
  if (abbreviates(wanted, "on")) {
    stats.topic = StatsTopic::DetailOn;
  } else if (abbreviates(wanted, "off")) {
    stats.topic = StatsTopic::DetailOff;
  } else if (!abbreviates(wanted, "dump")) {
    stats.complaint = Complaint::StatsDetailUsage;
  }
  request->command = stats;
  return complete(line);
}

Parsed parse_stats_cachedump(const TextLine& line, const Words& words, Request* request) {
  Stats stats{.topic = StatsTopic::Cachedump};
  if (words.count() < 4) {
    stats.complaint = Complaint::BadLine;
  } else {
    const std::optional<uint32_t> class_id = read_u32(words[2]);
    const std::optional<uint32_t> item_limit = read_u32(words[3]);
    if (!class_id || !item_limit) stats.complaint = Complaint::BadLineFormat;
    stats.class_id = class_id.value_or(0);
    stats.item_limit = item_limit.value_or(0);
  }
  request->command = stats;
  return complete(line);
}

// noreply is not supported for statistics.
Parsed parse_stats(const TextLine& line, const Words& words, Request* request) {
  const auto answer = [&](StatsTopic topic) {
    request->command = Stats{.topic = topic};
    return complete(line);
  };
  if (words.count() == 1) return answer(StatsTopic::General);
  const std::string_view topic = words[1];
  // The order decides what an abbreviation means.
  if (abbreviates(topic, "reset")) return answer(StatsTopic::Reset);
  if (abbreviates(topic, "detail")) return parse_stats_detail(line, words, request);
  if (abbreviates(topic, "settings")) return answer(StatsTopic::Settings);
  if (abbreviates(topic, "cachedump")) return parse_stats_cachedump(line, words, request);
  if (abbreviates(topic, "conns")) return answer(StatsTopic::Connections);
  if (topic == "items") return answer(StatsTopic::Items);
  if (topic == "slabs") return answer(StatsTopic::Slabs);
  if (topic == "sizes") return answer(StatsTopic::Sizes);
  if (topic == "larder") return answer(StatsTopic::Larder);
  if (topic == "latency") return answer(StatsTopic::Latency);
  if (topic == "hotkeys") return answer(StatsTopic::HotKeys);
  if (topic == "curve") return answer(StatsTopic::Curve);
  return malformed(Complaint::UnknownCommand, line);
}

Parsed parse_flush_all(const TextLine& line, const Words& words, Request* request) {
  const bool silent = words.end_in_noreply();
  FlushAll flush;
  if (words.count() != (silent ? 2u : 1u)) {
    const std::optional<int32_t> delay = read_i32(words[1]);
    if (!delay) flush.complaint = Complaint::BadExptime;
    flush.delay = delay.value_or(0);
  }
  request->command = flush;
  request->style.silent = silent;
  return complete(line);
}

Parsed parse_verbosity(const TextLine& line, const Words& words, Request* request) {
  const bool silent = words.end_in_noreply();
  std::optional<uint32_t> level;
  if (words.count() > 1) level = read_u32(words[1]);
  if (!level) return malformed(Complaint::BadLineFormat, line, silent);
  request->command = Verbosity{.level = std::min(*level, kVerbosityMax)};
  request->style.silent = silent;
  return complete(line);
}

Parsed parse_cache_memlimit(const TextLine& line, const Words& words, Request* request) {
  const bool silent = words.end_in_noreply();
  std::optional<uint32_t> megabytes;
  if (words.count() > 1) megabytes = read_u32(words[1]);
  if (!megabytes) return malformed(Complaint::UnknownCommand, line, silent);
  if (*megabytes < kMemoryLimitMegabytesMin) {
    return malformed(Complaint::MemoryLimitTooSmall, line, silent);
  }
  if (*megabytes > kMemoryLimitMegabytesMax) {
    return malformed(Complaint::MemoryLimitInBytes, line, silent);
  }
  request->command = MemoryLimit{.megabytes = *megabytes};
  request->style.silent = silent;
  return complete(line);
}

Parsed parse_shutdown(const TextLine& line, const Words& words, Request* request) {
  const bool graceful = words.count() == 2 && abbreviates(words[1], "graceful");
  const bool drains = words.count() == 2 && words[1] == "drain";
  const bool is_known = words.count() == 1 || graceful || drains;
  request->command = Shutdown{.graceful = graceful,
                              .drains = drains,
                              .complaint = is_known ? Complaint::None : Complaint::BadShutdownMode};
  request->style.silent = words.end_in_noreply();
  return complete(line);
}

Parsed parse_refresh_auth(const TextLine& line, const Words& words, Request* request) {
  request->command = RefreshAuth{};
  request->style.silent = words.end_in_noreply();
  return complete(line);
}

struct Verb {
  std::string_view name;
  bool leading_spaces;  // whether upstream accepts leading spaces before it
  Parsed (*parse)(const TextLine& line, const Words& words, Request* request);
};

constexpr Verb kVerbs[] = {
    {"stats", false, parse_stats},        {"version", false, parse_version},
    {"quit", false, parse_quit},          {"flush_all", true, parse_flush_all},
    {"verbosity", true, parse_verbosity}, {"cache_memlimit", true, parse_cache_memlimit},
    {"shutdown", true, parse_shutdown},   {"refresh_auth", true, parse_refresh_auth},
    {"watch", false, parse_watch},
};

// Whether the line is a command that needs a key, without any further word.
bool is_bare_key_verb(std::string_view text) {
  return text == "get" || text == "gat" || text == "set" || text == "add" || text == "cas";
}

}  // namespace

Parsed parse_text_verb(const TextLine& line, Request* request) noexcept {
  if (is_bare_key_verb(line.text)) return malformed(Complaint::BadLineFormat, line);
  const Words words(line);
  if (words.count() == 0) return malformed(Complaint::UnknownCommand, line);
  const bool has_leading_spaces = line.text.front() == ' ';
  for (const Verb& verb : kVerbs) {
    if (words[0] != verb.name) continue;
    if (has_leading_spaces && !verb.leading_spaces) break;
    return verb.parse(line, words, request);
  }
  if (const std::optional<Parsed> parsed = parse_administration(line, words, request)) {
    return *parsed;
  }
  // The client is a web browser: close without a reply.
  if (words.count() > 1 && words.last().starts_with("HTTP/")) return fatal(Complaint::None);
  return malformed(Complaint::UnknownCommand, line, words.end_in_noreply());
}

}  // namespace larder::protocol
