#include "snapshot/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "snapshot/record.h"

namespace larder::snapshot {

namespace {

// The largest record that is put together: a value of 1 GB and its key.
constexpr uint64_t kGroupBytesMax = (uint64_t{1} << 30) + (uint64_t{1} << 20);
constexpr size_t kSearchBytes = size_t{1} << 20;  // read at a time by recover()

bool is_known(uint8_t kind) {
  return kind == static_cast<uint8_t>(BlockKind::Items) ||
         kind == static_cast<uint8_t>(BlockKind::Part) ||
         kind == static_cast<uint8_t>(BlockKind::End);
}

bool is(const StoredBlock& block, BlockKind kind) {
  return block.header.kind == static_cast<uint8_t>(kind);
}

}  // namespace

Reader::Reader(std::string path, base::UniqueFd fd, uint64_t file_bytes) noexcept
    : path_(std::move(path)), fd_(std::move(fd)), file_bytes_(file_bytes) {}

base::Result<Reader> Reader::open(const std::string& path) {
  base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return base::fail_errno("cannot open " + path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return base::fail_errno("cannot read " + path);
  if (!S_ISREG(info.st_mode)) return base::fail(path + ": not a regular file");
  Reader reader(path, std::move(fd), static_cast<uint64_t>(info.st_size));
  reader.header_bytes_.resize(kHeaderBytes);
  const auto size = reader.read_at(0, reader.header_bytes_.data(), kHeaderBytes);
  if (!size) return size.error();
  reader.header_bytes_.resize(*size);
  auto header = decode_header(reader.header_bytes_);
  if (!header) return base::fail(path + ": " + header.error().text);
  reader.header_ = std::move(*header);
  reader.seed_ = block_seed(reader.header_bytes_);
  return reader;
}

base::Result<const Secret*> Reader::key_from(const KeyRing& keys) const {
  if (header_.cipher == Cipher::None) return nullptr;
  const Secret* key = keys.find(header_.key_id);
  if (key != nullptr) return key;
  return base::fail(path_ + ": encrypted with the key " + to_hex(header_.key_id) +
                    (keys.empty() ? ", and no key was given"
                                  : ", which none of the given keys is"));
}

BlockOpener Reader::opener(const Secret* key) const {
  return BlockOpener(header_, header_bytes_, key);
}

base::Error Reader::damage(const std::string& what) const {
  return base::fail(path_ + ": block " + std::to_string(sequence_) + " at offset " +
                    std::to_string(offset_) + " " + what);
}

// Fewer bytes only at the end of the file.
base::Result<size_t> Reader::read_at(uint64_t offset, char* to, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t count =
        ::pread(fd_.get(), to + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("cannot read " + path_);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

base::Outcome Reader::read_block(StoredBlock& block) {
  block.offset = offset_;
  block.header_bytes.resize(kBlockHeaderBytes);
  const auto head = read_at(offset_, block.header_bytes.data(), kBlockHeaderBytes);
  if (!head) return head.error();
  if (*head == 0) return damage("is missing: the file is truncated");
  if (*head < kBlockHeaderBytes) return damage("is incomplete: the file is truncated");
  const auto header = decode_block_header(block.header_bytes);
  if (!header) return damage("is damaged: no block header is there");
  block.header = *header;
  block.bytes.resize(header->stored_bytes);
  const auto size = read_at(offset_ + kBlockHeaderBytes, block.bytes.data(), block.bytes.size());
  if (!size) return size.error();
  if (*size < block.bytes.size()) return damage("is incomplete: the file is truncated");
  if (block_checksum(block.header_bytes, block.bytes, seed_) != header->checksum) {
    return damage("is damaged: its checksum differs");
  }
  return base::Done{};
}

base::Result<std::optional<StoredBlock>> Reader::next() {
  while (!has_ended_) {
    if (has_failed_) return damage("was not read: the file is damaged before it");
    StoredBlock block;
    auto done = read_block(block);
    if (done && block.header.sequence != sequence_) {
      done = damage("is out of order: it is block " + std::to_string(block.header.sequence));
    }
    if (done && !is_known(block.header.kind) && block.header.kind < kSkippableKinds) {
      done = damage("is of the unknown kind " + std::to_string(block.header.kind));
    }
    const uint64_t end = offset_ + kBlockHeaderBytes + block.bytes.size();
    if (done && is(block, BlockKind::End) && end != file_bytes_) {
      done = damage("is the last, but the file goes on behind it");
    }
    if (!done) {
      has_failed_ = true;
      return done.error();
    }
    offset_ = end;
    ++sequence_;
    if (is(block, BlockKind::End)) {
      has_ended_ = true;
      is_whole_ = !has_gaps_;
      end_ = std::move(block);
      break;
    }
    chain_ = chained(chain_, block.header.checksum);
    item_count_ += block.header.item_count;
    if (is_known(block.header.kind)) return std::optional(std::move(block));
  }
  return std::optional<StoredBlock>();
}

base::Result<std::vector<StoredBlock>> Reader::next_group() {
  std::vector<StoredBlock> group;
  uint64_t size = 0;
  for (;;) {
    auto block = next();
    if (!block) return block.error();
    if (!block->has_value()) break;
    const uint8_t flags = (*block)->header.flags;
    const bool is_part = is(**block, BlockKind::Part);
    const bool is_first = !is_part || (flags & block_flag::kFirstPart) != 0;
    if (group.empty() && !is_first) {
      if (has_gaps_) continue;  // its beginning was lost
      has_failed_ = true;
      return damage("comes after a part without a beginning");
    }
    if (!group.empty() && is_first) {
      has_failed_ = true;
      return damage("comes after a record that has no end");
    }
    size += (*block)->header.raw_bytes;
    group.push_back(std::move(**block));
    if (!is_part || (flags & block_flag::kLastPart) != 0) return group;
    if (size > kGroupBytesMax) {
      has_failed_ = true;
      return damage("comes after a record of more than 1 GB");
    }
  }
  if (group.empty()) return group;
  has_failed_ = true;
  return damage("comes after a record that has no end");
}

void Reader::rewind() noexcept {
  offset_ = kHeaderBytes;
  sequence_ = 0;
  has_failed_ = has_gaps_ = is_whole_ = has_ended_ = false;
  item_count_ = chain_ = 0;
}

bool Reader::recover() {
  uint64_t from = offset_ + 1;
  std::string window(kSearchBytes, '\0');
  while (from < file_bytes_) {
    const auto size = read_at(from, window.data(), window.size());
    if (!size || *size < kBlockMagic.size()) return false;
    const std::string_view seen = std::string_view(window).substr(0, *size);
    for (size_t at = seen.find(kBlockMagic); at != seen.npos; at = seen.find(kBlockMagic, at + 1)) {
      StoredBlock block;
      offset_ = from + at;
      if (!read_block(block) || block.header.sequence < sequence_) continue;
      sequence_ = block.header.sequence;
      has_failed_ = false;
      has_gaps_ = true;
      return true;
    }
    from += *size - (kBlockMagic.size() - 1);
    if (*size < window.size()) return false;
  }
  return false;
}

base::Result<Totals> Reader::totals(BlockOpener& opener) const {
  std::string raw;
  if (auto done = opener.open(end_.header_bytes, end_.bytes, raw); !done) {
    return base::fail(path_ + ": the last block, at offset " + std::to_string(end_.offset) + ": " +
                      done.error().text);
  }
  const auto totals = decode_totals(raw);
  if (!totals || (!has_gaps_ && (totals->chain != chain_ || totals->item_count != item_count_))) {
    return base::fail(path_ + ": the last block, at offset " + std::to_string(end_.offset) +
                      ", does not describe the blocks before it");
  }
  return *totals;
}

}  // namespace larder::snapshot
