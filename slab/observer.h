// For whoever wants to know what the store does by itself.
//
// Threads: called by the thread whose ThreadCache it is in, with no lock held but that of the
// balancer; it calls nothing of the store.
#pragma once

#include <cstdint>
#include <string_view>

#include "slab/size_classes.h"

namespace larder::slab {

// A living item taken for its memory.
struct Evicted {
  std::string_view key;  // good only inside the call
  int64_t seconds_left;  // -1: it would never have expired
  uint32_t idle_seconds;
  uint32_t value_size;
  ClassId class_id;
  bool was_fetched;
};

class Observer {
 public:
  virtual void evicted(const Evicted& item) noexcept = 0;
  // The balancer has moved a page, or could not.
  virtual void page_moved(ClassId from, ClassId to, bool is_done) noexcept = 0;

 protected:
  ~Observer() = default;
};

}  // namespace larder::slab
