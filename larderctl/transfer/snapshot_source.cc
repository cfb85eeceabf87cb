#include "larderctl/transfer/snapshot_source.h"

#include <algorithm>
#include <utility>

namespace larder::ctl {

base::Result<SnapshotSource> SnapshotSource::open(const std::string& path,
                                                  const snapshot::KeyRing& keys,
                                                  bool allows_partial) {
  auto reader = snapshot::Reader::open(path);
  if (!reader) return reader.error();
  const auto key = reader->key_from(keys);
  if (!key) return key.error();
  snapshot::GroupRecords records(reader->opener(*key));
  return SnapshotSource(std::move(*reader), std::move(records), allows_partial);
}

base::Outcome SnapshotSource::end_with(const base::Error& error) {
  if (!allows_partial_) return error;
  damage_ = error;
  is_done_ = true;
  return base::Done{};
}

// Sets record_, or is_done_.
base::Outcome SnapshotSource::next_record() {
  while (!is_done_) {
    if (has_group_) {
      auto record = records_.next();
      if (!record) return end_with(record.error());
      record_ = *record;
      if (record_) return base::Done{};
      has_group_ = false;
    }
    const auto group = reader_.next_group();
    if (!group) return end_with(group.error());
    is_done_ = group->empty();
    if (is_done_) break;
    if (auto opened = records_.open(*group); !opened) return end_with(opened.error());
    has_group_ = true;
  }
  return base::Done{};
}

base::Outcome SnapshotSource::deliver(Sink& sink, Context& context) {
  // As many as are in a block or two, so that the rest of the loop has its turn.
  constexpr int kRecordsMax = 4096;
  last_ = Step::Taken;
  for (int count = 0; count < kRecordsMax && !is_done_; ++count) {
    if (!record_) {
      if (auto done = next_record(); !done) return done;
      if (!record_) break;
    }
    const auto step = take(*record_, sink, context);
    if (!step) return step.error();
    last_ = *step;
    if (last_ != Step::Taken) break;
    record_.reset();
  }
  return base::Done{};
}

base::Result<SnapshotSource::Step> SnapshotSource::take(const snapshot::Record& record, Sink& sink,
                                                        Context& context) {
  using namespace snapshot::record_trait;
  constexpr uint64_t kMillisecondsMax = uint64_t{1} << 60;
  const snapshot::RecordHead& head = record.head;
  const uint64_t expires = std::min(head.expires_unix_ms, kMillisecondsMax);
  const Item item{.key = record.key,
                  .key_is_binary = (head.traits & kKeyIsBinary) != 0,
                  .flags = head.flags,
                  .expires = static_cast<int64_t>((expires + 999) / 1000),
                  .cas = head.cas,
                  .idle_seconds = head.idle_seconds,
                  .was_fetched = head.was_fetched,
                  .value = record.value};
  if ((head.traits & kStale) != 0) {
    context.tally.skipped.add("marked as stale", record.key);
  } else if (context.is_over(item.expires)) {
    ++context.tally.expired;
  } else {
    if (!has_turn_ && !context.limiter.take(context.now)) return Step::WaitsForTurn;
    has_turn_ = true;
    const auto taken = sink.put(item, context);
    if (!taken) return taken.error();
    if (!*taken) return Step::SinkIsFull;
  }
  has_turn_ = false;
  return Step::Taken;
}

void SnapshotSource::watch(Context& context) {
  if (is_done_) return;
  if (last_ == Step::Taken) context.polls.wake_at(context.now);
  if (last_ == Step::WaitsForTurn) context.polls.wake_at(context.limiter.next());
}

Position SnapshotSource::position(const Context&) const {
  return {.done = reader_.offset(), .total = reader_.file_bytes()};
}

}  // namespace larder::ctl
