#include "snapshot/item_loader.h"

#include <algorithm>
#include <utility>

namespace larder::snapshot {

namespace {

uint8_t item_traits_of(uint8_t traits) {
  uint8_t item_traits = 0;
  if ((traits & record_trait::kKeyIsBinary) != 0) item_traits |= slab::trait::kKeyIsBinary;
  if ((traits & record_trait::kStale) != 0) item_traits |= slab::trait::kStale;
  if ((traits & record_trait::kTokenSent) != 0) item_traits |= slab::trait::kTokenSent;
  if ((traits & record_trait::kHasForeignCas) != 0) item_traits |= slab::trait::kHasForeignCas;
  return item_traits;
}

uint8_t state_of(const RecordHead& head) {
  auto state = static_cast<uint8_t>(head.frequency << slab::state::kFrequencyShift);
  if (head.is_in_main_queue) state |= slab::state::kMain;
  if (head.was_fetched) state |= slab::state::kFetched;
  return state;
}

}  // namespace

// False: it has expired.  Rounded up, so that an item never expires earlier than it was told to.
bool ItemLoader::expiry_of(const Record& record, base::Time now, base::Time* exptime) const {
  *exptime = 0;
  if (record.head.expires_unix_ms == 0) return true;
  constexpr uint64_t kLatest = std::numeric_limits<uint32_t>::max();
  const uint64_t seconds = (record.head.expires_unix_ms + 999) / 1000;
  const auto zero = static_cast<uint64_t>(clock_.unix_zero());
  if (seconds <= zero + now) return false;
  *exptime = static_cast<base::Time>(std::min(seconds - zero, kLatest));
  return true;
}

LoadOutcome ItemLoader::load(const Record& record, uint32_t seconds_passed) {
  const base::Time now = clock_.now();
  slab::RestoredItem item{.flags = record.head.flags,
                          .cas = record.head.cas,
                          .traits = item_traits_of(record.head.traits),
                          .state = state_of(record.head)};
  if (!expiry_of(record, now, &item.exptime)) return LoadOutcome::Expired;
  if (record.key.empty() || record.key.size() > slab::kKeySizeMax ||
      !store_.sizes().fits(record.key.size(), item.flags, record.head.value_size)) {
    return LoadOutcome::TooLarge;
  }
  if (record.head.idle_seconds > idle_seconds_max_) return LoadOutcome::Cold;
  item.seconds_since_access = record.head.idle_seconds + seconds_passed;
  switch (store_.restore(cache_, store_.key(record.key), item, record.value, now)) {
    case slab::WriteOutcome::Stored: break;
    case slab::WriteOutcome::OutOfMemory: return LoadOutcome::NoMemory;
    default: return LoadOutcome::AlreadyThere;
  }
  if ((item.traits & slab::trait::kHasForeignCas) == 0) {
    highest_cas_ = std::max(highest_cas_, item.cas);
  }
  return LoadOutcome::Loaded;
}

}  // namespace larder::snapshot
