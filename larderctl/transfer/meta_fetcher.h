// Fetches by `mg`, without a bump in the LRU, and with `mn` at the end of each batch.
//
// Threads: one at a time.
#pragma once

#include <deque>
#include <string>

#include "larderctl/transfer/fetcher.h"
#include "larderctl/transfer/value_line.h"

namespace larder::ctl {

class MetaFetcher : public Fetcher {
 public:
  static constexpr uint32_t kBatchKeys = 256;
  static constexpr size_t kBatchesMax = 4;

  MetaFetcher(std::unique_ptr<Channel> channel, const ServerFacts& facts)
      : Fetcher(std::move(channel), facts) {}

  const char* refusal_of(std::string_view key) const override;
  bool has_room() const override { return has_open_batch_ || batches_.size() < kBatchesMax; }
  void request(std::string_view key, int64_t expires, const Context& context) override;
  void end_batch() override;
  bool is_idle() const override { return batches_.empty(); }

 protected:
  base::Result<Step> take(InputBuffer::Line line, Sink& sink, Context& context) override;

 private:
  struct Batch {
    uint32_t asked_count = 0;
    uint32_t answered_count = 0;
    int64_t asked_unix = 0;  // when
  };

  base::Result<Step> take_value(InputBuffer::Line line, Sink& sink, Context& context);
  int64_t expires_of(const MetaValue& value, const Context& context) const;

  std::deque<Batch> batches_;  // answers come for the front, requests are added to the back
  bool has_open_batch_ = false;
  std::string key_;  // decoded
};

}  // namespace larder::ctl
