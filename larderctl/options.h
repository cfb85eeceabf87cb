// Options of a command: one table says what there is, for the parser and for --help.
//
// Threads: one, as getopt_long() has it.
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
  const char* name;             // without its dashes
  std::string_view value_name;  // empty for an option without a value
  std::string_view help;        // lines
};

struct GivenOption {
  std::string name;
  std::string value;
};

// In the order in which they were given.  Fails on an option that is not in the table, on a value
// that is missing or too many, and on words that are no options.
base::Result<std::vector<GivenOption>> read_options(std::span<const OptionRow> rows,
                                                    const Words& words);

// Tables one after the other.
std::vector<OptionRow> joined(std::initializer_list<std::span<const OptionRow>> tables);

// A whole number from `low` up to `high`, without anything around it.
base::Result<uint64_t> read_number(const GivenOption& option, uint64_t low, uint64_t high);

std::string options_help(std::span<const OptionRow> rows);

}  // namespace larder::ctl
