// The larder server: parses the command line, sets up the process and serves until it is stopped.
#include <sysexits.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/net/tls_context.h"
#include "server/options/command_line.h"
#include "server/process.h"
#include "server/server.h"

namespace larder::server {
namespace {

void complain(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

int refuse(const UsageError& error) {
  complain(error.line);
  return error.exit_status;
}

int show(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

int run(Server& server) {
  switch (server.run()) {
    case StopKind::None: complain("Exiting on error"); return 1;
    case StopKind::Normal:
      if (server.verbosity() > 0) complain("Exiting normally");
      return 0;
    case StopKind::Graceful: complain("Gracefully stopping"); return 0;
  }
  return 1;
}

int serve(const CommandLine& command_line) {
  Options options = command_line.options;
  make_paths_absolute(options);
  for (const std::string& warning : command_line.warnings) complain(warning);
  if (options.verbosity > 0) {
    for (const std::string& line : options_without_effect(command_line)) complain(line);
  }
  ignore_write_signals();
  std::unique_ptr<TlsContext> tls;
  if (options.uses_tls) {  // before -u drops the privilege to read the key
    auto loaded = TlsContext::load(options);
    if (!loaded) return refuse({EX_USAGE, loaded.error().text});
    tls = std::move(*loaded);
  }
  if (options.writes_core_dump) {
    if (const auto refusal = allow_core_files()) return refuse(*refusal);
  }
  if (options.locks_memory) allow_locked_memory();
  const auto limit = raise_descriptor_limit(options, descriptor_count_of(options));
  if (const auto* refusal = std::get_if<UsageError>(&limit)) return refuse(*refusal);
  const auto connection_count_max = static_cast<int>(std::get<uint32_t>(limit));
  if (connection_count_max < options.connection_count_max) {
    complain("larder: the open file limit leaves room for " + std::to_string(connection_count_max) +
             " clients instead of " + std::to_string(options.connection_count_max));
    options.connection_count_max = connection_count_max;  // shown in stats and used by alerts
  }
  if (const auto refusal = become_user(options)) return refuse(*refusal);
  for (const std::string& warning : warnings_of_unreadable_files(options)) complain(warning);

  std::optional<Daemon> daemon;
  if (options.runs_as_daemon) {
    auto forked = Daemon::fork_away(options);
    if (const auto* refusal = std::get_if<UsageError>(&forked)) return refuse(*refusal);
    daemon = std::move(std::get<Daemon>(forked));
  }
  auto started = Server::start(options, std::move(tls));
  if (const auto* refusal = std::get_if<UsageError>(&started)) return refuse(*refusal);
  const auto server = std::move(std::get<std::unique_ptr<Server>>(started));
  if (options.locks_memory) {
    const base::Outcome locked = lock_memory();
    if (!locked) complain(locked.error().text);
  }

  std::optional<PidFile> pid_file;
  if (!options.pid_file.empty()) {
    std::vector<std::string> warnings;
    auto written = PidFile::write(options.pid_file, warnings);
    for (const std::string& warning : warnings) complain(warning);
    if (!written) complain(written.error().text);
    if (written) pid_file.emplace(std::move(*written));
  }
  if (daemon) daemon->report_started();
  return run(*server);
}

}  // namespace
}  // namespace larder::server

int main(int argc, char** argv) {
  using namespace larder::server;
  const auto parsed = parse_command_line(argc, argv, facts_of_this_process());
  if (const auto* error = std::get_if<UsageError>(&parsed)) return refuse(*error);
  const CommandLine& command_line = std::get<CommandLine>(parsed);
  switch (command_line.action) {
    case Action::ShowHelp: return show(help_text());
    case Action::ShowVersion: return show(version_text());
    case Action::ShowLicense: return show(license_text());
    case Action::Serve: break;
  }
  return serve(command_line);
}
