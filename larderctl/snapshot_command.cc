#include "larderctl/snapshot_command.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include "client/connector.h"
#include "larderctl/endpoints.h"
#include "larderctl/options.h"
#include "larderctl/printable.h"

namespace larder::ctl {
namespace {

using client::Connection;
using std::chrono::seconds;

constexpr std::string_view kName = "snapshot";
constexpr size_t kLineSizeMax = 8192;
constexpr int kRowsMax = 1000;
constexpr uint64_t kWaitMax = 86'400;
constexpr std::chrono::milliseconds kLookInterval{200};

constexpr OptionRow kOwnRows[] = {
    {"wait", "SECONDS", "wait up to this long until the snapshot is written"},
};
constexpr OptionRow kHelpRows[] = {
    {"help", "", "this text"},
};

struct SnapshotOptions {
  client::Address address;
  std::optional<seconds> wait;
  Access access;
  bool help = false;
};

std::vector<OptionRow> rows() { return joined({kOwnRows, kAccessRows, kHelpRows}); }

std::string help_text() {
  return "usage: larderctl snapshot HOST:PORT [options]\n"
         "\n"
         "Makes a server that was started with --snapshot-dir take a snapshot.\n"
         "\n" +
         options_help(rows());
}

base::Result<SnapshotOptions> parse(const Words& words) {
  Words operands;
  const auto given = read_options(rows(), words, &operands);
  if (!given) return given.error();
  SnapshotOptions options;
  for (const GivenOption& option : *given) {
    options.help |= option.name == "help";
    if (option.name != "wait") continue;
    const auto wait = read_number(option, 0, kWaitMax);
    if (!wait) return wait.error();
    options.wait = seconds(*wait);
  }
  if (options.help) return options;
  if (operands.size() != 1) return base::fail("expected one HOST:PORT");
  const auto address = client::parse_address(operands.front());
  if (!address) return text_of(address.error());
  options.address = *address;
  auto access = read_access(*given);
  if (!access) return access.error();
  options.access = std::move(*access);
  return options;
}

// One server, over one connection.
class Server {
 public:
  static base::Result<Server> connect(const SnapshotOptions& options) {
    auto connection = options.access.connector.connect(
        options.address, {}, client::deadline_after(options.access.timeout));
    if (!connection) return text_of(connection.error());
    return Server(options, std::move(*connection));
  }

  // The first line of the answer.
  base::Result<std::string> ask(std::string_view request) {
    const client::Deadline deadline = client::deadline_after(timeout_);
    if (const auto sent = connection_.send_all(request, deadline); !sent) {
      return text_of(sent.error());
    }
    return next_line(deadline);
  }

  // The rows of `stats snapshot`.
  using Rows = std::map<std::string, std::string>;
  base::Result<Rows> stats() {
    Rows rows;
    auto line = ask("stats snapshot\r\n");
    for (int count = 0; line && *line != "END"; ++count) {
      const size_t space = line->find(' ', 5);
      if (!line->starts_with("STAT ") || space == line->npos || count == kRowsMax) {
        return base::fail("the server answers '" + *line + "' to stats snapshot");
      }
      rows[line->substr(5, space - 5)] = line->substr(space + 1);
      line = next_line(client::deadline_after(timeout_));
    }
    if (!line) return line.error();
    return rows;
  }

 private:
  Server(const SnapshotOptions& options, Connection connection)
      : timeout_(options.access.timeout), connection_(std::move(connection)) {}

  base::Result<std::string> next_line(client::Deadline deadline) {
    auto line = connection_.read_line(kLineSizeMax, deadline);
    if (!line) return text_of(line.error());
    return std::move(*line);
  }

  std::chrono::milliseconds timeout_;
  Connection connection_;
};

// What became of the snapshot, as text; `before` are the statistics before it was asked for.
base::Result<std::string> wait_for_end(Server& server, Server::Rows before, seconds wait) {
  const client::Deadline deadline = client::deadline_after(wait);
  for (;;) {
    auto rows = server.stats();
    if (!rows) return rows.error();
    Server::Rows& now = *rows;
    if (now["failures"] != before["failures"]) return base::fail(now["last_error"]);
    if (now["successes"] != before["successes"]) {
      return fmt::format("{}: {} items, {} bytes, {} ms", now["last_file"], now["last_items"],
                         now["last_bytes"], now["last_duration_ms"]);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return base::fail(fmt::format("the snapshot is not written after {} s", wait.count()));
    }
    std::this_thread::sleep_for(kLookInterval);
  }
}

base::Result<std::string> take_snapshot(const SnapshotOptions& options) {
  auto server = Server::connect(options);
  if (!server) return server.error();
  Server::Rows before;
  if (options.wait) {
    auto rows = server->stats();
    if (!rows) return rows.error();
    before = std::move(*rows);
  }
  const auto answer = server->ask("snapshot\r\n");
  if (!answer) return answer.error();
  if (*answer != "OK") {
    return base::fail(options.address.text() + " answers '" + *answer + "'");
  }
  if (options.wait) return wait_for_end(*server, std::move(before), *options.wait);
  return options.address.text() + ": started";
}

}  // namespace

int run_snapshot(const Words& words) {
  const auto options = parse(words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  const auto taken = take_snapshot(*options);
  if (!taken) return refuse(kName, base::fail(printable(taken.error().text)));
  return show(printable(*taken) + "\n") ? 0 : kExitCannot;
}

}  // namespace larder::ctl
