// The ghosts of a miniature cache: keys that it has evicted, oldest first.
//
// The entry of a key that returns stays in the queue.  The key then has a different place, so the
// entry is recognised as stale.
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
  // `number` is the index of the cache's place in a key.  The keys must outlive this object.
  MiniatureGhosts(size_t number, std::vector<SampledKey>& keys) noexcept
      : number_(number), keys_(keys) {}

  size_t count() const noexcept { return count_; }
  size_t entry_count() const noexcept { return queue_.size(); }  // with the stale ones

  // Precondition: the key has no place.
  void add(uint32_t key);
  // A ghost has returned or is forgotten: the caller changes its place.
  void remove_one() noexcept { --count_; }
  // Removes the oldest entry.  Returns its key, whose place the caller changes, if it is still a
  // ghost.
  // Precondition: count() > 0.
  std::optional<uint32_t> pop();
  // Removes stale entries if they are the majority.
  void compact();

 private:
  MiniaturePlace& place(uint32_t key) noexcept { return keys_[key].places[number_]; }

  const size_t number_;
  std::vector<SampledKey>& keys_;
  std::deque<uint32_t> queue_;
  uint32_t begin_ = 0;  // the place of the first entry
  size_t count_ = 0;
};

}  // namespace larder::server
