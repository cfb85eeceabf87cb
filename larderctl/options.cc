#include "larderctl/options.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <charconv>

namespace larder::ctl {
namespace {

constexpr size_t kHelpColumn = 22;
// getopt's code of the first row, above all characters.  Each row needs its own code: getopt_long
// treats options with equal codes as the same when it resolves an abbreviation.
constexpr int kFirstRow = 256;

}  // namespace

base::Result<std::vector<GivenOption>> read_options(std::span<const OptionRow> rows,
                                                    const Words& words, Words* operands) {
  std::vector<option> flags;
  for (size_t i = 0; i < rows.size(); ++i) {
    flags.push_back({rows[i].name, rows[i].value_name.empty() ? no_argument : required_argument,
                     nullptr, kFirstRow + static_cast<int>(i)});
  }
  flags.push_back({nullptr, 0, nullptr, 0});
  Words copies = {"larderctl"};
  copies.insert(copies.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);

  std::vector<GivenOption> given;
  optind = 0;  // resets glibc's getopt
  optopt = 0;
  for (;;) {
    // The colon makes getopt distinguish a missing value from an unknown option and print no
    // message.
    const int found =
        ::getopt_long(static_cast<int>(copies.size()), argv.data(), ":", flags.data(), nullptr);
    if (found == -1) break;
    // A letter may be one of several in a word; a long name is a word of its own.
    const bool is_letter = optopt > 0 && optopt < kFirstRow;
    const std::string word = is_letter ? std::string("-") + static_cast<char>(optopt)
                                       : argv[static_cast<size_t>(optind - 1)];
    if (found == ':') return base::fail(word + " needs a value");
    if (found < kFirstRow) return base::fail("unknown option " + word);
    given.push_back(
        {rows[static_cast<size_t>(found - kFirstRow)].name, optarg != nullptr ? optarg : ""});
  }
  if (operands != nullptr) {
    // getopt has moved them to the end.
    operands->assign(argv.begin() + optind, argv.end() - 1);
  } else if (static_cast<size_t>(optind) < copies.size()) {
    return base::fail(std::string("unexpected argument ") + argv[static_cast<size_t>(optind)]);
  }
  return given;
}

std::vector<OptionRow> joined(std::initializer_list<std::span<const OptionRow>> tables) {
  std::vector<OptionRow> rows;
  for (const std::span<const OptionRow> table : tables) {
    rows.insert(rows.end(), table.begin(), table.end());
  }
  return rows;
}

base::Result<uint64_t> read_number(const GivenOption& option, uint64_t low, uint64_t high) {
  uint64_t number = 0;
  const char* const end = option.value.data() + option.value.size();
  const auto [stop, code] = std::from_chars(option.value.data(), end, number);
  if (code != std::errc() || stop != end || number < low || number > high) {
    return base::fail(fmt::format("--{} needs a number from {} to {}, not '{}'", option.name, low,
                                  high, option.value));
  }
  return number;
}

std::string options_help(std::span<const OptionRow> rows) {
  std::string text;
  for (const OptionRow& row : rows) {
    std::string left = fmt::format("  --{} {}", row.name, row.value_name);
    for (size_t start = 0; start <= row.help.size();) {
      const size_t end = std::min(row.help.find('\n', start), row.help.size());
      text += fmt::format("{:<{}}{}\n", left, kHelpColumn, row.help.substr(start, end - start));
      left.clear();
      start = end + 1;
    }
  }
  return text;
}

}  // namespace larder::ctl
