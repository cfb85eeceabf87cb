#include "larderctl/transfer/copy_state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace larder::ctl {
namespace {

constexpr size_t kHeadBytes = 4096;
constexpr uint64_t kCapacityMin = uint64_t{1} << 16;
constexpr uint64_t kCapacityMax = uint64_t{1} << 40;
constexpr std::string_view kMagic = "LardCopy";

size_t bytes_of(uint64_t capacity) { return kHeadBytes + capacity * sizeof(uint64_t); }

}  // namespace

uint64_t CopyState::mark_of(std::string_view key) noexcept {
  return std::max<uint64_t>(base::Hasher(0)(key), 1);
}

CopyState::CopyState(CopyState&& other) noexcept { *this = std::move(other); }

CopyState& CopyState::operator=(CopyState&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  path_ = std::move(other.path_);
  fd_ = std::move(other.fd_);
  memory_ = std::exchange(other.memory_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  slots_ = std::exchange(other.slots_, nullptr);
  return *this;
}

CopyState::~CopyState() { unmap(); }

void CopyState::unmap() noexcept {
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
  memory_ = nullptr;
  slots_ = nullptr;
}

std::string_view CopyState::name() const noexcept {
  return {static_cast<const char*>(memory_) + sizeof(Head), head()->name_size};
}

base::Result<CopyState> CopyState::open(const std::string& path, const std::string& name,
                                        uint64_t items_expected) {
  CopyState state;
  state.path_ = path;
  state.fd_ = base::UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!state.fd_) return base::fail_errno("cannot open " + path);
  if (::flock(state.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::fail(path + " is in use by another run");
  }
  struct stat info {};
  if (::fstat(state.fd_.get(), &info) != 0) return base::fail_errno("cannot read " + path);
  // Twice as many slots as items.
  const uint64_t wanted = std::clamp(items_expected * 2, kCapacityMin, kCapacityMax);
  const base::Outcome done =
      info.st_size == 0 ? state.create(std::bit_ceil(wanted), name) : state.map_existing(name);
  if (!done) return done.error();
  return state;
}

base::Outcome CopyState::create(uint64_t capacity, std::string_view name) {
  // The space is taken now: a write to a mapped page that has none would end the process.
  const int code = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(bytes_of(capacity)));
  if (code != 0) {
    errno = code;
    return base::fail_errno("cannot make room for " + path_);
  }
  if (auto mapped = map(capacity); !mapped) return mapped;
  name = name.substr(0, kHeadBytes - sizeof(Head));
  *head() = Head{.magic = {}, .capacity = capacity, .count = 0, .name_size = name.size()};
  std::memcpy(static_cast<char*>(memory_) + sizeof(Head), name.data(), name.size());
  std::memcpy(head()->magic, kMagic.data(), kMagic.size());
  return base::Done{};
}

base::Outcome CopyState::map_existing(const std::string& name) {
  const base::Error foreign = base::fail(path_ + " is no state of a copy");
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return base::fail_errno("cannot read " + path_);
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size < bytes_of(kCapacityMin)) return foreign;
  const uint64_t capacity = (size - kHeadBytes) / sizeof(uint64_t);
  if (!std::has_single_bit(capacity) || bytes_of(capacity) != size) return foreign;
  if (auto mapped = map(capacity); !mapped) return mapped;
  const Head& found = *head();
  if (std::string_view(found.magic, kMagic.size()) != kMagic || found.capacity != capacity ||
      found.name_size > kHeadBytes - sizeof(Head)) {
    return foreign;
  }
  if (this->name() == std::string_view(name).substr(0, kHeadBytes - sizeof(Head))) {
    return base::Done{};
  }
  return base::fail(path_ + " is the state of another copy: " + std::string(this->name()));
}

base::Outcome CopyState::map(uint64_t capacity) {
  const size_t bytes = bytes_of(capacity);
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (memory == MAP_FAILED) return base::fail_errno("cannot map " + path_);
  unmap();
  memory_ = memory;
  bytes_ = bytes;
  slots_ = reinterpret_cast<uint64_t*>(static_cast<char*>(memory) + kHeadBytes);
  return base::Done{};
}

bool CopyState::has(uint64_t mark) const noexcept {
  const uint64_t mask = head()->capacity - 1;
  for (uint64_t at = mark & mask;; at = (at + 1) & mask) {
    if (slots_[at] == mark) return true;
    if (slots_[at] == 0) return false;
  }
}

void CopyState::insert(uint64_t mark) noexcept {
  const uint64_t mask = head()->capacity - 1;
  uint64_t at = mark & mask;
  while (slots_[at] != 0 && slots_[at] != mark) at = (at + 1) & mask;
  if (slots_[at] == mark) return;
  slots_[at] = mark;
  ++head()->count;
}

base::Outcome CopyState::add(uint64_t mark) {
  if (head()->count >= head()->capacity / 3 * 2) {
    if (auto grown = grow(); !grown) return grown;
  }
  insert(mark);
  return base::Done{};
}

// A new file of twice the size takes the place of this one.
base::Outcome CopyState::grow() {
  CopyState larger;
  larger.path_ = path_ + ".tmp";
  larger.fd_ =
      base::UniqueFd(::open(larger.path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!larger.fd_ || ::flock(larger.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::fail_errno("cannot create " + larger.path_);
  }
  if (auto made = larger.create(head()->capacity * 2, name()); !made) {
    ::unlink(larger.path_.c_str());
    return made;
  }
  for (uint64_t at = 0; at < head()->capacity; ++at) {
    if (slots_[at] != 0) larger.insert(slots_[at]);
  }
  if (::rename(larger.path_.c_str(), path_.c_str()) != 0) {
    return base::fail_errno("cannot rename " + larger.path_ + " to " + path_);
  }
  larger.path_ = path_;
  *this = std::move(larger);
  return base::Done{};
}

}  // namespace larder::ctl
