// The command line: memcached 1.6.45's options, their defaults and their refusals.
//
// parse_command_line() turns argv into Options and reads nothing else: it opens no file, binds no
// socket, looks up no user and never exits; main() does what it returns.
// Threads: called once, before any other thread exists (getopt_long keeps its place in globals).
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
  std::vector<std::string> warnings;  // whole lines for stderr, to be printed whatever -v says
  std::vector<std::string> given;     // "-f", "-o hashpower": each option once, in order
};

// What the command line depends on besides itself.
struct ProcessFacts {
  bool is_root = false;  // real or effective
  int core_count = 1;    // cores this process may run on
};
ProcessFacts facts_of_this_process();

// Reads options left to right; the first of -h, -i and -V ends reading, as does the first error.
// `argv` is permuted: words that are no options move to its end.
std::variant<CommandLine, UsageError> parse_command_line(int argc, char* const* argv,
                                                         const ProcessFacts& facts);

// Which of the options given have no effect in Larder, and why: one line per reason, for stderr
// when -v is given.  Empty when every option given has its effect.
std::vector<std::string> options_without_effect(const CommandLine& command_line);

// What -h, -V and -i print, whole, with the last newline.
std::string help_text();
std::string version_text();
std::string_view license_text();

}  // namespace larder::server
