#include "larderctl/transfer/meta_fetcher.h"

#include "base/base64.h"
#include "larderctl/transfer/decimal_text.h"
#include "larderctl/transfer/item_key.h"

namespace larder::ctl {
namespace {

// Clocks of servers tick once a second.
constexpr int64_t kTickSeconds = 2;

bool is_error(std::string_view line) {
  return line.starts_with("CLIENT_ERROR") || line.starts_with("SERVER_ERROR") || line == "ERROR";
}

}  // namespace

const char* MetaFetcher::refusal_of(std::string_view key) const {
  return fits_meta(key, !is_plain_key(key)) ? nullptr : "the key is too long for base64";
}

// The opaque is the expiry time that the dump has, which is exact; the reply has the time left.
void MetaFetcher::request(std::string_view key, int64_t expires, const Context& context) {
  if (!has_open_batch_) {
    batches_.push_back({.asked_unix = context.unix_now});
    has_open_batch_ = true;
  }
  std::string& out = channel_->out();
  out += "mg ";
  if (is_plain_key(key)) {
    out.append(key).append(" k f t c l h u v q O");
  } else {
    const size_t at = out.size();
    out.resize(at + base::base64_size(key.size()));
    base::encode_base64(key, out.data() + at);
    out += " b k f t c l h u v q O";
  }
  append_decimal(expires, out);
  out += "\r\n";
  if (++batches_.back().asked_count == kBatchKeys) end_batch();
}

void MetaFetcher::end_batch() {
  if (has_open_batch_) channel_->out() += "mn\r\n";
  has_open_batch_ = false;
}

base::Result<Fetcher::Step> MetaFetcher::take(InputBuffer::Line line, Sink& sink,
                                              Context& context) {
  if (batches_.empty()) return nonsense(line.text);
  if (line.text.starts_with("VA ")) return take_value(line, sink, context);
  Batch& batch = batches_.front();
  if (line.text == "MN") {
    // A miss is not answered.
    context.tally.vanished += batch.asked_count - std::min(batch.answered_count, batch.asked_count);
    batches_.pop_front();
  } else if (is_error(line.text)) {
    context.tally.failed.add("the source answers " + std::string(line.text), "");
    ++batch.answered_count;
  } else if (line.text != "EN") {
    return nonsense(line.text);
  }
  channel_->in().consume(line.size);
  return Step::Taken;
}

base::Result<Fetcher::Step> MetaFetcher::take_value(InputBuffer::Line line, Sink& sink,
                                                    Context& context) {
  const auto found = parse_meta_value(line.text);
  if (!found || found->key.empty()) return nonsense(line.text);
  const auto value = value_behind(line, found->size);
  if (!value) return value.error();
  if (!value->has_value()) return Step::NeedMore;
  Item item{.key = found->key,
            .key_is_binary = found->key_is_base64,
            .flags = found->flags,
            .expires = expires_of(*found, context),
            .cas = found->cas,
            .idle_seconds = found->idle_seconds,
            .was_fetched = found->was_fetched,
            .value = **value};
  if (found->key_is_base64) {
    key_.resize(found->key.size());
    key_.resize(base::decode_base64(found->key, key_.data()));
    if (key_.empty()) return nonsense(line.text);
    item.key = key_;
  }
  if (found->is_stale) {
    context.tally.skipped.add("marked as stale", item.key);
    channel_->in().consume(line.size + item.value.size() + 2);
    ++batches_.front().answered_count;
    return Step::Taken;
  }
  const auto step = pass_on(item, line, sink, context);
  if (step && *step == Step::Taken) ++batches_.front().answered_count;
  return step;
}

// The time left was worked out between the request and now.  Where it agrees with the dump, that
// is exact; otherwise the item has been touched or replaced since.
int64_t MetaFetcher::expires_of(const MetaValue& value, const Context& context) const {
  if (!value.ttl || *value.ttl < 0) return 0;
  const int64_t asked = batches_.front().asked_unix;
  const int64_t dumped = local(number_of<int64_t>(value.opaque).value_or(0));
  const bool agrees = dumped >= asked + *value.ttl - kTickSeconds &&
                      dumped <= context.unix_now + *value.ttl + kTickSeconds;
  return agrees ? dumped : asked + *value.ttl;
}

}  // namespace larder::ctl
