// A connection that does not block, with the bytes that are to be sent and those that came.
//
// A turn of the loop: watch(), PollSet::wait(), advance(); then the owner takes what came, adds
// what is to be sent, and calls flush().
//
// Threads: one at a time.
// Errors: after one the channel is of no use.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/stream.h"
#include "larderctl/transfer/input_buffer.h"
#include "larderctl/transfer/poll_set.h"

namespace larder::ctl {

class Channel {
 public:
  using Time = PollSet::Time;

  // Fails when the server has been silent for `timeout` while something was expected from it.
  Channel(client::Stream stream, std::string name, std::chrono::milliseconds timeout);

  const std::string& name() const noexcept { return name_; }

  // Append here what is to be sent.
  std::string& out() noexcept { return out_; }
  size_t unsent() const noexcept { return out_.size() - sent_; }
  base::Outcome flush();

  InputBuffer& in() noexcept { return in_; }
  // The owner needs so many unread bytes in one piece before it can go on.
  void need(size_t size) noexcept { needed_ = size; }

  enum class Input : uint8_t {
    NotWanted,  // there is no room for it
    Possible,
    Expected,  // the server owes an answer
  };
  void watch(PollSet& polls, Input input, Time now);
  // Reads and writes what can be without waiting.
  base::Outcome advance(const PollSet& polls, Time now);

 private:
  base::Outcome read();
  base::Error lost(const client::Error& error) const;

  client::Stream stream_;
  std::string name_;
  std::chrono::milliseconds timeout_;
  std::string out_;
  size_t sent_ = 0;
  InputBuffer in_;
  size_t needed_ = 0;
  size_t place_ = 0;
  bool is_watched_ = false;
  bool wants_input_ = false;
  bool is_waiting_ = false;
  bool has_moved_ = false;
  Time waits_since_{};
};

}  // namespace larder::ctl
