#include "server/worker/turn_latency.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "protocol/parse.h"

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

// The first word of a text client's line.
std::string_view verb_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_of(" \r\n"), kVerbSizeMax));
}

bool parse_first_request(const TurnPart& part, protocol::Request* request) {
  const Connection& connection = *part.connection;
  protocol::Login login;
  return part.begins_with_request &&
         protocol::parse_request(connection.input.is_binary(), connection.access, part.input, 0,
                                 request, &login)
                 .verdict == protocol::Verdict::Complete;
}

}  // namespace

void TurnLatency::note(TurnPart& part) {
  if (!is_measured_) return;
  const auto elapsed = static_cast<uint64_t>(monotonic_nanoseconds() - part.ready_at);
  if (elapsed > slow_above_ns_) log_slow(part, elapsed);
  for (size_t kind = 0; kind < kCommandKindCount; ++kind) {
    const uint32_t count = std::exchange(part.executed[kind], 0);
    if (count == 0) continue;
    counters_.latencies[kind].add(elapsed, count);
    part.begins_with_request = false;  // the next request is a different one
  }
}

std::string TurnLatency::first_key_of(const TurnPart& part) {
  protocol::Request request;
  if (!parse_first_request(part, &request)) return {};
  return std::string(server::first_key_of(request.command));
}

void TurnLatency::log_slow(const TurnPart& part, uint64_t elapsed_ns) {
  const auto request_count = std::accumulate(part.executed.begin(), part.executed.end(), 0u);
  if (request_count == 0) return;  // a piece of a long reply; only the last piece counts
  log_.tell(LogEvent::SlowRequest, "Slow request.", [&](LogLine& line) {
    const Connection& connection = *part.connection;
    // If the first request cannot be parsed again: the kind of the first that was executed.
    const auto kind = static_cast<size_t>(
        std::ranges::find_if(part.executed, [](uint32_t count) { return count > 0; }) -
        part.executed.begin());
    std::string_view command = name_of(static_cast<CommandKind>(kind));
    std::string_view key;
    protocol::Request request;
    if (parse_first_request(part, &request)) {
      command = connection.input.is_binary() ? name_of(kind_of(request)) : verb_of(part.input);
      key = server::first_key_of(request.command);
    } else if (part.resumed != nullptr) {
      key = part.resumed->first_key;
    }
    line.text("command", command);
    if (!key.empty()) line.text("key", key);
    line.milliseconds("ms", elapsed_ns);
    line.number("requests", request_count);
    line.text("client", text_of(connection.peer));
  });
}

}  // namespace larder::server
