#include "larderctl/transfer/get_fetcher.h"

#include "larderctl/transfer/item_key.h"
#include "larderctl/transfer/value_line.h"

namespace larder::ctl {

const char* GetFetcher::refusal_of(std::string_view key) const {
  return fits_text(key) ? nullptr : "the source has no meta commands, which such a key needs";
}

void GetFetcher::request(std::string_view key, int64_t expires, const Context&) {
  if (!has_open_batch_) {
    batches_.emplace_back();
    channel_->out() += "gets";
    has_open_batch_ = true;
  }
  Batch& batch = batches_.back();
  batch.asked.push_back({std::string(key), expires});
  batch.bytes += key.size() + 1;
  channel_->out().append(" ").append(key);
  if (batch.asked.size() == kBatchKeys || batch.bytes + kWireKeySizeMax > kBatchBytes) end_batch();
}

void GetFetcher::end_batch() {
  if (has_open_batch_) channel_->out() += "\r\n";
  has_open_batch_ = false;
}

base::Result<Fetcher::Step> GetFetcher::take(InputBuffer::Line line, Sink& sink, Context& context) {
  if (batches_.empty()) return nonsense(line.text);
  Batch& batch = batches_.front();
  if (line.text == "END") {
    context.tally.vanished += batch.asked.size() - batch.found_count;
    batches_.pop_front();
    channel_->in().consume(line.size);
    return Step::Taken;
  }
  const auto found = parse_text_value(line.text);
  if (!found) return nonsense(line.text);
  // Values come in the order of the keys.
  while (batch.next < batch.asked.size() && batch.asked[batch.next].key != found->key) {
    ++batch.next;
  }
  if (batch.next == batch.asked.size()) return nonsense(line.text);
  const auto value = value_behind(line, found->size);
  if (!value) return value.error();
  if (!value->has_value()) return Step::NeedMore;
  const Item item{.key = found->key,
                  .flags = found->flags,
                  .expires = local(batch.asked[batch.next].expires),
                  .cas = found->cas,
                  .value = **value};
  const auto step = pass_on(item, line, sink, context);
  if (step && *step == Step::Taken) {
    ++batch.next;
    ++batch.found_count;
  }
  return step;
}

}  // namespace larder::ctl
