// A reservation of address space: memory is allocated when it is touched and can be given back.
//
// The first touch of a huge page takes half a millisecond, and much longer if the system must free
// memory first.  If a space is used from its beginning on, maintenance touches memory in advance.
// Threads that get ahead of it get small pages, which the system merges into huge pages later.
//
// Threads: touch_ahead() from one thread at a time; the other methods from any thread, give_back()
// only for unused bytes.
#pragma once

#include <atomic>
#include <cstddef>

namespace larder::slab {

class AddressSpace {
 public:
  // Reserves `size` bytes, or `fallback_size` if the system refuses that (address space limit,
  // strict overcommit).  size() is the reserved size; 0 if both were refused.
  AddressSpace(size_t size, size_t fallback_size, bool uses_huge_pages);
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  char* data() const noexcept { return data_; }
  size_t size() const noexcept { return size_; }

  // Allocates the memory in one system call, instead of one fault per page.  Best effort.
  void populate(char* begin, size_t size) noexcept;

  // The same for bytes that are used for the first time, in a space used from its beginning on.
  void reach(char* begin, size_t size) noexcept;
  // For such a space with huge pages, whose first `reached` bytes are in use: touches what the next
  // call will have reached at the current rate, but at most `size_max` bytes, and nothing if
  // nothing was reached since the last call.
  void touch_ahead(size_t reached, size_t size_max) noexcept;
  // Returns the bytes to the system; they read as zeros when touched again.  Huge pages are
  // disabled permanently for the range, because the system would otherwise allocate the bytes again
  // when it merges the remaining small pages.
  void give_back(char* begin, size_t size) noexcept;

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  const bool uses_huge_pages_;
  void* mapping_ = nullptr;
  size_t mapping_size_ = 0;
  std::atomic<size_t> touched_{
      0};                      // with huge pages: these first bytes are present, or about to be
  size_t reached_before_ = 0;  // used by touch_ahead() only
};

}  // namespace larder::slab
