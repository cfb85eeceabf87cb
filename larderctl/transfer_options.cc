#include "larderctl/transfer_options.h"

#include <algorithm>
#include <utility>

namespace larder::ctl {
namespace transfer_rows {

const OptionRow kFormat{"format", "FORMAT",
                        "snapshot        Larder's snapshot file (the default)\n"
                        "jsonl           a JSON object a line\n"
                        "memcached-tool  what memcached-tool prints for dump"};
const OptionRow kCompress{"compress", "", "compress the snapshot with zstd"};
const OptionRow kRate{"rate", "N", "at most so many items a second"};
const OptionRow kOverwrite{"overwrite", "",
                           "replace items that exist on the target; by default they are kept"};
const OptionRow kAllowPartial{"allow-partial", "",
                              "import the items before the damage of a damaged snapshot"};
const OptionRow kOwnedOnly{"owned-only", "",
                           "copy only the keys that the ring assigns to each server of FROM"};
const OptionRow kState{"state", "FILE",
                       "record in FILE what has been copied; another run with FILE continues"};
const OptionRow kServers{"servers", "LIST", "the target servers, instead of the second argument"};
const OptionRow kHash{"hash", "KIND",
                      "how keys get to the nodes of a list (ketama); see larderctl ring --help"};

}  // namespace transfer_rows

namespace {

constexpr std::chrono::milliseconds kTimeout{10'000};
constexpr uint64_t kRateMax = 1'000'000'000;

constexpr OptionRow kKeyRows[] = {
    {"key-file", "FILE", "the keys of encrypted snapshots: 32 bytes, or 64 digits a line"},
    {"key-command", "COMMAND", "a command that prints those keys"},
};
constexpr OptionRow kHelpRow{"help", "", "this text"};

base::Outcome apply(const GivenOption& option, TransferOptions& options) {
  const std::string& name = option.name;
  if (name == "format") {
    const auto format = file_format_of(option.value);
    if (!format) return base::fail("there is no --format " + option.value);
    options.format = *format;
  } else if (name == "hash") {
    const auto kind = client::ring_kind_of(option.value);
    if (!kind) return base::fail("there is no --hash " + option.value);
    options.hash = *kind;
  } else if (name == "rate") {
    const auto rate = read_number(option, 1, kRateMax);
    if (!rate) return rate.error();
    options.items_per_second = *rate;
  }
  if (name == "key-file") options.key_file = option.value;
  if (name == "key-command") options.key_command = option.value;
  if (name == "state") options.state_file = option.value;
  if (name == "servers") options.servers = option.value;
  options.compresses |= name == "compress";
  options.overwrites |= name == "overwrite";
  options.allows_partial |= name == "allow-partial";
  options.owned_only |= name == "owned-only";
  options.help |= name == "help";
  return base::Done{};
}

}  // namespace

std::vector<OptionRow> with_key_rows(std::vector<OptionRow> rows) {
  rows.insert(rows.end(), std::begin(kKeyRows), std::end(kKeyRows));
  return rows;
}

std::vector<OptionRow> with_access_rows(std::vector<OptionRow> rows) {
  for (OptionRow row : kAccessRows) {
    if (std::string_view(row.name) == "timeout") {
      row.help = "milliseconds for which a server may be silent (10000)";
    }
    rows.push_back(row);
  }
  return rows;
}

base::Result<TransferOptions> read_transfer_options(std::span<const OptionRow> rows,
                                                    const Words& words) {
  TransferOptions options;
  const auto given =
      read_options(joined({rows, std::span(&kHelpRow, 1)}), words, &options.operands);
  if (!given) return given.error();
  for (const GivenOption& option : *given) {
    if (auto applied = apply(option, options); !applied) return applied.error();
  }
  if (options.help) return options;
  if (!options.key_file.empty() && !options.key_command.empty()) {
    return base::fail("--key-file and --key-command exclude each other");
  }
  auto access = read_access(*given);
  if (!access) return access.error();
  options.access = std::move(*access);
  const bool has_timeout = std::any_of(
      given->begin(), given->end(), [](const GivenOption& each) { return each.name == "timeout"; });
  if (!has_timeout) options.access.timeout = kTimeout;
  return options;
}

std::string transfer_help(std::span<const OptionRow> rows) {
  return options_help(joined({rows, std::span(&kHelpRow, 1)}));
}

base::Result<snapshot::KeyRing> read_keys(const TransferOptions& options) {
  if (!options.key_file.empty()) return snapshot::KeyRing::from_file(options.key_file);
  if (!options.key_command.empty()) return snapshot::KeyRing::from_command(options.key_command);
  return snapshot::KeyRing();
}

}  // namespace larder::ctl
