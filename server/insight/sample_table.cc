#include "server/insight/sample_table.h"

#include "base/assertions.h"

namespace larder::server {

SampleTable::SampleTable(uint32_t size) : keys_(size), first_by_hash_(size, kNone) {
  ASSERT((size & (size - 1)) == 0);
  for (uint32_t key = size; key-- > 0;) {
    keys_[key].next = free_;
    free_ = key;
  }
}

uint32_t SampleTable::find(uint64_t hash) const noexcept {
  uint32_t key = first_by_hash_[hash & (size() - 1)];
  while (key != kNone && keys_[key].hash != hash) key = keys_[key].next;
  return key;
}

uint32_t SampleTable::add(uint64_t hash) {
  if (free_ == kNone) return kNone;
  const uint32_t key = free_;
  SampledKey& sampled = keys_[key];
  free_ = sampled.next;
  sampled = {.hash = hash, .next = first_of(hash), .is_in_table = true};
  first_of(hash) = key;
  ++count_;
  return key;
}

void SampleTable::sweep_forgotten() {
  for (const uint32_t key : forgotten_) {
    SampledKey& sampled = keys_[key];
    if (sampled.known_count != 0 || !sampled.is_in_table) continue;
    uint32_t* link = &first_of(sampled.hash);
    while (*link != key) link = &keys_[*link].next;
    *link = sampled.next;
    sampled.is_in_table = false;
    sampled.next = free_;
    free_ = key;
    --count_;
  }
  forgotten_.clear();
}

}  // namespace larder::server
