#include "larderctl/verify_command.h"

#include <fmt/format.h>

#include "larderctl/printable.h"
#include "larderctl/transfer/amounts.h"
#include "larderctl/transfer/progress.h"
#include "larderctl/transfer_options.h"
#include "snapshot/verify.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kName = "verify";

std::vector<OptionRow> rows() { return with_key_rows({}); }

std::string help_text() {
  return "usage: larderctl verify FILE [options]\n"
         "\n"
         "Checks every block of a snapshot file and, with its key, every item.  The exit status "
         "is\n"
         "1 if the file is damaged; the error names the block and its offset.\n"
         "\n" +
         transfer_help(rows());
}

std::string report_of(const std::string& path, const snapshot::Verified& verified) {
  std::string text =
      fmt::format("{}: whole, {} items in {} blocks, {}\n", printable(path), verified.item_count,
                  verified.block_count, bytes_text(verified.file_bytes));
  if (!verified.totals) {
    text += "the items were not checked: they are encrypted, and no key was given\n";
  }
  return text;
}

int verify_file(const TransferOptions& options) {
  const std::string& path = options.operands.front();
  const auto keys = read_keys(options);
  if (!keys) return refuse(kName, keys.error());
  Progress progress{std::string(kName)};
  const auto verified =
      snapshot::verify(path, keys->empty() ? nullptr : &*keys, [&](uint64_t offset) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= progress.next()) progress.show({.done = offset}, now);
      });
  progress.clear();
  if (!verified) return refuse(kName, base::fail(printable(verified.error().text)));
  return show(report_of(path, *verified)) ? 0 : kExitCannot;
}

}  // namespace

int run_verify(const Words& words) {
  const auto options = read_transfer_options(rows(), words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  if (options->operands.size() != 1) return refuse_usage(kName, base::fail("expected one FILE"));
  return verify_file(*options);
}

}  // namespace larder::ctl
