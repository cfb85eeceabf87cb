#include "larderctl/transfer/channel.h"

#include <fmt/format.h>

#include <utility>

namespace larder::ctl {
namespace {

constexpr size_t kSentKeptMax = size_t{1} << 20;
constexpr size_t kCapacityKeptMax = size_t{8} << 20;

}  // namespace

Channel::Channel(client::Stream stream, std::string name, std::chrono::milliseconds timeout)
    : stream_(std::move(stream)), name_(std::move(name)), timeout_(timeout) {}

base::Error Channel::lost(const client::Error& error) const {
  return base::fail(name_ + ": " + error.text);
}

base::Outcome Channel::flush() {
  while (sent_ < out_.size()) {
    const auto written = stream_.write(std::string_view(out_).substr(sent_));
    if (!written) return lost(written.error());
    if (*written == 0) break;
    sent_ += *written;
    has_moved_ = true;
  }
  if (sent_ == out_.size()) {
    out_.clear();
    if (out_.capacity() > kCapacityKeptMax) out_.shrink_to_fit();
    sent_ = 0;
  } else if (sent_ > kSentKeptMax) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
  return base::Done{};
}

base::Outcome Channel::read() {
  const std::span<char> room = in_.room(client::Stream::kReadSizeMin, needed_);
  const auto received = stream_.read(room);
  if (!received) return lost(received.error());
  in_.filled(*received);
  has_moved_ |= *received > 0;
  return base::Done{};
}

void Channel::watch(PollSet& polls, Input input, Time now) {
  wants_input_ = input != Input::NotWanted;
  short events = wants_input_ ? stream_.read_events() : short{0};
  if (unsent() > 0) events = static_cast<short>(events | stream_.write_events());
  // Without room for input the server may be waiting for us, and take nothing itself.
  const bool waits = input == Input::Expected || (unsent() > 0 && wants_input_);
  if (!waits || !is_waiting_ || has_moved_) waits_since_ = now;
  is_waiting_ = waits;
  has_moved_ = false;
  is_watched_ = events != 0;
  if (is_watched_) place_ = polls.add(stream_.fd(), events);
  if (waits) polls.wake_at(waits_since_ + timeout_);
}

base::Outcome Channel::advance(const PollSet& polls, Time now) {
  if (is_watched_ && polls.was_ready(place_)) {
    if (auto sent = flush(); !sent) return sent;
    if (wants_input_) {
      if (auto done = read(); !done) return done;
    }
  }
  if (is_waiting_ && !has_moved_ && now - waits_since_ >= timeout_) {
    return base::fail(fmt::format("{}: no answer for {} ms", name_, timeout_.count()));
  }
  return base::Done{};
}

}  // namespace larder::ctl
