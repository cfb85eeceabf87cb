#include "client/reply_reader.h"

#include <utility>

#include "base/assertions.h"

namespace larder::client {

ReplyReader::ReplyReader(uint64_t first_opaque, size_t count)
    : first_opaque_(first_opaque), count_(count) {
  replies_.reserve(count);
}

ReplyReader::State ReplyReader::feed(std::string_view bytes) {
  ASSERT(state_ == State::Reading);
  unread_ += bytes;
  if (unread_.size() < wanted_size_) return state_;

  size_t taken_size = 0;
  while (state_ == State::Reading) {
    MetaReply reply;
    const auto parsed = parse_reply(std::string_view(unread_).substr(taken_size), &reply);
    if (parsed.verdict == MetaParsed::Verdict::NeedMore) {
      wanted_size_ = parsed.size;
      break;
    }
    taken_size += parsed.size;
    const bool is_ours =
        parsed.verdict == MetaParsed::Verdict::Complete && accept(std::move(reply));
    if (!is_ours) state_ = State::Broken;
  }
  if (state_ == State::Complete && taken_size != unread_.size()) state_ = State::Broken;
  unread_.erase(0, taken_size);
  unread_.reserve(wanted_size_);
  return state_;
}

// False if it is no valid reply to the request at its position.
bool ReplyReader::accept(MetaReply reply) {
  if (replies_.size() == count_) {
    if (reply.code != MetaReply::Code::Fence) return false;
    proved_count_ = count_;
    state_ = State::Complete;
    return true;
  }
  const bool is_refusal = reply.code == MetaReply::Code::Refused;
  if (!is_refusal && reply.opaque != first_opaque_ + replies_.size()) return false;
  replies_.push_back(std::move(reply));
  if (!is_refusal) proved_count_ = replies_.size();
  return true;
}

std::vector<Result<MetaReply>> ReplyReader::take(const Error& reason) {
  std::vector<Result<MetaReply>> results;
  results.reserve(count_);
  for (size_t i = 0; i < proved_count_; ++i) results.emplace_back(std::move(replies_[i]));
  for (size_t i = proved_count_; i < count_; ++i) {
    // An error line such as "ERROR Too many open connections" is the likely reason for the close.
    const bool has_line = proved_count_ < replies_.size();
    results.emplace_back(has_line ? fail(reason.code, reason.text + ", after '" +
                                                          replies_[proved_count_].value + "'")
                                  : reason);
  }
  return results;
}

}  // namespace larder::client
