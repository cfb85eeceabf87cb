// A queue of numbered objects, each in one queue at most; pushes to the front, leaves from
// anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace larder::eviction {

inline constexpr uint32_t kNone = UINT32_MAX;

// The links, shared by the queues an object can be in.
struct Links {
  explicit Links(size_t object_count) : older(object_count, kNone), newer(object_count, kNone) {}
  std::vector<uint32_t> older;
  std::vector<uint32_t> newer;
};

class Queue {
 public:
  Queue(Links& links, const std::vector<uint32_t>& sizes) : links_(links), sizes_(sizes) {}

  void push(uint32_t object) {
    links_.older[object] = newest_;
    links_.newer[object] = kNone;
    (newest_ != kNone ? links_.newer[newest_] : oldest_) = object;
    newest_ = object;
    bytes_ += sizes_[object];
  }
  void remove(uint32_t object) {
    const uint32_t older = links_.older[object];
    const uint32_t newer = links_.newer[object];
    (newer != kNone ? links_.older[newer] : newest_) = older;
    (older != kNone ? links_.newer[older] : oldest_) = newer;
    bytes_ -= sizes_[object];
  }
  uint32_t pop() {
    const uint32_t object = oldest_;
    remove(object);
    return object;
  }
  bool is_empty() const { return oldest_ == kNone; }
  uint32_t oldest() const { return oldest_; }
  uint32_t newer_than(uint32_t object) const { return links_.newer[object]; }
  uint64_t bytes() const { return bytes_; }

 private:
  Links& links_;
  const std::vector<uint32_t>& sizes_;
  uint32_t oldest_ = kNone;
  uint32_t newest_ = kNone;
  uint64_t bytes_ = 0;
};

}  // namespace larder::eviction
