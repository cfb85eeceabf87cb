#include "larderctl/transfer/storer.h"

#include <fmt/format.h>

#include <climits>
#include <cstring>

#include "base/base64.h"
#include "larderctl/printable.h"
#include "larderctl/transfer/decimal_text.h"

namespace larder::ctl {
namespace {

constexpr size_t kLineSizeMax = 8192;
// Servers take a larger one for a mistake in the line, and the value for commands.
constexpr size_t kValueSizeMax = INT_MAX - 2;

bool needs_base64(const Item& item) { return item.key_is_binary || !is_plain_key(item.key); }

// What refusals mean, for people who do not know the protocol.
std::string reason_of(std::string_view line) {
  if (line.starts_with("SERVER_ERROR object too large")) {
    return fmt::format("the value is larger than the target takes ({})", line);
  }
  if (line.starts_with("SERVER_ERROR out of memory")) {
    return fmt::format("the target has no memory for it ({})", line);
  }
  return fmt::format("the target answers {}", line);
}

}  // namespace

Storer::Storer(std::unique_ptr<Channel> channel, const ServerFacts& facts, bool overwrites)
    : channel_(std::move(channel)), facts_(facts), overwrites_(overwrites), pending_(kPendingMax) {}

const char* Storer::refusal_of(const Item& item) const {
  if (item.value.size() > kValueSizeMax) return "the value is larger than the protocol can have";
  if (facts_.has_meta) {
    if (fits_meta(item.key, needs_base64(item))) return nullptr;
    // A binary key that is plain, too, is short enough as text.
    return fits_text(item.key) ? nullptr : "the key is longer than the protocol can have";
  }
  if (fits_text(item.key)) return nullptr;
  return is_plain_key(item.key) ? "the key is longer than the protocol can have"
                                : "the target has no meta commands, which such a key needs";
}

void Storer::store(const Item& item) {
  if (facts_.has_meta) {
    write_meta(item);
  } else {
    write_text(item);
  }
  note_pending(item);
}

void Storer::write_meta(const Item& item) {
  std::string& out = channel_->out();
  out += "ms ";
  const bool in_base64 = needs_base64(item) && fits_meta(item.key, true);
  if (in_base64) {
    const size_t at = out.size();
    out.resize(at + base::base64_size(item.key.size()));
    base::encode_base64(item.key, out.data() + at);
  } else {
    out += item.key;
  }
  out += ' ';
  append_decimal(item.value.size(), out);
  if (in_base64) out += " b";
  if (item.flags != 0) {
    out += " F";
    append_decimal(item.flags, out);
  }
  if (item.expires != 0) {
    out += " T";
    append_decimal(item.expires + facts_.clock_ahead, out);
  }
  if (item.cas != 0 && facts_.takes_cas_id) {
    out += " E";
    append_decimal(item.cas, out);
  }
  out += overwrites_ ? "\r\n" : " ME\r\n";
  out.append(item.value).append("\r\n");
}

void Storer::write_text(const Item& item) {
  std::string& out = channel_->out();
  out.append(overwrites_ ? "set " : "add ").append(item.key).append(" ");
  append_decimal(item.flags, out);
  out += ' ';
  append_decimal(item.expires == 0 ? 0 : item.expires + facts_.clock_ahead, out);
  out += ' ';
  append_decimal(item.value.size(), out);
  out.append("\r\n").append(item.value).append("\r\n");
}

void Storer::note_pending(const Item& item) {
  Pending& pending = pending_[(first_ + pending_count_++) % kPendingMax];
  pending.bytes = item.key.size() + item.value.size();
  pending.key_size = static_cast<uint16_t>(item.key.size());
  std::memcpy(pending.key, item.key.data(), item.key.size());
}

void Storer::watch(Context& context) {
  using Input = Channel::Input;
  channel_->watch(context.polls, is_idle() ? Input::Possible : Input::Expected, context.now);
}

base::Outcome Storer::advance(Context& context) {
  if (auto done = channel_->advance(context.polls, context.now); !done) return done;
  while (const auto line = channel_->in().line()) {
    if (auto done = take(line->text, context); !done) return done;
    channel_->in().consume(line->size);
  }
  if (channel_->in().unread().size() <= kLineSizeMax) return base::Done{};
  return base::fail(channel_->name() + ": an answer does not end");
}

Storer::Answer Storer::answer_of(std::string_view line) {
  if (line == "HD" || line == "STORED") return Answer::Stored;
  if (line == "NS" || line == "NOT_STORED") return Answer::Exists;
  const bool is_error = line.starts_with("CLIENT_ERROR") || line.starts_with("SERVER_ERROR") ||
                        line.starts_with("ERROR");
  return is_error ? Answer::Refused : Answer::Nonsense;
}

base::Outcome Storer::take(std::string_view line, Context& context) {
  const Answer answer = answer_of(line);
  if (pending_count_ == 0 || answer == Answer::Nonsense) {
    return base::fail(fmt::format("{} answers '{}', which is no answer to a store",
                                  channel_->name(), printable(std::string(line.substr(0, 100)))));
  }
  const Pending& pending = pending_[first_];
  const std::string_view key(pending.key, pending.key_size);
  Tally& tally = context.tally;
  if (answer == Answer::Refused) {
    tally.failed.add(reason_of(line), key);
  } else if (answer == Answer::Exists && overwrites_) {
    tally.failed.add("the target did not store it", key);
  } else {
    const bool is_stored = answer == Answer::Stored;
    tally.copied += is_stored ? 1 : 0;
    tally.bytes += is_stored ? pending.bytes : 0;
    tally.existing += is_stored ? 0 : 1;
    if (context.state != nullptr) {
      if (auto done = context.state->add(CopyState::mark_of(key)); !done) return done;
    }
  }
  first_ = (first_ + 1) % kPendingMax;
  --pending_count_;
  return base::Done{};
}

}  // namespace larder::ctl
