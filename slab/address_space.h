// A reservation of address space: memory appears where it is touched and can be given back.
//
// The first touch of a huge page takes half a millisecond, and much more if the system must make
// room for it first.  Where a space is used from its beginning on, maintenance touches ahead of
// those who use it; who overtakes it gets small pages, which the system joins when it has time.
//
// Threads: the constructor's thread makes it; one thread at a time calls touch_ahead(); the rest
// may be called from any thread, give_back() for bytes that nobody uses.
#pragma once

#include <atomic>
#include <cstddef>

namespace larder::slab {

class AddressSpace {
 public:
  // Reserves `size` bytes, or `fallback_size` if the system refuses that many (a limit on address
  // space, strict overcommit).  The size got is size(); 0 means that both were refused.
  AddressSpace(size_t size, size_t fallback_size, bool uses_huge_pages);
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  char* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }

  // Makes the bytes present in one system call, instead of by one page fault each.  Best effort.
  void populate(char* begin, size_t size) noexcept;

  // The same for bytes that are used for the first time, in a space used from its beginning on.
  void reach(char* begin, size_t size) noexcept;
  // For such a space with huge pages, of which the first `reached` bytes are in use: touches what
  // will be reached by the next call at the pace since the last one; at most `size_max` bytes, and
  // nothing if nothing was reached.
  void touch_ahead(size_t reached, size_t size_max) noexcept;
  // Returns the bytes to the system; they read as zeros when next touched.  The huge pages they lie
  // in are given up for good: the system would fill them again, unasked, around what is left.
  void give_back(char* begin, size_t size) noexcept;

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  const bool uses_huge_pages_;
  void* mapping_ = nullptr;
  size_t mapping_size_ = 0;
  std::atomic<size_t> touched_{
      0};                      // with huge pages: these first bytes are present, or about to be
  size_t reached_before_ = 0;  // touch_ahead()'s own
};

}  // namespace larder::slab
