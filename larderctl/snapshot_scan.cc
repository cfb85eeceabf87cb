#include "larderctl/snapshot_scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/unique_fd.h"

namespace larder::ctl {
namespace {

using snapshot::BlockHeader;
using snapshot::BlockKind;

bool read_whole(int fd, uint64_t offset, char* to, size_t size) {
  while (size > 0) {
    const ssize_t count = ::pread(fd, to, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    to += count;
    offset += static_cast<uint64_t>(count);
    size -= static_cast<size_t>(count);
  }
  return true;
}

void add(const BlockHeader& header, SnapshotScan& scan) {
  ++scan.block_count;
  scan.item_count += header.item_count;
  scan.raw_bytes += header.raw_bytes;
  scan.stored_bytes += header.stored_bytes;
}

void read_end(int fd, const BlockHeader& header, SnapshotScan& scan) {
  scan.has_end = true;
  const bool is_plain = scan.header.cipher == snapshot::Cipher::None &&
                        (header.flags & snapshot::block_flag::kCompressed) == 0;
  if (!is_plain || header.stored_bytes < snapshot::kTotalsBytes) return;
  std::string bytes(snapshot::kTotalsBytes, '\0');
  if (read_whole(fd, scan.end_offset + snapshot::kBlockHeaderBytes, bytes.data(), bytes.size())) {
    scan.totals = snapshot::decode_totals(bytes);
  }
}

}  // namespace

base::Result<SnapshotScan> scan_snapshot(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return base::fail_errno("cannot open " + path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::fail_errno("cannot read " + path);
  if (!S_ISREG(info.st_mode)) return base::fail(path + ": not a regular file");
  SnapshotScan scan;
  scan.file_bytes = static_cast<uint64_t>(info.st_size);
  std::string head(std::min<uint64_t>(scan.file_bytes, snapshot::kHeaderBytes), '\0');
  if (!read_whole(fd.get(), 0, head.data(), head.size())) {
    return base::fail("cannot read " + path);
  }
  auto header = snapshot::decode_header(head);
  if (!header) return base::fail(path + ": " + header.error().text);
  scan.header = std::move(*header);
  scan.end_offset = snapshot::kHeaderBytes;
  std::string bytes(snapshot::kBlockHeaderBytes, '\0');
  while (!scan.has_end && read_whole(fd.get(), scan.end_offset, bytes.data(), bytes.size())) {
    const auto block = snapshot::decode_block_header(bytes);
    if (!block) break;
    const uint64_t end = scan.end_offset + bytes.size() + block->stored_bytes;
    if (end > scan.file_bytes) break;
    if (block->kind == static_cast<uint8_t>(BlockKind::End)) {
      read_end(fd.get(), *block, scan);
    } else {
      add(*block, scan);
    }
    scan.end_offset = end;
  }
  return scan;
}

}  // namespace larder::ctl
