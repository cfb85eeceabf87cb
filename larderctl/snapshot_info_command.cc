#include "larderctl/snapshot_info_command.h"

#include <algorithm>
#include <chrono>

#include "larderctl/options.h"
#include "larderctl/printable.h"
#include "larderctl/snapshot_info_text.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kName = "snapshot-info";

constexpr OptionRow kRows[] = {
    {"json", "", "machine-readable output"},
    {"help", "", "this text"},
};

std::string help_text() {
  return "usage: larderctl snapshot-info FILE [--json]\n"
         "\n"
         "Shows the header of a snapshot file and its totals.  The contents of its blocks are not\n"
         "checked: see larderctl verify.\n"
         "\n" +
         options_help(kRows);
}

bool has(const std::vector<GivenOption>& given, std::string_view name) {
  return std::any_of(given.begin(), given.end(),
                     [&](const GivenOption& option) { return option.name == name; });
}

}  // namespace

int run_snapshot_info(const Words& words) {
  Words operands;
  const auto given = read_options(kRows, words, &operands);
  if (!given) return refuse_usage(kName, given.error());
  if (has(*given, "help")) return show(help_text()) ? 0 : kExitCannot;
  if (operands.size() != 1) return refuse_usage(kName, base::fail("expected one FILE"));
  const auto scan = scan_snapshot(operands.front());
  if (!scan) return refuse(kName, base::fail(printable(scan.error().text)));
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  const std::string text =
      has(*given, "json") ? snapshot_info_json(*scan, now_ms) : snapshot_info_text(*scan, now_ms);
  return show(text) && scan->has_end ? 0 : kExitCannot;
}

}  // namespace larder::ctl
