// Fetches by `gets`, for memcached before 1.6.  Counts as an access in the server's LRU.
//
// Threads: one at a time.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "larderctl/transfer/fetcher.h"

namespace larder::ctl {

class GetFetcher : public Fetcher {
 public:
  static constexpr size_t kBatchKeys = 50;
  static constexpr size_t kBatchBytes = 1800;  // of the line; servers read at least 2048
  static constexpr size_t kBatchesMax = 16;

  GetFetcher(std::unique_ptr<Channel> channel, const ServerFacts& facts)
      : Fetcher(std::move(channel), facts) {}

  const char* refusal_of(std::string_view key) const override;
  bool has_room() const override { return has_open_batch_ || batches_.size() < kBatchesMax; }
  void request(std::string_view key, int64_t expires, const Context& context) override;
  void end_batch() override;
  bool is_idle() const override { return batches_.empty(); }

 protected:
  base::Result<Step> take(InputBuffer::Line line, Sink& sink, Context& context) override;

 private:
  struct Asked {
    std::string key;
    int64_t expires = 0;
  };
  struct Batch {
    std::vector<Asked> asked;
    size_t next = 0;  // the first one of which it is not known whether it is there
    size_t found_count = 0;
    size_t bytes = 0;
  };

  std::deque<Batch> batches_;
  bool has_open_batch_ = false;
};

}  // namespace larder::ctl
