#include "larderctl/drain_command.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

#include "client/connector.h"
#include "larderctl/endpoints.h"
#include "larderctl/options.h"
#include "larderctl/printable.h"

namespace larder::ctl {
namespace {

using client::Address;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kName = "drain";
constexpr size_t kLineSizeMax = 2048;
constexpr uint64_t kWaitMax = 86'400;
constexpr milliseconds kLookInterval{100};

constexpr OptionRow kOwnRows[] = {
    {"endpoint", "NODE", "host:port of the node to drain"},
    {"wait", "SECONDS", "wait up to this long until it refuses connections"},
};
constexpr OptionRow kHelpRows[] = {
    {"help", "", "this text"},
};

struct DrainOptions {
  std::optional<Address> endpoint;
  std::optional<seconds> wait;
  Access access;
  bool help = false;
};

std::vector<OptionRow> rows() { return joined({kOwnRows, kAccessRows, kHelpRows}); }

std::string help_text() {
  return "usage: larderctl drain --endpoint host:port [options]\n"
         "\n"
         "Makes a node leave its cluster: it leaves the list at once, serves for its\n"
         "--drain-seconds, and stops.  It must have been started with -A.\n"
         "\n" +
         options_help(rows());
}

base::Outcome read_endpoint(const GivenOption& option, DrainOptions& options) {
  const auto endpoints = read_endpoints(option);
  if (!endpoints) return endpoints.error();
  if (endpoints->size() != 1) return base::fail("--endpoint: one node at a time");
  options.endpoint = endpoints->front();
  return base::Done{};
}

base::Outcome apply(const GivenOption& option, DrainOptions& options) {
  if (option.name == "endpoint") return read_endpoint(option, options);
  if (option.name == "wait") {
    const auto wait = read_number(option, 0, kWaitMax);
    if (!wait) return wait.error();
    options.wait = seconds(*wait);
  }
  options.help |= option.name == "help";
  return base::Done{};
}

base::Result<DrainOptions> parse(const Words& words) {
  const auto given = read_options(rows(), words);
  if (!given) return given.error();
  DrainOptions options;
  for (const GivenOption& option : *given) {
    const base::Outcome applied = apply(option, options);
    if (!applied) return applied.error();
  }
  auto access = read_access(*given);
  if (!access) return access.error();
  options.access = std::move(*access);
  if (!options.endpoint && !options.help) return base::fail("--endpoint is missing");
  return options;
}

base::Outcome ask_to_drain(const DrainOptions& options) {
  const client::Deadline deadline = client::deadline_after(options.access.timeout);
  const std::string name = options.endpoint->text();
  auto connection = options.access.connector.connect(*options.endpoint, {}, deadline);
  if (!connection) return text_of(connection.error());
  const client::Outcome sent = connection->send_all("shutdown drain\r\n", deadline);
  if (!sent) return text_of(sent.error());
  const client::Result<std::string> line = connection->read_line(kLineSizeMax, deadline);
  if (!line) return text_of(line.error());
  if (*line == "OK") return base::Done{};
  if (line->ends_with("shutdown not enabled")) {
    return base::fail(name + " does not allow shutdown: start it with -A, or send it SIGTERM");
  }
  return base::fail(name + " replied '" + *line + "'");
}

// Only a refused connection shows that the process has ended; other errors, such as an unreachable
// host, do not.
bool is_gone(const DrainOptions& options, const client::Connector& connector) {
  const auto connection =
      connector.connect(*options.endpoint, {}, client::deadline_after(options.access.timeout));
  if (connection) return false;
  const std::string& reason = connection.error().text;
  return reason.ends_with(std::strerror(ECONNREFUSED)) || reason.ends_with(std::strerror(ENOENT));
}

base::Outcome wait_for_end(const DrainOptions& options) {
  // Connects without a login, because each login would be counted and logged.
  const auto connector = client::Connector::make({}, options.access.tls);
  if (!connector) return text_of(connector.error());
  const client::Deadline deadline = client::deadline_after(*options.wait);
  while (!is_gone(options, *connector)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return base::fail(fmt::format("{} does not refuse connections after {} s",
                                    options.endpoint->text(), options.wait->count()));
    }
    std::this_thread::sleep_for(kLookInterval);
  }
  return base::Done{};
}

base::Outcome tell(const std::string& text) {
  if (!show(text)) return base::fail_errno("cannot write to standard output");
  return base::Done{};
}

base::Outcome drain(const DrainOptions& options) {
  const base::Outcome asked = ask_to_drain(options);
  if (!asked) return base::fail(printable(asked.error().text));
  const std::string name = options.endpoint->text();
  const base::Outcome told = tell(name + ": draining\n");
  if (!told || !options.wait) return told;
  const base::Outcome ended = wait_for_end(options);
  if (!ended) return ended;
  return tell(name + ": stopped\n");
}

}  // namespace

int run_drain(const Words& words) {
  const auto options = parse(words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  const base::Outcome drained = drain(*options);
  return drained ? 0 : refuse(kName, drained.error());
}

}  // namespace larder::ctl
