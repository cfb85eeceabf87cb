#include "larderctl/export_command.h"

#include <fmt/format.h>

#include "base/version.h"
#include "larderctl/transfer/file_sinks.h"
#include "larderctl/transfer/live_source.h"
#include "larderctl/transfer/run.h"
#include "larderctl/transfer_options.h"

namespace larder::ctl {
namespace {

constexpr std::string_view kName = "export";

std::vector<OptionRow> rows() {
  using namespace transfer_rows;
  return with_access_rows(with_key_rows({kFormat, kCompress, kRate}));
}

std::string help_text() {
  return "usage: larderctl export HOST:PORT FILE [options]\n"
         "\n"
         "Writes the items of a running server, Larder or memcached since 1.5, to a file.  FILE\n"
         "may be - for standard output, if its format is one of lines.\n"
         "\n" +
         transfer_help(rows());
}

base::Outcome check(const TransferOptions& options) {
  if (options.operands.size() != 2) return base::fail("expected HOST:PORT and FILE");
  if (options.format == FileFormat::Snapshot) {
    if (options.operands[1] != "-") return base::Done{};
    return base::fail("a snapshot cannot be written to standard output");
  }
  if (options.compresses || !options.key_file.empty() || !options.key_command.empty()) {
    return base::fail("only --format snapshot can be compressed or encrypted");
  }
  return base::Done{};
}

base::Result<std::unique_ptr<Sink>> open_sink(const TransferOptions& options,
                                              const ServerFacts& facts) {
  const std::string& path = options.operands[1];
  if (options.format != FileFormat::Snapshot) return open_lines_sink(path, options.format);
  const auto keys = read_keys(options);
  if (!keys) return keys.error();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const snapshot::FileHeader header{
      .cut_unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
      .item_estimate = facts.item_count,
      .byte_estimate = facts.byte_count,
      .writer_version = fmt::format("larderctl {}, from {}", base::kLarderVersion, facts.version),
      .node = options.operands[0]};
  return open_snapshot_sink(path, header, options.compresses, *keys);
}

int export_items(const TransferOptions& options) {
  const auto servers = read_servers(options.operands[0], options.hash);
  if (!servers) return refuse_usage(kName, servers.error());
  if (servers->addresses.size() != 1) {
    return refuse_usage(kName, base::fail("expected one server, not a list"));
  }
  auto opened = open_channels(servers->addresses.front(), options.access, kSourceConnections);
  if (!opened) return refuse(kName, opened.error());
  auto source = std::make_unique<LiveSource>(std::move(*opened), LiveSource::Filter());
  tell_about_lru(kName, source->facts(), options.operands[0]);
  auto sink = open_sink(options, source->facts());
  if (!sink) return refuse(kName, sink.error());
  Run moving{.command = kName, .verb = "exported", .sink = std::move(*sink)};
  moving.sources.push_back(std::move(source));
  moving.context.limiter = RateLimiter(options.items_per_second);
  moving.summary_to_stderr = options.operands[1] == "-";
  return run_transfer(moving);
}

}  // namespace

int run_export(const Words& words) {
  const auto options = read_transfer_options(rows(), words);
  if (!options) return refuse_usage(kName, options.error());
  if (options->help) return show(help_text()) ? 0 : kExitCannot;
  if (const auto good = check(*options); !good) return refuse_usage(kName, good.error());
  return export_items(*options);
}

}  // namespace larder::ctl
