// Parses argv by the option tables.
#include <fmt/format.h>
#include <getopt.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "base/assertions.h"
#include "base/words.h"
#include "server/options/number.h"
#include "server/options/options_table.h"

namespace larder::server {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";

std::string_view without_leading_spaces(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  return text;
}

Refusal apply(const SetFlag& effect, std::string_view, std::string_view, ParseState& state) {
  state.command_line.options.*effect.field = effect.value;
  return {};
}

Refusal apply(const SetText& effect, std::string_view, std::string_view value, ParseState& state) {
  state.command_line.options.*effect.field = value;
  return {};
}

void set(Options& options, std::variant<int Options::*, uint64_t Options::*> field, int64_t value) {
  if (const auto* narrow = std::get_if<int Options::*>(&field)) {
    options.** narrow = static_cast<int>(value);
  } else {
    options.*std::get<uint64_t Options::*>(field) = static_cast<uint64_t>(value);
  }
}

// `error` is one of parse_number().
UsageError no_number(std::string_view name, const base::Error& error, int exit_status = 1) {
  return usage_error(fmt::format("larder: {} {}", name, error.text), exit_status);
}

Refusal apply(const SetInteger& effect, std::string_view name, std::string_view value,
              ParseState& state) {
  const auto number = parse_number(value);
  if (!number) return no_number(name, number.error(), effect.exit_status);
  if (*number < effect.min || *number > effect.max) {
    return usage_error(fmt::format(fmt::runtime(effect.out_of_range), *number), effect.exit_status);
  }
  set(state.command_line.options, effect.field, *number);
  return {};
}

Refusal apply(const SetSize& effect, std::string_view name, std::string_view value,
              ParseState& state) {
  const auto bytes = parse_size(value, effect.unit);
  if (!bytes) return no_number(name, bytes.error(), effect.exit_status);
  if (*bytes < effect.min * effect.unit || *bytes > effect.max * effect.unit) {
    return usage_error(fmt::format(fmt::runtime(effect.out_of_range), value), effect.exit_status);
  }
  set(state.command_line.options, effect.field, *bytes);
  return {};
}

Refusal apply(const SetDecimal& effect, std::string_view name, std::string_view value,
              ParseState& state) {
  const auto number = parse_decimal(value);
  if (!number) return no_number(name, number.error());
  if (*number <= effect.above || *number > effect.max) {
    return usage_error(std::string(effect.out_of_range));
  }
  state.command_line.options.*effect.field = *number;
  return {};
}

Refusal apply(const Call& effect, std::string_view, std::string_view value, ParseState& state) {
  return effect.apply(state, value);
}

Refusal apply(const NotBuilt& effect, std::string_view name, std::string_view, ParseState&) {
  return usage_error(
      fmt::format("larder: {} ({}) is not built into this version", name, effect.feature));
}

Refusal apply(const NoMeaning&, std::string_view, std::string_view, ParseState&) { return {}; }

bool is_negation(std::string_view value) {
  return value == "0" || value == "no" || value == "off" || value == "false";
}

void remember(std::vector<std::string>& given, std::string name) {
  if (std::find(given.begin(), given.end(), name) == given.end()) given.push_back(std::move(name));
}

// The tables in the format of getopt_long.
struct GetoptTables {
  std::string letters = ":";  // ':' distinguishes a missing argument from an unknown option
  std::vector<option> names;
};

GetoptTables getopt_tables() {
  GetoptTables tables;
  for (const OptionRow& row : option_rows()) {
    if (has_letter(row)) {
      tables.letters += row.letter;
      if (row.argument == Argument::Required) tables.letters += ':';
    }
    if (row.long_name == nullptr) continue;
    const int has_argument = row.argument == Argument::None       ? no_argument
                             : row.argument == Argument::Optional ? optional_argument
                                                                  : required_argument;
    tables.names.push_back({row.long_name, has_argument, nullptr, row.letter});
  }
  tables.names.push_back({nullptr, 0, nullptr, 0});
  return tables;
}

// Format: "-m", or "--http" for an option without a letter.
std::string name_of(const OptionRow& row) {
  return has_letter(row) ? fmt::format("-{}", row.letter) : fmt::format("--{}", row.long_name);
}

const OptionRow& row_of(char letter) {
  for (const OptionRow& row : option_rows()) {
    if (row.letter == letter) return row;
  }
  UNREACHABLE();  // getopt_long only returns the letters of this table
}

UsageError getopt_error(int code, std::string_view word) {
  const char letter = static_cast<char>(optopt);
  if (code == ':') {
    return usage_error(fmt::format("larder: option {} needs an argument", name_of(row_of(letter))));
  }
  if (optopt == 0) {
    return usage_error(fmt::format("larder: unknown or ambiguous option \"{}\"", word));
  }
  if (word.starts_with("--")) {
    return usage_error(fmt::format("larder: option \"{}\" takes no argument", word));
  }
  return usage_error(fmt::format("larder: unknown option -{}", letter));
}

Refusal apply_letter(char letter, const char* argument, ParseState& state) {
  const OptionRow& row = row_of(letter);
  const std::string name = name_of(row);
  if (letter != 'o') remember(state.command_line.given, name);
  const auto value = argument == nullptr ? std::string_view() : without_leading_spaces(argument);
  return apply_effect(row.effect, name, value, state);
}

}  // namespace

