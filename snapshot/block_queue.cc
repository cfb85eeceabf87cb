#include "snapshot/block_queue.h"

#include <utility>

namespace larder::snapshot {

std::string BlockQueue::empty_buffer() {
  const std::lock_guard lock(mutex_);
  if (buffers_.empty()) return {};
  std::string buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

bool BlockQueue::accept(RawBlock block) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_cancelled_ || blocks_.size() < kBlocksInFlight; });
  if (is_cancelled_) return false;
  blocks_.push_back(std::move(block));
  changed_.notify_all();
  return true;
}

void BlockQueue::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

std::optional<RawBlock> BlockQueue::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_cancelled_ || is_closed_ || !blocks_.empty(); });
  if (is_cancelled_ || blocks_.empty()) return std::nullopt;
  RawBlock block = std::move(blocks_.front());
  blocks_.pop_front();
  changed_.notify_all();
  return block;
}

void BlockQueue::recycle(RawBlock block) {
  const std::lock_guard lock(mutex_);
  if (buffers_.size() < kBlocksInFlight) buffers_.push_back(std::move(block.bytes));
}

void BlockQueue::cancel() {
  const std::lock_guard lock(mutex_);
  is_cancelled_ = true;
  changed_.notify_all();
}

}  // namespace larder::snapshot
