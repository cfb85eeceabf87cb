// The command line as two tables: letters with their long names, and the keys of -o.  The parser,
// --help and the report of options without effect use these rows; a new option is a new row.
// Private to the option files of server/ and their tests.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/options/command_line.h"

namespace larder::server {

struct ParseState {
  CommandLine command_line;
  bool slab_chunk_max_given = false;
  bool has_protocol = false;  // -B was given
  bool has_log_level = false;
  std::string slab_sizes_text;  // checked at the end, because -n and slab_chunk_max may follow
  bool has_slab_sizes = false;
};

// Nothing: the option was accepted.
using Refusal = std::optional<UsageError>;

// The effects that an option can have.  Numbers are parsed by number.h.
struct SetFlag {
  bool Options::*field;
  bool value = true;
};
struct SetText {
  std::string Options::*field;
};
struct SetInteger {
  std::variant<int Options::*, uint64_t Options::*> field;
  int64_t min;
  int64_t max;
  std::string_view out_of_range;  // the error text; "{}" is the value
  int exit_status = 1;
};
// A size in bytes; the value may end with k, m or g.
struct SetSize {
  std::variant<int Options::*, uint64_t Options::*> field;
  int64_t unit;  // multiplier for a value without a letter
  int64_t min;   // in units, like `max`
  int64_t max;
  std::string_view out_of_range;  // the error text; "{}" is the value as given
  int exit_status = 1;
};
struct SetDecimal {
  double Options::*field;
  double above;  // exclusive
  double max;    // inclusive
  std::string_view out_of_range;
};
struct Call {
  Refusal (*apply)(ParseState& state, std::string_view value);
};
// Exits with "larder: <option> (<feature>) is not built into this version".
struct NotBuilt {
  std::string_view feature;
};
// Accepted, but without a meaning in memcached 1.6.45 either.
struct NoMeaning {};

using Effect =
    std::variant<SetFlag, SetText, SetInteger, SetSize, SetDecimal, Call, NotBuilt, NoMeaning>;

enum class Argument { None, Optional, Required };

// Codes that getopt_long() returns for options with only a long name; they are below all letters.
constexpr char kHttpCode = 1;
constexpr char kLogLevelCode = 2;
constexpr char kLogFormatCode = 3;
constexpr char kLogFileCode = 4;
constexpr char kSlowCode = 5;
constexpr char kAdvertiseCode = 6;
constexpr char kNodesCode = 7;
constexpr char kNodesFileCode = 8;
constexpr char kClusterStateCode = 9;
constexpr char kClusterCode = 10;
constexpr char kEtcdCode = 11;
constexpr char kEtcdTtlCode = 12;
constexpr char kEtcdCaCode = 13;
constexpr char kEtcdCertificateCode = 14;
constexpr char kEtcdKeyCode = 15;
constexpr char kEtcdUserCode = 16;
constexpr char kDrainCode = 17;

struct OptionRow {
  char letter;            // or one of the codes above
  const char* long_name;  // null: no long name
  Argument argument;
  Effect effect;
  std::string_view value_name;   // for the help
  std::string_view help;         // empty: not in --help; "{}" is the default; lines end with '\n'
  std::string_view replaced_by;  // if not empty, the reason why the option has no effect
};

struct ExtendedRow {
  std::string_view key;
  Argument argument;
  Effect effect;
  std::string_view help;
  std::string_view replaced_by;
};

inline bool has_letter(const OptionRow& row) { return row.letter > ' '; }

std::span<const OptionRow> option_rows();
std::span<const ExtendedRow> extended_rows();

// Status 1 unless given; `line` is the complete error line.
UsageError usage_error(std::string line, int exit_status = 1);

// Applies one row; `name` is the option's name in messages ("-m", "-o hashpower").
Refusal apply_effect(const Effect& effect, std::string_view name, std::string_view value,
                     ParseState& state);

// Parses the argument of one -o: keys separated by commas, each with an optional =value.
Refusal apply_extended(std::string_view list, ParseState& state);

// Checks that need all options.
Refusal check_together(ParseState& state, const ProcessFacts& facts);

}  // namespace larder::server
