// The text commands that steer the server.
#include <optional>
#include <string_view>

#include "protocol/decimal.h"
#include "protocol/request.h"
#include "protocol/text_words.h"

namespace larder::protocol {
namespace {

// debugtime p|r|<seconds>
Parsed parse_debugtime(const TextLine& line, const Words& words, Request* request) {
  const bool silent = words.end_in_noreply();
  const std::string_view what = words.count() > 1 ? words[1] : "";
  DebugTime debug_time;
  if (what == "p") {
    debug_time.act = DebugTime::Act::Pause;
  } else if (what == "r") {
    debug_time.act = DebugTime::Act::Resume;
  } else {
    const std::optional<int32_t> seconds = read_i32(what);
    if (!seconds) return malformed(Complaint::UnknownCommand, line, silent);
    debug_time.seconds = *seconds;
  }
  request->command = debug_time;
  request->style.silent = silent;
  return complete(line);
}

struct Verb {
  std::string_view name;
  Parsed (*parse)(const TextLine& line, const Words& words, Request* request);
};

constexpr Verb kVerbs[] = {
    {"debugtime", parse_debugtime},
};

}  // namespace

// Leading spaces before these mean nothing.
std::optional<Parsed> parse_administration(const TextLine& line, const Words& words,
                                           Request* request) noexcept {
  for (const Verb& verb : kVerbs) {
    if (words[0] == verb.name) return verb.parse(line, words, request);
  }
  return std::nullopt;
}

}  // namespace larder::protocol
