// Options of the commands that move items: export, import, copy, restore.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/ring_kind.h"
#include "larderctl/command.h"
#include "larderctl/endpoints.h"
#include "larderctl/options.h"
#include "larderctl/transfer/file_format.h"
#include "snapshot/key_ring.h"

namespace larder::ctl {

struct TransferOptions {
  Words operands;
  Access access;
  FileFormat format = FileFormat::Snapshot;
  std::string key_file;
  std::string key_command;
  bool compresses = false;
  uint64_t items_per_second = 0;  // 0: no limit
  bool overwrites = false;
  bool allows_partial = false;
  bool owned_only = false;
  std::string state_file;
  std::string servers;
  client::RingKind hash = client::RingKind::Ketama;
  bool help = false;
};

// Rows of which a command takes those that it has.
namespace transfer_rows {
extern const OptionRow kFormat, kCompress, kRate, kOverwrite, kAllowPartial, kOwnedOnly, kState,
    kServers, kHash;
}

// With the options for keys of snapshots.
std::vector<OptionRow> with_key_rows(std::vector<OptionRow> rows);
// With the options for access to servers.
std::vector<OptionRow> with_access_rows(std::vector<OptionRow> rows);

// `rows` is the whole table of the command, without --help, which all have.
base::Result<TransferOptions> read_transfer_options(std::span<const OptionRow> rows,
                                                    const Words& words);
std::string transfer_help(std::span<const OptionRow> rows);

// The keys that the options name; none: an empty ring.
base::Result<snapshot::KeyRing> read_keys(const TransferOptions& options);

}  // namespace larder::ctl
