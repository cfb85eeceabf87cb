#include "larderctl/transfer/dump_reader.h"

#include <fmt/format.h>

#include "larderctl/printable.h"
#include "larderctl/transfer/item_key.h"

namespace larder::ctl {
namespace {

using Kind = DumpLine::Kind;

// memcached's own crawls begin every few seconds and end soon.
constexpr std::chrono::milliseconds kBusyPause{100};
constexpr std::chrono::seconds kBusyMax{60};
constexpr size_t kLineSizeMax = 4096;

}  // namespace

void DumpReader::ask() {
  channel_->out().append(walks_lru_ ? "lru_crawler metadump all\r\n"
                                    : "lru_crawler metadump hash\r\n");
  phase_ = Phase::Asked;
}

base::Outcome DumpReader::read_into(KeyQueue& keys, Context& context) {
  while (phase_ == Phase::Asked || phase_ == Phase::Dumping) {
    const auto line = channel_->in().line();
    if (!line) {
      if (channel_->in().unread().size() <= kLineSizeMax) break;
      return base::fail(channel_->name() + ": a line of the dump does not end");
    }
    if (auto taken = take(line->text, keys, context); !taken) return taken;
    channel_->in().consume(line->size);
  }
  return base::Done{};
}

base::Outcome DumpReader::take(std::string_view text, KeyQueue& keys, Context& context) {
  const DumpLine line = parse_dump_line(text);
  if (line.kind != Kind::Item) return take_other(line.kind, text, context);
  phase_ = Phase::Dumping;
  if (decode_uri(line.uri_key, key_)) return keys.push({key_, line.expires});
  context.tally.failed.add("the dump has a key that cannot be decoded", line.uri_key);
  return base::Done{};
}

base::Outcome DumpReader::take_other(Kind kind, std::string_view text, const Context& context) {
  // An empty server may say that there is nothing to crawl.
  if (kind == Kind::End || text.starts_with("NOTSTARTED")) {
    phase_ = Phase::Done;
    return base::Done{};
  }
  if (kind == Kind::Begin) {
    phase_ = Phase::Dumping;
    return base::Done{};
  }
  if (kind == Kind::Busy) return wait_for_crawler(text, context);
  if (phase_ == Phase::Asked && !walks_lru_) {
    walks_lru_ = true;
    ask();
    return base::Done{};
  }
  return base::fail(fmt::format("{} answers '{}' to lru_crawler metadump", channel_->name(),
                                printable(std::string(text))));
}

base::Outcome DumpReader::wait_for_crawler(std::string_view text, const Context& context) {
  if (!busy_since_) busy_since_ = context.now;
  if (context.now - *busy_since_ >= kBusyMax) {
    return base::fail(fmt::format("{} answers '{}' for {} s", channel_->name(),
                                  printable(std::string(text)), kBusyMax.count()));
  }
  phase_ = Phase::Busy;
  retry_at_ = context.now + kBusyPause;
  return base::Done{};
}

void DumpReader::watch(Context& context) {
  using Input = Channel::Input;
  if (phase_ == Phase::Done) return;
  if (phase_ == Phase::Begin || (phase_ == Phase::Busy && context.now >= retry_at_)) ask();
  if (phase_ == Phase::Busy) context.polls.wake_at(retry_at_);
  channel_->watch(context.polls, phase_ == Phase::Busy ? Input::Possible : Input::Expected,
                  context.now);
}

base::Outcome DumpReader::advance(Context& context) {
  if (phase_ == Phase::Done) return base::Done{};
  return channel_->advance(context.polls, context.now);
}

}  // namespace larder::ctl
