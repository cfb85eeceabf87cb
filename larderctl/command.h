// What the commands of larderctl share.  A command is a function that takes the words after its
// name.
//
// Threads: one.
#pragma once

#include <sysexits.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/error.h"

namespace larder::ctl {

inline constexpr int kExitCannot = 1;  // the request was valid, but could not be carried out
inline constexpr int kExitUsage = EX_USAGE;

using Words = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Words& words);  // returns the exit status
};

// Print the error to standard error and return the matching exit status.
int refuse_usage(std::string_view command, const base::Error& error);
int refuse(std::string_view command, const base::Error& error);

// Converts a client's error to its text, for messages to the user.
inline base::Error text_of(const client::Error& error) { return base::fail(error.text); }

// Writes to standard output; false if that fails.
bool show(std::string_view text);

}  // namespace larder::ctl
