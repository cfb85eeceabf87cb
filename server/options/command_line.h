// The command line: memcached 1.6.45's options with their defaults and error messages, and Larder's
// own options.
//
// parse_command_line() converts argv to Options and accesses nothing else: it opens no file, binds
// no socket, looks up no user and never exits; main() acts on the result.
//
// Threads: called once, before any other thread exists (getopt_long uses global variables).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/options/options.h"
#include "server/options/usage_error.h"

namespace larder::server {

enum class Action { Serve, ShowHelp, ShowVersion, ShowLicense };

struct CommandLine {
  Action action = Action::Serve;
  Options options;
  std::vector<std::string> warnings;  // complete lines for stderr, printed regardless of -v
  std::vector<std::string> given;     // "-f", "-o hashpower": each option once, in order
};

// What parsing depends on in addition to the command line.
struct ProcessFacts {
  bool is_root = false;  // the real or effective user is root
  int core_count = 1;    // cores this process may run on
};
ProcessFacts facts_of_this_process();

// Reads options from left to right and stops at the first of -h, -i and -V or at the first error.
// Permutes `argv`: words that are not options move to its end.
std::variant<CommandLine, UsageError> parse_command_line(int argc, char* const* argv,
                                                         const ProcessFacts& facts);

// The given options that have no effect in Larder, and the reasons: one line per reason, for stderr
// when -v is given.
std::vector<std::string> options_without_effect(const CommandLine& command_line);

// The output of -h, -V and -i, including the last newline.
std::string help_text();
std::string version_text();
std::string_view license_text();

}  // namespace larder::server
