// What larderctl's commands have in common: each is a function of the words after its name.
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

inline constexpr int kExitCannot = 1;  // what was asked for is clear, and could not be done
inline constexpr int kExitUsage = EX_USAGE;

using Words = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Words& words);  // returns the exit status
};

// Each says on standard error what is wrong, and returns the exit status for it.
int refuse_usage(std::string_view command, const base::Error& error);
int refuse(std::string_view command, const base::Error& error);

// For people a client's error is its text.
inline base::Error text_of(const client::Error& error) { return base::fail(error.text); }

// Writes to standard output; false if that takes no more.
bool show(std::string_view text);

}  // namespace larder::ctl
