// Sends batches to several nodes at once and reads their replies, on the caller's thread.
//
// Threads: one at a time for each exchange.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "client/deadline.h"
#include "client/error.h"
#include "client/reply_reader.h"
#include "client/stream.h"

namespace larder::client {

// The exchange with one node.
struct Exchange {
  Stream* stream;        // owned by the caller
  std::string requests;  // including the fence
  ReplyReader replies;

  size_t sent_size = 0;
  std::optional<Error> error = {};  // why replies are missing; the stream is unusable then

  bool is_over() const {
    return error.has_value() || replies.state() != ReplyReader::State::Reading;
  }
};

// Returns when all exchanges have ended, at the latest at the deadline.  First sends every batch as
// far as its stream accepts it; the rest is sent while replies are read, so a batch can have any
// size.
void run(std::span<Exchange> exchanges, Deadline deadline);

}  // namespace larder::client
