// A reservation of address space: memory appears where it is touched and can be given back.
//
// Threads: the constructor's thread makes it; give_back() may be called from any thread for bytes
// that nobody uses.
#pragma once

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
  // Returns the bytes to the system; they read as zeros when next touched.  The huge pages they lie
  // in are given up for good: the system would fill them again, unasked, around what is left.
  void give_back(char* begin, size_t size) noexcept;

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
  const bool uses_huge_pages_;
  void* mapping_ = nullptr;
  size_t mapping_size_ = 0;
};

}  // namespace larder::slab
