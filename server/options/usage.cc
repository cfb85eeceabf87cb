// Output about the command line: -h, -V and the report of options without effect.
#include <fmt/format.h>

#include <algorithm>

#include "base/version.h"
#include "server/options/options_table.h"

namespace larder::server {
namespace {

constexpr size_t kHelpColumn = 27;
constexpr size_t kExtendedHelpColumn = 25;
constexpr size_t kLineWidth = 80;

// A default of -1 is never shown.
uint64_t value_of(const Options& options, std::variant<int Options::*, uint64_t Options::*> field) {
  if (const auto* narrow = std::get_if<int Options::*>(&field)) {
    return static_cast<uint64_t>(options.**narrow);
  }
  return options.*std::get<uint64_t Options::*>(field);
}

// The default of the field that an effect sets, in the option's unit.
std::string default_text(const Effect& effect) {
  const Options defaults;
  if (const auto* flag = std::get_if<SetFlag>(&effect)) {
    return defaults.*flag->field ? "enabled" : "disabled";
  }
  if (const auto* decimal = std::get_if<SetDecimal>(&effect)) {
    return fmt::format("{:.2f}", defaults.*decimal->field);
  }
  if (const auto* integer = std::get_if<SetInteger>(&effect)) {
    return std::to_string(value_of(defaults, integer->field));
  }
  if (const auto* size = std::get_if<SetSize>(&effect)) {
    return std::to_string(value_of(defaults, size->field) / static_cast<uint64_t>(size->unit));
  }
  return {};
}

// Appends `left`, then `help` in its column; further lines of `help` are aligned with the first.
void append_entry(std::string& out, std::string left, std::string_view help, const Effect& effect,
                  size_t column) {
  const std::string text = fmt::format(fmt::runtime(help), default_text(effect));
  if (left.size() >= column) {
    out += left + '\n';
    left.clear();
  }
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    out += fmt::format("{:<{}}{}\n", left, column, text.substr(start, end - start));
    left.clear();
    start = end + 1;
  }
}

std::string option_name(const OptionRow& row) {
  std::string name = has_letter(row) ? fmt::format("-{}", row.letter) : std::string();
  if (row.long_name == nullptr) return fmt::format("{} {}", name, row.value_name);
  name += fmt::format("{}--{}", has_letter(row) ? ", " : "", row.long_name);
  return row.value_name.empty() ? name : fmt::format("{}={}", name, row.value_name);
}

void append_keys_without_effect(std::string& out) {
  constexpr std::string_view kIndent = "     ";
  out += "   - accepted for memcached's sake, without effect here (-v says why):\n";
  std::string line(kIndent);
  for (const ExtendedRow& row : extended_rows()) {
    if (row.replaced_by.empty()) continue;
    if (line.size() + 1 + row.key.size() > kLineWidth) {
      out += line + '\n';
      line = kIndent;
    }
    line += fmt::format(" {}", row.key);
  }
  out += line + '\n';
}

std::string_view replaced_by(std::string_view name) {
  for (const OptionRow& row : option_rows()) {
    if (name.size() == 2 && name[0] == '-' && name[1] == row.letter) return row.replaced_by;
  }
  for (const ExtendedRow& row : extended_rows()) {
    if (name.starts_with("-o ") && name.substr(3) == row.key) return row.replaced_by;
  }
  return {};
}

}  // namespace

std::string help_text() {
  std::string out =
      fmt::format("memcached {} (Larder {})\n", base::kProtocolVersion, base::kLarderVersion);
  for (const OptionRow& row : option_rows()) {
    if (row.help.empty()) continue;
    append_entry(out, option_name(row), row.help, row.effect, kHelpColumn);
  }
  for (const ExtendedRow& row : extended_rows()) {
    if (row.help.empty()) continue;
    append_entry(out, fmt::format("   - {}:", row.key), row.help, row.effect, kExtendedHelpColumn);
  }
  append_keys_without_effect(out);
  return out;
}

std::string version_text() {
  return fmt::format("memcached {}\nLarder {}\n", base::kProtocolVersion, base::kLarderVersion);
}

std::vector<std::string> options_without_effect(const CommandLine& command_line) {
  std::vector<std::string_view> reasons;
  std::vector<std::string> names;  // of the options that share reasons[i]
  for (const std::string& name : command_line.given) {
    const std::string_view reason = replaced_by(name);
    if (reason.empty()) continue;
    const auto known = std::find(reasons.begin(), reasons.end(), reason);
    if (known == reasons.end()) {
      reasons.push_back(reason);
      names.push_back(name);
    } else {
      names[static_cast<size_t>(known - reasons.begin())] += ", " + name;
    }
  }
  std::vector<std::string> lines;
  for (size_t i = 0; i < reasons.size(); ++i) {
    lines.push_back(fmt::format("larder: no effect: {} ({})", names[i], reasons[i]));
  }
  return lines;
}

}  // namespace larder::server
