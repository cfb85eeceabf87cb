// Callbacks for events that the store causes by itself.
//
// Threads: called on the thread of the ThreadCache that refers to it, with no lock held except the
// balancer's.  It must not call the store.
#pragma once

#include <cstdint>
#include <string_view>

#include "slab/size_classes.h"

namespace larder::slab {

// A live item that was evicted.
struct Evicted {
  std::string_view key;  // valid only during the call
  int64_t seconds_left;  // -1: no expiry
  uint32_t idle_seconds;
  uint32_t value_size;
  ClassId class_id;
  bool was_fetched;
};

class Observer {
 public:
  virtual void evicted(const Evicted& item) noexcept = 0;
  // The balancer has moved a page, or failed to.
  virtual void page_moved(ClassId from, ClassId to, bool is_done) noexcept = 0;

 protected:
  ~Observer() = default;
};

}  // namespace larder::slab
