// Reply bytes: one contiguous run of owned bytes, with borrowed runs (large values) in between.
//
// Each worker reuses one buffer, so that nothing is allocated once it has grown to its working
// size.  The caller of append_borrowed() keeps those bytes alive until they are sent
// (server/net/outbox.h).
//
// Threads: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace larder::protocol {

// Bytes owned by others, to be sent after the first `owned_offset` owned bytes.
struct BorrowedRun {
  size_t owned_offset;
  const char* data;
  size_t size;
};

class ReplyBuffer {
 public:
  // `capacity` is the initial size in bytes; 0 is allowed.
  explicit ReplyBuffer(size_t capacity);

  // Makes room for `size` more bytes; the pointer is valid until the next prepare().
  char* prepare(size_t size) {
    if (__builtin_expect(capacity_ - size_ < size, 0)) grow(size);
    return data_.get() + size_;
  }
  // Adds the bytes up to `end`, which is inside the room that prepare() returned last.
  void commit(const char* end) { size_ = static_cast<size_t>(end - data_.get()); }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // an empty view may have a null pointer, which memcpy must not get
    char* out = prepare(bytes.size());
    std::memcpy(out, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void append_borrowed(std::string_view bytes) {
    borrowed_.push_back({size_, bytes.data(), bytes.size()});
    borrowed_size_ += bytes.size();
  }

  std::string_view owned() const { return {data_.get(), size_}; }
  const std::vector<BorrowedRun>& borrowed() const { return borrowed_; }

  // Owned and borrowed bytes together.
  size_t size() const { return size_ + borrowed_size_; }
  bool empty() const { return size() == 0; }

  // Returns to the state with `owned_size` owned bytes and no borrowed run after them.
  // Precondition: owned_size <= owned().size().
  void truncate(size_t owned_size);
  void clear();

 private:
  void grow(size_t size);

  std::unique_ptr<char[]> data_;
  size_t capacity_;
  size_t size_ = 0;
  size_t borrowed_size_ = 0;
  std::vector<BorrowedRun> borrowed_;
};

}  // namespace larder::protocol
