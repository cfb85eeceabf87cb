#include "larderctl/snapshot_info_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <optional>

#include "larderctl/printable.h"
#include "larderctl/transfer/amounts.h"
#include "larderctl/transfer/json_text.h"

namespace larder::ctl {
namespace {

std::string_view codec_name(snapshot::Codec codec) {
  return codec == snapshot::Codec::Zstd ? "zstd" : "none";
}

std::string_view cipher_name(snapshot::Cipher cipher) {
  return cipher == snapshot::Cipher::Aes256Gcm ? "AES-256-GCM" : "none";
}

bool is_encrypted(const SnapshotScan& scan) { return scan.header.cipher != snapshot::Cipher::None; }

std::string time_text(int64_t unix_ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC",
                     fmt::gmtime(static_cast<std::time_t>(unix_ms / 1000)));
}

std::string age_text(int64_t seconds) {
  if (seconds < 0) return "in the future";
  const int64_t minutes = seconds / 60, hours = minutes / 60;
  if (hours >= 48) return fmt::format("{} days old", hours / 24);
  if (hours > 0) return fmt::format("{} h {} min old", hours, minutes % 60);
  if (minutes > 0) return fmt::format("{} min {} s old", minutes, seconds % 60);
  return fmt::format("{} s old", seconds);
}

// A row, unless there is nothing to say.
void add_row(std::string_view name, const std::string& text, std::string& out) {
  if (!text.empty()) out += fmt::format("{:<13}{}\n", name, text);
}

std::string or_null(const std::optional<uint64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

}  // namespace

std::string snapshot_info_text(const SnapshotScan& scan, int64_t now_ms) {
  const snapshot::FileHeader& header = scan.header;
  std::string out;
  add_row("format", fmt::format("{}.{}", header.major, header.minor), out);
  add_row("written by", printable(header.writer_version), out);
  add_row("cluster", printable(header.cluster), out);
  add_row("shard", printable(header.shard), out);
  add_row("node", printable(header.node), out);
  add_row("time",
          fmt::format("{}, {}", time_text(header.cut_unix_ms),
                      age_text((now_ms - header.cut_unix_ms) / 1000)),
          out);
  add_row("compression", std::string(codec_name(header.codec)), out);
  std::string cipher(cipher_name(header.cipher));
  if (is_encrypted(scan)) cipher += ", key " + snapshot::to_hex(header.key_id);
  add_row("encryption", cipher, out);
  add_row("file", fmt::format("{} ({} bytes)", bytes_text(scan.file_bytes), scan.file_bytes), out);
  add_row("blocks",
          fmt::format("{}, {} before compression", scan.block_count, bytes_text(scan.raw_bytes)),
          out);
  add_row("items", std::to_string(scan.item_count), out);
  if (scan.totals) {
    add_row("key + value", bytes_text(scan.totals->byte_count), out);
    add_row("relaxed", std::to_string(scan.totals->relaxed_count), out);
    add_row("evicted", std::to_string(scan.totals->evicted_count), out);
  }
  if (!scan.has_end) {
    add_row("damaged",
            fmt::format("no block can be read at offset {}; see larderctl verify", scan.end_offset),
            out);
  }
  return out;
}

std::string snapshot_info_json(const SnapshotScan& scan, int64_t now_ms) {
  const snapshot::FileHeader& header = scan.header;
  std::string out = fmt::format("{{\"format\":\"{}.{}\"", header.major, header.minor);
  const auto text = [&out](std::string_view name, const std::string& value) {
    out += fmt::format(",\"{}\":{}", name, value.empty() ? "null" : json_string_of(value));
  };
  const auto plain = [&out](std::string_view name, const auto& value) {
    out += fmt::format(",\"{}\":{}", name, value);
  };
  text("writer_version", header.writer_version);
  text("cluster", header.cluster);
  text("shard", header.shard);
  text("node", header.node);
  plain("cut_unix_ms", header.cut_unix_ms);
  plain("age_seconds", (now_ms - header.cut_unix_ms) / 1000);
  text("compression", std::string(codec_name(header.codec)));
  text("encryption", std::string(cipher_name(header.cipher)));
  text("key_id", is_encrypted(scan) ? snapshot::to_hex(header.key_id) : "");
  plain("item_estimate", header.item_estimate);
  plain("byte_estimate", header.byte_estimate);
  plain("file_bytes", scan.file_bytes);
  plain("blocks", scan.block_count);
  plain("items", scan.item_count);
  plain("raw_bytes", scan.raw_bytes);
  plain("stored_bytes", scan.stored_bytes);
  const auto& totals = scan.totals;
  using Number = std::optional<uint64_t>;
  plain("key_and_value_bytes", or_null(totals ? Number(totals->byte_count) : Number()));
  plain("relaxed", or_null(totals ? Number(totals->relaxed_count) : Number()));
  plain("evicted", or_null(totals ? Number(totals->evicted_count) : Number()));
  plain("has_end", scan.has_end);
  return out + "}\n";
}

}  // namespace larder::ctl
