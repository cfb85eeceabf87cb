// Stores items on one server over one connection, without waiting for each answer: at most
// kPendingMax are not answered.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "larderctl/transfer/channel.h"
#include "larderctl/transfer/context.h"
#include "larderctl/transfer/item.h"
#include "larderctl/transfer/item_key.h"
#include "larderctl/transfer/server_facts.h"

namespace larder::ctl {

class Storer {
 public:
  static constexpr size_t kPendingMax = 1024;
  static constexpr size_t kUnsentMax = size_t{512} << 10;  // one item may go beyond

  // `overwrites`: false adds only keys that are not there.
  Storer(std::unique_ptr<Channel> channel, const ServerFacts& facts, bool overwrites);

  // Why the server cannot have the item; null if it can be sent.
  const char* refusal_of(const Item& item) const;

  bool has_room() const { return pending_count_ < kPendingMax && channel_->unsent() < kUnsentMax; }
  // Precondition: has_room(), and there is no refusal.
  void store(const Item& item);
  bool is_idle() const { return pending_count_ == 0; }

  base::Outcome flush() { return channel_->flush(); }
  void watch(Context& context);
  // Reads answers, too, and counts.
  base::Outcome advance(Context& context);

 private:
  struct Pending {
    uint64_t bytes = 0;  // of key and value
    uint16_t key_size = 0;
    char key[kWireKeySizeMax];
  };
  enum class Answer : uint8_t { Stored, Exists, Refused, Nonsense };

  static Answer answer_of(std::string_view line);
  void write_meta(const Item& item);
  void write_text(const Item& item);
  void note_pending(const Item& item);
  base::Outcome take(std::string_view line, Context& context);

  std::unique_ptr<Channel> channel_;
  ServerFacts facts_;
  bool overwrites_;
  std::vector<Pending> pending_;  // a ring
  size_t first_ = 0;
  size_t pending_count_ = 0;
};

}  // namespace larder::ctl
