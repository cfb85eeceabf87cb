// Reads the replies to a batch of requests from pieces of any size.
//
// A reply is assigned to a request only if that is proved: by the opaque that it repeats or, for an
// error, which repeats none, by a later reply of the batch that is at its own position.  The fence
// at the end is the last such reply.
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
    Reading,   // more replies are expected
    Complete,  // all replies and the fence have arrived, and nothing else
    Broken,    // the server's bytes are no valid reply to the batch
  };

  // For `count` requests with the opaques `first_opaque`, `first_opaque` + 1, ..., and a fence.
  ReplyReader(uint64_t first_opaque, size_t count);

  State state() const noexcept { return state_; }

  // Adds received bytes.  Precondition: state() is Reading.
  State feed(std::string_view bytes);

  // The reply to each request, in order.  Requests without a proved reply fail with `reason`.  To
  // be called once, at the end.
  std::vector<Result<MetaReply>> take(const Error& reason);

 private:
  bool accept(MetaReply reply);

  uint64_t first_opaque_;
  size_t count_;
  State state_ = State::Reading;
  std::string unread_;
  size_t wanted_size_ = 1;  // of unread_, before parsing it again makes sense
  std::vector<MetaReply> replies_;
  size_t proved_count_ = 0;
};

}  // namespace larder::client
