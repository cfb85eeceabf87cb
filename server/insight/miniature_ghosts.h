// The ghosts of a cache in miniature: keys that it has evicted, oldest first.
//
// A key that comes back is not taken out of the queue: its place is then another one, by which the
// queue knows that the entry stands for nothing.
//
// Threads: one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "server/insight/sampled_key.h"

namespace larder::server {

class MiniatureGhosts {
 public:
  // `number`: which place of a key is the cache's.  The keys outlive this object.
  MiniatureGhosts(size_t number, std::vector<SampledKey>& keys) noexcept
      : number_(number), keys_(keys) {}

  size_t count() const noexcept { return count_; }
  size_t entry_count() const noexcept { return queue_.size(); }  // with those that came back

  // Precondition: the cache has the key nowhere.
  void add(uint32_t key);
  // The caller changes the place of a ghost.
  void remove_one() noexcept { --count_; }
  // Removes the oldest entry; the key, whose place is to be changed, if it still is a ghost.
  // Precondition: count() > 0.
  std::optional<uint32_t> pop();
  // Removes what came back, if that is most of the entries.
  void compact();

 private:
  MiniaturePlace& place(uint32_t key) noexcept { return keys_[key].places[number_]; }

  const size_t number_;
  std::vector<SampledKey>& keys_;
  std::deque<uint32_t> queue_;
  uint32_t begin_ = 0;  // the place of the queue's first
  size_t count_ = 0;
};

}  // namespace larder::server
