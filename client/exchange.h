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

// One node's part.
struct Exchange {
  Stream* stream;        // the caller's
  std::string requests;  // the fence included
  ReplyReader replies;

  size_t sent_size = 0;
  std::optional<Error> error = {};  // why not all replies came; the stream is of no use then

  bool is_over() const {
    return error.has_value() || replies.state() != ReplyReader::State::Reading;
  }
};

// Ends when each exchange is over, which at the deadline they all are.  Every batch is sent, as far
// as its stream takes it, before any reply is waited for; what a stream does not take at once is
// sent while replies are read, so that a batch may be of any size.
void run(std::span<Exchange> exchanges, Deadline deadline);

}  // namespace larder::client
