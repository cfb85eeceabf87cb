#include "larderctl/transfer/server_facts.h"

#include <chrono>
#include <cstdlib>

#include "base/words.h"
#include "larderctl/command.h"
#include "larderctl/transfer/value_line.h"

namespace larder::ctl {
namespace {

using client::Connection;
using client::Deadline;

constexpr size_t kLineSizeMax = 8192;
constexpr int kLinesMax = 10'000;

base::Result<std::string> ask(Connection& connection, std::string_view request, Deadline deadline) {
  if (const auto sent = connection.send_all(request, deadline); !sent) {
    return text_of(sent.error());
  }
  auto line = connection.read_line(kLineSizeMax, deadline);
  if (!line) return text_of(line.error());
  return std::move(*line);
}

// The lines before `last`; the first one is returned.
base::Result<std::string> first_before(Connection& connection, std::string_view request,
                                       std::string_view last, Deadline deadline) {
  auto first = ask(connection, request, deadline);
  if (!first) return first;
  std::string line = *first;
  for (int count = 0; line != last; ++count) {
    if (count == kLinesMax) return base::fail("the server does not stop answering");
    auto next = connection.read_line(kLineSizeMax, deadline);
    if (!next) return text_of(next.error());
    line = std::move(*next);
  }
  return first;
}

// With C and a key that is not there nothing is stored: NF, if the server knows the flag E.
constexpr std::string_view kCasIdProbe = "ms larderctl-probe 0 T1 C1 E1\r\n\r\nmn\r\n";

int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void take_row(std::string_view row, ServerFacts& facts) {
  if (base::take_word(row, " ") != "STAT") return;
  const std::string_view name = base::take_word(row, " ");
  const auto number = number_of<int64_t>(row);
  if (!number) return;
  if (name == "time") {
    const int64_t ahead = *number - unix_now();
    facts.clock_ahead = std::abs(ahead) > 1 ? ahead : 0;
  } else if (name == "curr_items") {
    facts.item_count = static_cast<uint64_t>(*number);
  } else if (name == "bytes") {
    facts.byte_count = static_cast<uint64_t>(*number);
  }
}

}  // namespace

base::Result<ServerFacts> ask_facts(Connection& connection, const std::string& name,
                                    Deadline deadline) {
  ServerFacts facts;
  const auto version = ask(connection, "version\r\n", deadline);
  if (!version) return version.error();
  if (!version->starts_with("VERSION ")) {
    return base::fail(name + " answers '" + *version + "' to version");
  }
  facts.version = version->substr(version->find(' ') + 1);
  const auto noop = ask(connection, "mn\r\n", deadline);
  if (!noop) return noop.error();
  facts.has_meta = *noop == "MN";
  if (facts.has_meta) {
    const auto probed = first_before(connection, kCasIdProbe, "MN", deadline);
    if (!probed) return probed.error();
    facts.takes_cas_id = *probed == "NF";
  }
  auto row = ask(connection, "stats\r\n", deadline);
  for (int count = 0; row && *row != "END"; ++count) {
    if (!row->starts_with("STAT ") || count == kLinesMax) {
      return base::fail(name + " answers '" + *row + "' to stats");
    }
    take_row(*row, facts);
    auto next = connection.read_line(kLineSizeMax, deadline);
    if (!next) return text_of(next.error());
    row = std::move(*next);
  }
  if (!row) return row.error();
  return facts;
}

}  // namespace larder::ctl
