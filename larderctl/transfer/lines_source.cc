#include "larderctl/transfer/lines_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "larderctl/transfer/json_items.h"
#include "larderctl/transfer/tool_dump.h"

namespace larder::ctl {
namespace {

constexpr size_t kToolLineMax = 8192;
constexpr size_t kValueSizeMax = size_t{2} << 30;

}  // namespace

base::Outcome LinesSource::deliver(Sink& sink, Context& context) {
  while (!is_done_) {
    const auto step = take(sink, context);
    if (!step) return step.error();
    last_ = *step;
    if (last_ != Step::Taken) break;
  }
  return base::Done{};
}

base::Result<LinesSource::Step> LinesSource::take(Sink& sink, Context& context) {
  const auto line = file_.in().line();
  if (line) {
    if (is_json_) return take_json(line->text, line->size, sink, context);
    return take_tool(*line, sink, context);
  }
  const std::string_view rest = file_.in().unread();
  if (!is_json_ && rest.size() > kToolLineMax) {
    return base::fail(fmt::format("{}: line {} does not end", file_.name(), line_number_));
  }
  if (!file_.has_ended()) return Step::NeedMore;
  // The last line may have no end.
  if (is_json_ && !rest.empty()) return take_json(rest, rest.size(), sink, context);
  if (!rest.empty()) {
    return base::fail(fmt::format("{}: line {} is incomplete", file_.name(), line_number_));
  }
  is_done_ = true;
  return Step::Taken;
}

base::Result<LinesSource::Step> LinesSource::take_json(std::string_view line, size_t size,
                                                       Sink& sink, Context& context) {
  if (line.find_first_not_of(" \t\r") == line.npos) {
    consume(size, 1);
    return Step::Taken;
  }
  const auto parsed = parse_json_item(line);
  if (!parsed) {
    context.tally.failed.add_at(parsed.error().text, fmt::format("line {}", line_number_));
    consume(size, 1);
    return Step::Taken;
  }
  const auto step = pass_on(parsed->view(), size, sink, context);
  if (step && *step == Step::Taken) ++line_number_;
  return step;
}

base::Result<LinesSource::Step> LinesSource::take_tool(InputBuffer::Line line, Sink& sink,
                                                       Context& context) {
  if (line.text.empty()) {
    consume(line.size, 1);
    return Step::Taken;
  }
  const auto head = parse_tool_head(line.text);
  if (!head || head->size > kValueSizeMax) {
    return base::fail(fmt::format("{}: line {} is no command add KEY FLAGS EXPTIME BYTES",
                                  file_.name(), line_number_));
  }
  const std::string_view unread = file_.in().unread();
  const size_t whole = line.size + head->size + 2;
  if (unread.size() < whole) {
    needed_ = whole;
    if (!file_.has_ended()) return Step::NeedMore;
    return base::fail(
        fmt::format("{}: the value of line {} is incomplete", file_.name(), line_number_));
  }
  needed_ = 0;
  const std::string_view value = unread.substr(line.size, head->size);
  if (unread.substr(line.size + head->size, 2) != "\r\n") {
    return base::fail(
        fmt::format("{}: the value of line {} has another size", file_.name(), line_number_));
  }
  const Item item{.key = head->key,
                  .flags = head->flags,
                  .expires = expires_of_exptime(head->exptime, context.unix_now),
                  .value = value};
  const auto feeds = static_cast<uint64_t>(std::count(value.begin(), value.end(), '\n'));
  const auto step = pass_on(item, whole, sink, context);
  if (step && *step == Step::Taken) line_number_ += 2 + feeds;
  return step;
}

base::Result<LinesSource::Step> LinesSource::pass_on(const Item& item, size_t size, Sink& sink,
                                                     Context& context) {
  if (context.is_over(item.expires)) {
    ++context.tally.expired;
  } else {
    if (!has_turn_ && !context.limiter.take(context.now)) return Step::WaitsForTurn;
    has_turn_ = true;
    const auto taken = sink.put(item, context);
    if (!taken) return taken.error();
    if (!*taken) return Step::SinkIsFull;
  }
  has_turn_ = false;
  consume(size, 0);
  return Step::Taken;
}

void LinesSource::consume(size_t size, size_t line_count) {
  file_.in().consume(size);
  line_number_ += line_count;
}

void LinesSource::watch(Context& context) {
  if (is_done_) return;
  if (last_ == Step::NeedMore) file_.watch(context.polls);
  if (last_ == Step::WaitsForTurn) context.polls.wake_at(context.limiter.next());
}

base::Outcome LinesSource::advance(Context& context) {
  const bool reads = !is_done_ && last_ == Step::NeedMore && file_.was_ready(context.polls);
  return reads ? file_.read(needed_) : base::Done{};
}

Position LinesSource::position(const Context&) const {
  return {.done = file_.read_bytes(), .total = file_.size()};
}

}  // namespace larder::ctl
