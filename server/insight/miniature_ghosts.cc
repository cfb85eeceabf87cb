#include "server/insight/miniature_ghosts.h"

namespace larder::server {

void MiniatureGhosts::add(uint32_t key) {
  place(key) = (begin_ + static_cast<uint32_t>(queue_.size())) & kPlaceMask;
  queue_.push_back(key);
  ++count_;
}

std::optional<uint32_t> MiniatureGhosts::pop() {
  const uint32_t key = queue_.front();
  const bool is_ghost = place(key) == begin_;
  queue_.pop_front();
  begin_ = (begin_ + 1) & kPlaceMask;
  if (!is_ghost) return std::nullopt;
  --count_;
  return key;
}

void MiniatureGhosts::compact() {
  constexpr size_t kSlack = 64;
  if (queue_.size() <= 2 * count_ + kSlack) return;
  std::deque<uint32_t> kept;
  for (size_t i = 0; i < queue_.size(); ++i) {
    const uint32_t number = (begin_ + static_cast<uint32_t>(i)) & kPlaceMask;
    if (place(queue_[i]) != number) continue;
    place(queue_[i]) = (begin_ + static_cast<uint32_t>(kept.size())) & kPlaceMask;
    kept.push_back(queue_[i]);
  }
  queue_.swap(kept);
}

}  // namespace larder::server
