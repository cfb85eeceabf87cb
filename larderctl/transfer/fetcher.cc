#include "larderctl/transfer/fetcher.h"

#include <fmt/format.h>

#include "larderctl/printable.h"
#include "larderctl/transfer/get_fetcher.h"
#include "larderctl/transfer/meta_fetcher.h"

namespace larder::ctl {
namespace {

constexpr size_t kLineSizeMax = 8192;
constexpr size_t kValueSizeMax = size_t{2} << 30;

}  // namespace

std::unique_ptr<Fetcher> Fetcher::make(std::unique_ptr<Channel> channel, const ServerFacts& facts) {
  if (facts.has_meta) return std::make_unique<MetaFetcher>(std::move(channel), facts);
  return std::make_unique<GetFetcher>(std::move(channel), facts);
}

base::Outcome Fetcher::deliver(Sink& sink, Context& context) {
  is_blocked_ = false;
  for (;;) {
    const auto line = channel_->in().line();
    if (!line) {
      if (channel_->in().unread().size() <= kLineSizeMax) return base::Done{};
      return nonsense(channel_->in().unread().substr(0, 100));
    }
    const auto step = take(*line, sink, context);
    if (!step) return step.error();
    is_blocked_ = *step == Step::SinkIsFull;
    if (*step != Step::Taken) return base::Done{};
  }
}

void Fetcher::watch(Context& context) {
  using Input = Channel::Input;
  const Input input = is_blocked_ ? Input::NotWanted
                      : is_idle() ? Input::Possible
                                  : Input::Expected;
  channel_->watch(context.polls, input, context.now);
}

base::Result<std::optional<std::string_view>> Fetcher::value_behind(InputBuffer::Line line,
                                                                    size_t size) {
  if (size > kValueSizeMax) return nonsense(line.text);
  const std::string_view unread = channel_->in().unread();
  const size_t whole = line.size + size + 2;
  if (unread.size() < whole) {
    channel_->need(whole);
    return std::optional<std::string_view>();
  }
  channel_->need(0);
  if (unread.substr(line.size + size, 2) != "\r\n") return nonsense(line.text);
  return std::optional(unread.substr(line.size, size));
}

base::Result<Fetcher::Step> Fetcher::pass_on(const Item& item, InputBuffer::Line line, Sink& sink,
                                             Context& context) {
  if (context.is_over(item.expires)) {
    ++context.tally.expired;
  } else {
    const auto taken = sink.put(item, context);
    if (!taken) return taken.error();
    if (!*taken) return Step::SinkIsFull;
  }
  channel_->in().consume(line.size + item.value.size() + 2);
  return Step::Taken;
}

base::Error Fetcher::nonsense(std::string_view line) const {
  return base::fail(fmt::format("{} answers '{}', which is no answer to a get", channel_->name(),
                                printable(std::string(line.substr(0, 100)))));
}

}  // namespace larder::ctl
