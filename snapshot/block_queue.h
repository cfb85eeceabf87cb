// Blocks on their way from the thread that builds them to the thread that writes them: at most
// kBlocksInFlight, so that a slow disk makes the builder wait.
//
// Threads: one adds, by accept(); one takes, by pop(); any thread may call cancel().
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/block_builder.h"

namespace larder::snapshot {

class BlockQueue : public BlockSink {
 public:
  static constexpr size_t kBlocksInFlight = 3;

  std::string empty_buffer() override;
  bool accept(RawBlock block) override;
  // No more blocks follow: pop() returns nothing once it has returned all.
  void close();

  // Waits for a block.
  std::optional<RawBlock> pop();
  // Returns a block's memory.
  void recycle(RawBlock block);

  // accept() returns false from now on, and pop() nothing.
  void cancel();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<RawBlock> blocks_;
  std::vector<std::string> buffers_;
  bool is_closed_ = false;
  bool is_cancelled_ = false;
};

}  // namespace larder::snapshot
