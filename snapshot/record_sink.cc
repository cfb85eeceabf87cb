#include "snapshot/record_sink.h"

namespace larder::snapshot {

namespace {

constexpr uint64_t kMillisecondsPerSecond = 1000;

uint8_t traits_of(uint8_t item_traits) {
  uint8_t traits = 0;
  if ((item_traits & slab::trait::kKeyIsBinary) != 0) traits |= record_trait::kKeyIsBinary;
  if ((item_traits & slab::trait::kStale) != 0) traits |= record_trait::kStale;
  if ((item_traits & slab::trait::kTokenSent) != 0) traits |= record_trait::kTokenSent;
  if ((item_traits & slab::trait::kHasForeignCas) != 0) traits |= record_trait::kHasForeignCas;
  return traits;
}

}  // namespace

RecordHead RecordSink::head_of(const slab::SavedItem& item) const noexcept {
  const int64_t expires = item.exptime == 0 ? 0 : unix_zero_ + item.exptime;
  return {.traits = traits_of(item.traits),
          .frequency = slab::state::frequency(item.state),
          .is_in_main_queue = (item.state & slab::state::kMain) != 0,
          .was_fetched = (item.state & slab::state::kFetched) != 0,
          .flags = item.flags,
          .cas = item.cas,
          .expires_unix_ms = static_cast<uint64_t>(expires) * kMillisecondsPerSecond,
          .idle_seconds = item.seconds_since_access,
          .value_size = item.value_size};
}

bool RecordSink::has_room(size_t key_size, uint32_t value_size) noexcept {
  return builder_.has_room(record_size(key_size, value_size));
}

void RecordSink::add(const slab::SavedItem& item, std::string_view value) noexcept {
  builder_.add(head_of(item), item.key, value);
  count();
}

bool RecordSink::make_room() {
  builder_.flush();
  return builder_.is_wanted();
}

void RecordSink::begin(const slab::SavedItem& item) {
  builder_.begin(head_of(item), item.key);
  count();
}

void RecordSink::piece(std::string_view bytes) { builder_.value(bytes); }

bool RecordSink::finish() {
  builder_.flush();
  return builder_.is_wanted();
}

}  // namespace larder::snapshot
