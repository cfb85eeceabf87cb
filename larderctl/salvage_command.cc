#include "larderctl/salvage_command.h"

#include <fmt/format.h>

#include "larderctl/printable.h"
#include "larderctl/snapshot_salvage.h"
#include "larderctl/transfer/amounts.h"
#include "larderctl/transfer_options.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kName = "salvage";

std::vector<OptionRow> rows() { return with_key_rows({}); }

std::string help_text() {
  return "usage: larderctl salvage FILE OUT [options]\n"
         "\n"
         "Writes the items of all whole blocks of a damaged snapshot file, before and behind the\n"
         "damage, to the new snapshot file OUT.\n"
         "\n" +
         transfer_help(rows());
}

std::string report_of(const Salvaged& salvaged, const std::string& out) {
  std::string text;
  for (const std::string& damage : salvaged.damages) text += printable(damage) + "\n";
  const uint64_t unsaid = salvaged.damage_count - salvaged.damages.size();
  if (unsaid > 0) text += fmt::format("... and {} more\n", unsaid);
  return text + fmt::format("{}: saved {} items ({}), skipped {} bytes\n", printable(out),
                            salvaged.item_count, bytes_text(salvaged.byte_count),
                            salvaged.skipped_bytes);
}

}  // namespace

int run_salvage(const Words& words) {
  const auto options = read_transfer_options(rows(), words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  if (options->operands.size() != 2 || options->operands[0] == options->operands[1]) {
    return refuse_usage(kName, base::fail("expected FILE and another file, OUT"));
  }
  const auto keys = read_keys(*options);
  if (!keys) return refuse(kName, keys.error());
  const auto salvaged = salvage_snapshot(options->operands[0], options->operands[1], *keys);
  if (!salvaged) return refuse(kName, base::fail(printable(salvaged.error().text)));
  return show(report_of(*salvaged, options->operands[1])) ? 0 : kExitCannot;
}

}  // namespace larder::ctl
