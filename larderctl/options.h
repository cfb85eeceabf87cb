// Options of a command: one table is used by the parser and by --help.
//
// Threads: one, because getopt_long() keeps global state.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "larderctl/command.h"

namespace larder::ctl {

struct OptionRow {
  const char* name;             // without the dashes
  std::string_view value_name;  // empty for an option without a value
  std::string_view help;        // lines
};

struct GivenOption {
  std::string name;
  std::string value;
};

// Returns the options in the order in which they were given.  Fails on an option that is not in the
// table, on a missing or unexpected value, and on arguments that are not options, unless those go
// to `operands`.
base::Result<std::vector<GivenOption>> read_options(std::span<const OptionRow> rows,
                                                    const Words& words, Words* operands = nullptr);

// Concatenates tables.
std::vector<OptionRow> joined(std::initializer_list<std::span<const OptionRow>> tables);

// A whole number from `low` to `high`, without surrounding characters.
base::Result<uint64_t> read_number(const GivenOption& option, uint64_t low, uint64_t high);

std::string options_help(std::span<const OptionRow> rows);

}  // namespace larder::ctl