UsageError usage_error(std::string line, int exit_status) {
  return UsageError{exit_status, std::move(line)};
}

Refusal apply_effect(const Effect& effect, std::string_view name, std::string_view value,
                     ParseState& state) {
  return std::visit([&](const auto& kind) { return apply(kind, name, value, state); }, effect);
}

Refusal apply_extended(std::string_view list, ParseState& state) {
  while (!list.empty()) {
    const std::string_view token = base::take_word(list, ",");
    const size_t equals = token.find('=');
    const std::string_view key = token.substr(0, equals);
    // Without "=" the value's data() is null, by which effects distinguish a missing from an empty
    // value.
    const auto value =
        equals == std::string_view::npos ? std::string_view() : token.substr(equals + 1);

    const auto rows = extended_rows();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const ExtendedRow& each) { return each.key == key; });
    if (row == rows.end()) return usage_error(fmt::format("Illegal suboption \"{}\"", key));
    if (row->argument == Argument::Required && value.data() == nullptr) {
      return usage_error(fmt::format("Missing {} argument", key));
    }
    const std::string name = fmt::format("-o {}", key);
    // memcached accepts a switch with any value, and turns it on.
    if (row->argument == Argument::None && is_negation(value)) {
      return usage_error(
          fmt::format("larder: {} is a switch, and \"={}\" does not turn it off", name, value));
    }
    remember(state.command_line.given, name);
    if (Refusal refusal = apply_effect(row->effect, name, value, state)) return refusal;
  }
  return {};
}

ProcessFacts facts_of_this_process() {
  ProcessFacts facts;
  facts.is_root = getuid() == 0 || geteuid() == 0;
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) {
    facts.core_count = std::max(1, CPU_COUNT(&cores));
  }
  return facts;
}

std::variant<CommandLine, UsageError> parse_command_line(int argc, char* const* argv,
                                                         const ProcessFacts& facts) {
  const GetoptTables tables = getopt_tables();
  ParseState state;
  state.command_line.options.worker_count = facts.core_count;
  optind = 0;  // makes glibc start over and discard the state of an earlier call
  opterr = 0;  // the caller prints errors
  for (;;) {
    const int code = getopt_long(argc, argv, tables.letters.c_str(), tables.names.data(), nullptr);
    if (code == -1) break;
    if (code == '?' || code == ':') return getopt_error(code, argv[optind - 1]);
    if (Refusal refusal = apply_letter(static_cast<char>(code), optarg, state)) return *refusal;
    if (state.command_line.action != Action::Serve) return std::move(state.command_line);
  }
  for (int i = optind; i < argc; ++i) {
    state.command_line.warnings.push_back(
        fmt::format("larder: \"{}\" is no option and is ignored", argv[i]));
  }
  if (Refusal refusal = check_together(state, facts)) return *refusal;
  return std::move(state.command_line);
}

}  // namespace larder::server
