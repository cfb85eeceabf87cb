// The replies to one batch of requests, out of whatever pieces they arrive in.
//
// A reply is only given to a request if it is proved to be that request's: by the opaque it
// repeats; or, as an error repeats none, by a later reply of the batch that stands at its own
// place.  The fence at the end is the last such reply.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/error.h"
#include "client/meta_reply.h"

namespace larder::client {

class ReplyReader {
 public:
  enum class State : uint8_t {
    Reading,   // there is more to come
    Complete,  // all replies and the fence are there, and nothing else
    Broken,    // what came is no answer to the batch
  };

  // For `count` requests with the opaques `first_opaque`, `first_opaque` + 1 ..., and a fence.
  ReplyReader(uint64_t first_opaque, size_t count);

  State state() const noexcept { return state_; }

  // Takes what has arrived.  Precondition: state() is Reading.
  State feed(std::string_view bytes);

  // What each request was answered, in order.  Those without a proved reply fail with `reason`.
  // To be called once, at the end.
  std::vector<Result<MetaReply>> take(const Error& reason);

 private:
  bool accept(MetaReply reply);

  uint64_t first_opaque_;
  size_t count_;
  State state_ = State::Reading;
  std::string unread_;
  size_t wanted_size_ = 1;  // of unread_, before there is anything new to see
  std::vector<MetaReply> replies_;
  size_t proved_count_ = 0;
};

}  // namespace larder::client
