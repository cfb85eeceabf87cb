// Asks one server for the items of given keys over one connection, in batches, and hands on what
// comes.  What is under way is bounded, so neither side waits for the other for good.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "larderctl/transfer/channel.h"
#include "larderctl/transfer/context.h"
#include "larderctl/transfer/endpoint.h"
#include "larderctl/transfer/server_facts.h"

namespace larder::ctl {

class Fetcher {
 public:
  // By meta commands, or by gets for servers without them.
  static std::unique_ptr<Fetcher> make(std::unique_ptr<Channel> channel, const ServerFacts& facts);
  virtual ~Fetcher() = default;

  // Why the server cannot be asked for the key; null if it can.
  virtual const char* refusal_of(std::string_view key) const = 0;
  // Whether request() may be called.
  virtual bool has_room() const = 0;
  // `expires`: as the dump says, by the server's clock; 0: never.
  virtual void request(std::string_view key, int64_t expires, const Context& context) = 0;
  // No more keys for the moment.
  virtual void end_batch() = 0;
  virtual bool is_idle() const = 0;

  // Hands on what has come, as far as the sink takes it.
  base::Outcome deliver(Sink& sink, Context& context);

  void watch(Context& context);
  base::Outcome advance(Context& context) { return channel_->advance(context.polls, context.now); }
  base::Outcome flush() { return channel_->flush(); }

 protected:
  // What became of the line at the front of what is unread.
  enum class Step : uint8_t {
    Taken,  // it was consumed
    NeedMore,
    SinkIsFull,
  };
  Fetcher(std::unique_ptr<Channel> channel, const ServerFacts& facts)
      : channel_(std::move(channel)), clock_ahead_(facts.clock_ahead) {}

  virtual base::Result<Step> take(InputBuffer::Line line, Sink& sink, Context& context) = 0;

  // The value behind a line; nothing if it is not all there yet.
  base::Result<std::optional<std::string_view>> value_behind(InputBuffer::Line line, size_t size);
  // Puts an item whose reply is `line` and the value behind it.
  base::Result<Step> pass_on(const Item& item, InputBuffer::Line line, Sink& sink,
                             Context& context);
  base::Error nonsense(std::string_view line) const;

  // By our clock.
  int64_t local(int64_t expires) const { return expires == 0 ? 0 : expires - clock_ahead_; }

  std::unique_ptr<Channel> channel_;

 private:
  int64_t clock_ahead_;
  bool is_blocked_ = false;
};

}  // namespace larder::ctl
