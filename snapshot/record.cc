#include "snapshot/record.h"

#include <cstring>

#include "snapshot/little_endian.h"

namespace larder::snapshot {

namespace {

constexpr uint16_t kHeadBytes = kRecordHeadBytes - 2;
constexpr uint8_t kString = 0;  // the type of the value

constexpr uint8_t kFrequencyMask = 7;
constexpr uint8_t kMainQueue = 8;
constexpr uint8_t kFetched = 16;

}  // namespace

char* put_record(char* to, const RecordHead& head, std::string_view key) noexcept {
  auto heat = static_cast<uint8_t>(head.frequency & kFrequencyMask);
  if (head.is_in_main_queue) heat |= kMainQueue;
  if (head.was_fetched) heat |= kFetched;
  to = put(to, kHeadBytes);
  to = put(to, kString);
  to = put(to, head.traits);
  to = put(to, heat);
  to = put(to, uint8_t{0});
  to = put(to, static_cast<uint16_t>(key.size()));
  to = put(to, head.flags);
  to = put(to, head.cas);
  to = put(to, head.expires_unix_ms);
  to = put(to, head.idle_seconds);
  to = put(to, head.value_size);
  std::memcpy(to, key.data(), key.size());
  return to + key.size();
}

std::optional<Record> RecordCursor::next() noexcept {
  if (rest_.empty()) return std::nullopt;
  is_damaged_ = true;
  if (rest_.size() < kRecordHeadBytes) return std::nullopt;
  const char* at = rest_.data();
  const auto head_bytes = take<uint16_t>(at);
  const char* head_end = at + head_bytes;
  if (head_bytes < kHeadBytes || rest_.size() - 2 < head_bytes) return std::nullopt;
  Record record;
  if (take<uint8_t>(at) != kString) return std::nullopt;
  record.head.traits = take<uint8_t>(at);
  const auto heat = take<uint8_t>(at);
  ++at;
  record.head.frequency = heat & kFrequencyMask;
  record.head.is_in_main_queue = (heat & kMainQueue) != 0;
  record.head.was_fetched = (heat & kFetched) != 0;
  const auto key_size = take<uint16_t>(at);
  record.head.flags = take<uint32_t>(at);
  record.head.cas = take<uint64_t>(at);
  record.head.expires_unix_ms = take<uint64_t>(at);
  record.head.idle_seconds = take<uint32_t>(at);
  record.head.value_size = take<uint32_t>(at);
  const size_t left = rest_.size() - 2 - head_bytes;
  if (key_size > left || record.head.value_size > left - key_size) return std::nullopt;
  record.key = {head_end, key_size};
  record.value = {head_end + key_size, record.head.value_size};
  rest_.remove_prefix(size_t{2} + head_bytes + key_size + record.head.value_size);
  is_damaged_ = false;
  return record;
}

}  // namespace larder::snapshot
