// Slow requests, for the log.  A turn knows how long it took to answer all that a connection had
// sent, and not each request of it; so of one that took long the first request is named, and how
// many it shares the time with.  Nothing is kept for that: its bytes are still where they were
// read, and are parsed once more.
#include <algorithm>
#include <numeric>

#include "server/worker/turn.h"

namespace larder::server {
namespace {

constexpr size_t kVerbSizeMax = 16;

std::string_view first_key_of(const protocol::Command& command) {
  return std::visit(
      [](const auto& each) -> std::string_view {
        if constexpr (requires { each.key; }) {
          return each.key;
        } else {
          return {};
        }
      },
      command);
}

// The word that a text client has sent.
std::string_view verb_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_of(" \r\n"), kVerbSizeMax));
}

}  // namespace

bool Turn::parse_first_request(const Part& part, protocol::Request* request) const {
  const Connection& connection = *part.connection;
  return part.begins_with_request &&
         protocol::parse_request(connection.input.is_binary(), connection.access, part.input, 0,
                                 request)
                 .verdict == protocol::Verdict::Complete;
}

std::string Turn::first_key_of_part(const Part& part) const {
  protocol::Request request;
  if (!parse_first_request(part, &request)) return {};
  return std::string(first_key_of(request.command));
}

void Turn::tell_slow(const Part& part, uint64_t elapsed_ns) {
  const auto request_count = std::accumulate(part.executed.begin(), part.executed.end(), 0u);
  if (request_count == 0) return;  // a piece of a long reply; the last one counts
  log_.tell(LogEvent::SlowRequest, "A request took long.", [&](LogLine& line) {
    const Connection& connection = *part.connection;
    // Unless that one is named: the kind of the first that was executed.
    const auto kind = static_cast<size_t>(
        std::ranges::find_if(part.executed, [](uint32_t count) { return count > 0; }) -
        part.executed.begin());
    std::string_view command = name_of(static_cast<CommandKind>(kind));
    std::string_view key;
    protocol::Request request;
    if (parse_first_request(part, &request)) {
      command = connection.input.is_binary() ? name_of(kind_of(request)) : verb_of(part.input);
      key = first_key_of(request.command);
    } else if (part.is_resumed && resumed_ != nullptr) {
      key = resumed_->first_key;
    }
    line.text("command", command);
    if (!key.empty()) line.text("key", key);
    line.milliseconds("ms", elapsed_ns);
    line.number("requests", request_count);
    line.text("client", text_of(connection.peer));
  });
}

}  // namespace larder::server
